/** Rows for which an agent was created before, and rows that change while one is created. */
import { beforeEach, expect, test } from '@jest/globals';
import type { QueryResultRow } from 'pg';
import type { Query } from '../../shared/db/pool.ts';
import { provideServices } from '../../shared/services.ts';
import { PLATFORM_COLUMNS, PLATFORM_VALUES } from '../support/agents.ts';
import { hiding } from '../support/listing-hooks.ts';
import { useSystem } from '../support/system.ts';

const SYNC = 'POST /api/sync-retell-agents';
const NAME = 'Interview Kim';

const system = useSystem({
  agents: [{ agent_id: 'agent_template', agent_name: 'Template', published: true }],
  env: { RETELL_TEMPLATE_AGENT_ID: 'agent_template' },
});
beforeEach(async () => {
  await insert();
});

const sync = async () => (await system.call(SYNC)).body;
const insert = () =>
  system.database.query(`insert into interviewer (name, ${PLATFORM_COLUMNS}) values ('${NAME}', ${PLATFORM_VALUES})`);
const creations = () => system.simulator.requests.count('/create-agent');
const createdAgents = () => system.simulator.account.inOrder().filter(({ agent_id }) => agent_id !== 'agent_template');
const agentOf = (id: number) =>
  system.database
    .query<{ agent_id: string | null }>('select agent_id from interviewer where id = $1', [id])
    .then((rows) => rows[0]?.agent_id);

/** Calls `interrupt` once, before the first statement that contains `text`. */
function before(text: string, interrupt: () => unknown): void {
  const services = system.services();
  const query: Query = async <Row extends QueryResultRow>(statement: string, values?: readonly unknown[]) => {
    if (statement.includes(text)) {
      provideServices(services);
      await interrupt();
    }
    return services.database.query<Row>(statement, values);
  };
  provideServices({ ...services, database: { ...services.database, query } });
}

test('a row whose agent is gone gets a new one when the platform sets its agent_id to null', async () => {
  await sync();
  const first = createdAgents()[0]?.agent_id ?? '';
  system.simulator.account.delete(first);
  await system.database.query('update interviewer set agent_id = null');
  expect((await sync()).pushed).toMatchObject([{ name: NAME }]);
  expect(await agentOf(1)).toBe(createdAgents()[0]?.agent_id);
  expect(await agentOf(1)).not.toBe(first);
  expect(await sync()).toMatchObject({ pushed: [], errors: [], health_score: 100 });
});

test('a row gets a new agent when the platform gave its agent to another row', async () => {
  await sync();
  const first = createdAgents()[0]?.agent_id;
  await system.database.query(`update interviewer set agent_id = null`);
  await insert();
  await system.database.query(`update interviewer set agent_id = $1 where id = 2`, [first]);
  await sync();
  expect(createdAgents()).toHaveLength(2);
  expect(await agentOf(2)).toBe(first);
  expect(await agentOf(1)).toBe(createdAgents()[1]?.agent_id);
});

test('an agent that was created before the process died is linked although the listing does not show it yet', async () => {
  await sync();
  await system.database.query('update interviewer set agent_id = null');
  const show = system.simulator.onListing((page) =>
    hiding(...createdAgents().map(({ agent_id }) => agent_id))(page, { page: 1 }),
  );
  expect((await sync()).updated).toMatchObject([{ agent_id: createdAgents()[0]?.agent_id }]);
  show();
  expect(await sync()).toMatchObject({ pushed: [], updated: [], errors: [], health_score: 100 });
  expect(creations()).toBe(1);
});

test('an agent created for a row of the same name is not mistaken for the agent whose response was lost', async () => {
  await insert();
  before('set agent_id = $2 where interviewer_id', () => {
    system.simulator.fault({ match: { path: '/create-agent' }, respond: { kind: 'destroy' }, times: 1 });
  });
  expect((await sync()).errors).toMatchObject([{ reason: expect.stringContaining('unknown') }]);
  expect(await system.database.query('select agent_id from voice_agent_sync.creation where agent_id is null')).toEqual([
    { agent_id: null },
  ]);
  expect(createdAgents()).toHaveLength(1);
});

test.each([
  ['renames', `update interviewer set name = 'Interview Pat'`],
  ['soft-deletes', `update interviewer set sync_status = 'deleted'`],
  ['links to an agent', `update interviewer set agent_id = 'agent_theirs'`],
])('[D21] no agent is created for a row that the platform %s during the sync', async (_, statement) => {
  before('insert into voice_agent_sync.creation', () => system.database.query(statement));
  expect(await sync()).toMatchObject({ pushed: [], errors: [] });
  expect(creations()).toBe(0);
});

test('a concurrent sync that read the row before it was linked creates no second agent', async () => {
  before('insert into voice_agent_sync.creation', () => sync());
  expect(await sync()).toMatchObject({ errors: [] });
  expect(creations()).toBe(1);
  expect(await agentOf(1)).toBe(createdAgents()[0]?.agent_id);
});
