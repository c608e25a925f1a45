import { beforeEach, expect, test } from '@jest/globals';
import { eligibleAgent, interviewAgents, PLATFORM_COLUMNS, PLATFORM_VALUES } from '../support/agents.ts';
import { useSystem } from '../support/system.ts';
import { allTables } from '../support/tables.ts';

const SYNC = 'POST /api/sync-retell-agents';

const system = useSystem({ agents: interviewAgents(6) });
beforeEach(async () => {
  await system.call(SYNC);
  const { account } = system.simulator;
  account.delete('agent_1');
  await system.call(SYNC);
  account.addAgent(eligibleAgent(1));
  account.delete('agent_2');
  account.edit('agent_3', { voice_id: 'openai-Nova' }, { publish: true });
  account.addAgent(eligibleAgent(7));
  account.addAgent(eligibleAgent(8));
  account.addAgent({ agent_id: 'agent_9', agent_name: 'Support' });
  const { query } = system.database;
  await query(`update interviewer set name = 'Interview by hand' where agent_id = 'agent_4'`);
  await query(
    `insert into interviewer (name, ${PLATFORM_COLUMNS}) values
       ('Interview agent 8', ${PLATFORM_VALUES}), ('Interview without an agent', ${PLATFORM_VALUES})`,
  );
  await system.configure({ RETELL_TEMPLATE_AGENT_ID: 'agent_5' });
  system.simulator.requests.clear();
  system.events.length = 0;
  system.metrics.length = 0;
});

function isRead({ method, path }: { method: string; path: string }): boolean {
  return method === 'GET' || path === '/v2/list-agents';
}

test('a dry run shows every change and a plan, and writes nothing on either side', async () => {
  const before = await allTables(system.database.query);
  const agents = JSON.stringify(system.simulator.account.inOrder());
  const { status, body } = await system.call(SYNC, { dry_run: true });
  expect(status).toBe(200);
  expect(body).toMatchObject({
    success: true,
    dry_run: true,
    run_id: null,
    created: [{ agent_id: 'agent_7' }],
    restored: [{ agent_id: 'agent_1' }],
    orphaned: [{ agent_id: 'agent_2', reason: 'Agent no longer exists in Retell' }],
    skipped: [{ agent_id: 'agent_9' }],
    plan: expect.any(String),
  });
  expect(body.updated.map((entry: { agent_id: string }) => entry.agent_id).sort()).toEqual(['agent_3', 'agent_8']);
  expect(body.pushed.map((entry: { name: string }) => entry.name).sort()).toEqual([
    'Interview by hand',
    'Interview without an agent',
  ]);
  expect(body.message).toContain('nothing was written');

  expect(await allTables(system.database.query)).toEqual(before);
  expect(JSON.stringify(system.simulator.account.inOrder())).toBe(agents);
  expect(system.simulator.requests.all.filter((request) => !isRead(request))).toEqual([]);
  expect(system.events).toEqual([]);
  expect(system.metrics).toEqual([]);
});

test('a sync applies what the dry run before it has shown', async () => {
  const { body: planned } = await system.call(SYNC, { dry_run: true });
  const { body: done } = await system.call(SYNC, { confirm_orphans: planned.plan });
  expect(done.plan).toBe(planned.plan);
  const agents = (list: { agent_id: string }[]) => list.map(({ agent_id }) => agent_id).sort();
  for (const list of ['created', 'restored', 'orphaned', 'skipped']) {
    expect([list, agents(done[list])]).toEqual([list, agents(planned[list])]);
  }
  expect(done.pushed).toHaveLength(2);
});

test('a dry run that fails is not recorded either', async () => {
  const before = await allTables(system.database.query);
  system.simulator.replaceKey('key_other');
  expect((await system.call(SYNC, { dry_run: true })).body.code).toBe('retell_unauthorized');
  expect(await allTables(system.database.query)).toEqual(before);
  expect(system.metrics).toEqual([]);
});
