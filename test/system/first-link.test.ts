/** A row that is linked to an agent takes its name, whatever the merge base of the agent’s former row is. */
import { beforeEach, expect, test } from '@jest/globals';
import { latestVersion } from '../../infra/local/retell-simulator/account.ts';
import { PLATFORM_COLUMNS, PLATFORM_VALUES } from '../support/agents.ts';
import { useSystem } from '../support/system.ts';

const SYNC = 'POST /api/sync-retell-agents';

const system = useSystem({
  agents: [
    { agent_id: 'agent_bob', agent_name: 'Bob', published: true },
    { agent_id: 'agent_lisa', agent_name: 'Lisa', published: true },
  ],
});
beforeEach(() => system.call(SYNC));

const sync = async () => (await system.call(SYNC)).body;
const inRetell = () => system.simulator.account.inOrder().map((agent) => latestVersion(agent).settings.agent_name);

test.each([
  ['removed', `delete from interviewer where agent_id = 'agent_lisa'`],
  ['soft-deleted', `update interviewer set sync_status = 'deleted' where agent_id = 'agent_lisa'`],
])('takes Retell’s name for a row that replaces a row that the platform %s', async (_, statement) => {
  await system.database.query(statement);
  await system.database.query(
    `insert into interviewer (agent_id, name, ${PLATFORM_COLUMNS}) values ('agent_lisa', 'Lisa the explorer', ${PLATFORM_VALUES})`,
  );
  expect(await sync()).toMatchObject({ pushed: [], conflicts: [], updated: [{ name: 'Lisa' }] });
  expect(inRetell()).toEqual(['Bob', 'Lisa']);
  await system.database.query(`update interviewer set name = 'Lisa the explorer' where agent_id = 'agent_lisa'`);
  expect(await sync()).toMatchObject({ pushed: [{ name: 'Lisa the explorer' }] });
});

test('does not publish a draft, left by a rename of the old row, for a new row', async () => {
  await system.database.query(`update interviewer set name = 'Lisa the explorer' where agent_id = 'agent_lisa'`);
  const respond = { kind: 'response', status: 400, body: { status: 'error', message: 'No' } } as const;
  const endFault = system.simulator.fault({ match: { path: /^\/publish/ }, respond });
  expect((await sync()).errors).toHaveLength(1);
  endFault();
  await system.database.query(`delete from interviewer where agent_id = 'agent_lisa'`);
  expect(await sync()).toMatchObject({ created: [{ name: 'Lisa the explorer' }], pushed: [] });
  expect(await sync()).toMatchObject({ updated: [], pushed: [], health_score: 100 });
});

test('takes Retell’s names for rows that exchange their agents', async () => {
  await system.database.query(`update interviewer set agent_id = case name when 'Bob' then 'x' else 'y' end`);
  await system.database.query(
    `update interviewer set agent_id = case agent_id when 'x' then 'agent_lisa' else 'agent_bob' end`,
  );
  expect(await sync()).toMatchObject({ pushed: [], conflicts: [] });
  expect(inRetell()).toEqual(['Bob', 'Lisa']);
  expect((await sync()).health_score).toBe(100);
});

test('each merge base belongs to a row', async () => {
  const rows = await system.rows();
  expect(
    await system.database.query('select interviewer_id::integer as id from voice_agent_sync.agreement order by 1'),
  ).toEqual(rows.map(({ id }) => ({ id })));
});
