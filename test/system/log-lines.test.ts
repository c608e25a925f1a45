/** Log lines that a person reads at night: what happened, then its fields. */
import { beforeEach, expect, test } from '@jest/globals';
import { eligibleAgent, interviewAgents } from '../support/agents.ts';
import { useSystem } from '../support/system.ts';

const SYNC = 'POST /api/sync-retell-agents';

const system = useSystem({ agents: interviewAgents(12) });
beforeEach(async () => {
  await system.call(SYNC);
  system.log.length = 0;
});

function deleteAgents(count: number): void {
  for (let number = 1; number <= count; number += 1) system.simulator.account.delete(`agent_${number}`);
}

test('a blocked orphan guard says how much it blocked, in which run, and the command that confirms it', async () => {
  deleteAgents(6);
  const { body } = await system.call(SYNC);
  expect(system.log).toContainEqual({
    level: 'warn',
    message: 'Orphan guard: 6 of 12 active interviewers blocked, run 2',
    fields: expect.objectContaining({ run_id: 2, confirm: `npm run cli -- sync --confirm ${body.plan}` }),
  });
});

test("another account's guard says what it blocked and the command that confirms it; a cleanup's guard says what it blocked", async () => {
  deleteAgents(12);
  system.addAgents([eligibleAgent(20)]);
  const account = await system.call(SYNC);
  expect(system.log).toContainEqual({
    level: 'warn',
    message: `Blocked until a person confirms: ${account.body.error}`,
    fields: expect.objectContaining({ run_id: 2, confirm: `npm run cli -- sync --confirm ${account.body.plan}` }),
  });
  await system.call(SYNC, { confirm_orphans: true });
  const cleanup = await system.call('POST /api/audit-agents', { action: 'cleanup_orphaned', older_than_days: 0 });
  expect(system.log).toContainEqual({
    level: 'warn',
    message: `Blocked until a person confirms: ${cleanup.body.error}`,
    fields: expect.objectContaining({ kind: 'cleanup' }),
  });
});

test('reads are logged at level debug, and what changes something at info', async () => {
  await system.call('GET /api/scheduled-sync?action=status');
  await system.call('GET /api/audit-agents');
  await system.call(SYNC);
  const completed = system.log.filter(({ message }) => message.startsWith('Request completed'));
  expect(completed.map(({ level, message }) => [level, message])).toEqual([
    ['debug', 'Request completed: 200'],
    ['debug', 'Request completed: 200'],
    ['info', 'Request completed: 200'],
  ]);
});
