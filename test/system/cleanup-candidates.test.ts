/**
 * A cleanup removes exactly the rows that were shown, in that state: a row that the platform changes in between is
 * another row.
 */
import { beforeEach, expect, test } from '@jest/globals';
import { interviewAgents } from '../support/agents.ts';
import { arrived } from '../support/simulator.ts';
import { useSystem } from '../support/system.ts';

const SYNC = 'POST /api/sync-retell-agents';
const NUMBERS = [1, 2, 3, 4, 5, 6];

const system = useSystem({ agents: interviewAgents(NUMBERS.length), callTimeoutMs: 2_000 });
beforeEach(async () => {
  await system.call(SYNC);
  for (const number of NUMBERS) system.simulator.account.delete(`agent_${number}`);
  await system.call(SYNC, { confirm_orphans: true });
  system.simulator.requests.clear();
});

const cleanup = (confirm?: string) =>
  system.call('POST /api/audit-agents', {
    action: 'cleanup_orphaned',
    older_than_days: 0,
    ...(confirm === undefined ? {} : { confirm }),
  });

test('[S103] a plan token is refused once one of its rows has another agent', async () => {
  const { body: shown } = await cleanup();
  expect(shown).toMatchObject({ code: 'cleanup_guard', candidates: 6 });
  await system.database.query(`update interviewer set agent_id = 'agent_theirs' where agent_id = 'agent_1'`);
  expect((await cleanup(shown.plan)).body).toMatchObject({ code: 'cleanup_guard', candidates: 6 });
  expect(await system.rows()).toHaveLength(6);
});

test('[S103] a row that gets another agent, or is made an orphan again, during a cleanup is kept', async () => {
  const { body: shown } = await cleanup();
  system.simulator.fault({ match: { agent_id: 'agent_6' }, respond: { kind: 'hang' }, times: 1 });
  const running = cleanup(shown.plan);
  await arrived(system.simulator, '/get-agent/agent_6');
  await system.database.query(
    `update interviewer set agent_id = 'agent_theirs' where agent_id = 'agent_1';
     update interviewer set orphaned_at = orphaned_at - interval '1 second' where agent_id = 'agent_2'`,
  );
  const { body } = await running;
  expect(body.cleaned_count).toBe(4);
  expect((await system.rows()).map(({ agent_id }) => agent_id)).toEqual(
    expect.arrayContaining(['agent_theirs', 'agent_2']),
  );
  expect(await system.rows()).toHaveLength(2);
});
