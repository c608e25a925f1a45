import { beforeAll, expect, test } from '@jest/globals';
import { interviewAgents } from '../support/agents.ts';
import { schedulerEvent } from '../support/events.ts';
import { useSharedSystem } from '../support/system.ts';

const SYNC = 'POST /api/sync-retell-agents';
const RUNS = 'GET /api/sync-runs';

const system = useSharedSystem({
  agents: [
    ...interviewAgents(3),
    { agent_id: 'agent_a', agent_name: 'Support' },
    { agent_id: 'agent_b', agent_name: null },
  ],
});
beforeAll(async () => {
  await system.call(SYNC);
  await system.call('GET /api/audit-agents');
  await system.direct(schedulerEvent());
  system.simulator.account.edit('agent_1', { voice_id: 'openai-Nova' }, { publish: true });
  await system.call(SYNC);
});

test('runs are listed newest first, in pages', async () => {
  const { body: all } = await system.call(RUNS);
  expect(all).toMatchObject({ success: true, next: null });
  expect(
    all.runs.map((run: Record<string, unknown>) => [run['id'], run['kind'], run['trigger'], run['status']]),
  ).toEqual([
    [4, 'sync', 'manual', 'succeeded'],
    [3, 'scheduled', 'schedule', 'succeeded'],
    [2, 'audit', 'manual', 'succeeded'],
    [1, 'sync', 'manual', 'succeeded'],
  ]);
  const { body: first } = await system.call(`${RUNS}?limit=3`);
  expect([first.runs.length, first.next]).toEqual([3, 2]);
  const { body: second } = await system.call(`${RUNS}?limit=3&before=${first.next}`);
  expect([second.runs.length, second.next]).toEqual([1, null]);
  expect([...first.runs, ...second.runs]).toEqual(all.runs);
});

test.each([
  ['kind=sync', [4, 1]],
  ['kind=scheduled', [3]],
  ['kind=audit&status=succeeded', [2]],
  ['status=succeeded', [4, 3, 2, 1]],
  ['status=failed', []],
  ['changed=true', [4, 1]],
])('the filter %s lists the runs %j', async (filter, expected) => {
  expect(await idsOf(filter)).toEqual(expected);
});

test('since lists the runs that started at that time or later', async () => {
  const { body } = await system.call(`${RUNS}/3`);
  expect(await idsOf(`since=${body.run.started_at}`)).toEqual([4, 3]);
});

async function idsOf(filter: string): Promise<readonly number[]> {
  const { body } = await system.call(`${RUNS}?${filter}`);
  return body.runs.map(({ id }: { id: number }) => id);
}

test('the log of a run has the changes, then the skipped agents, in pages', async () => {
  const { body: whole } = await system.call(`${RUNS}/1`);
  expect(whole).toMatchObject({
    success: true,
    run: { id: 1, counts: { created: 3, skipped: 2 } },
    total: 5,
    next: null,
  });
  expect(whole.audit_logs.map((entry: { action: string }) => entry.action)).toEqual([
    'created',
    'created',
    'created',
    'skipped',
    'skipped',
  ]);
  expect(whole.audit_logs[4]).toEqual({
    agent_id: 'agent_b',
    name: 'agent_b',
    status: 'skipped',
    action: 'skipped',
    reason: 'Missing required fields: agent_name',
    missing_fields: ['agent_name'],
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
  });
  const pages = [];
  for (let next: number | null = 0; next !== null; ) {
    const { body } = await system.call(`${RUNS}/1?limit=2&offset=${next}`);
    expect(body.total).toBe(5);
    pages.push(...body.audit_logs);
    next = body.next;
  }
  expect(pages).toEqual(whole.audit_logs);
});

test('a page past the end of a log is empty and has the total', async () => {
  const { status, body } = await system.call(`${RUNS}/1?offset=1000`);
  expect([status, body.audit_logs, body.total, body.next]).toEqual([200, [], 5, null]);
});

test('the stored log equals the log in the response of the run', async () => {
  system.simulator.account.edit('agent_2', { voice_id: 'openai-Nova' }, { publish: true });
  const { body } = await system.call(SYNC);
  const { body: stored } = await system.call(`${RUNS}/${body.run_id}`);
  const untimed = (log: { timestamp: string }[]) => log.map(({ timestamp: _timestamp, ...entry }) => entry);
  expect(untimed(stored.audit_logs)).toEqual(untimed(body.audit_logs));
  expect(stored.run).toMatchObject({ counts: body.counts, health_score: 100, message: body.message });
});

test('equal lists of skipped agents are stored once for all runs', async () => {
  await system.call(SYNC);
  await system.call(SYNC);
  expect(await system.database.query('select count(*)::integer as lists from voice_agent_sync.skip_list')).toEqual([
    { lists: 1 },
  ]);
});

test('an unknown run is 404', async () => {
  const { status, body } = await system.call(`${RUNS}/999999`);
  expect([status, body.code]).toEqual([404, 'run_not_found']);
});

test.each([
  '/0',
  '/-1',
  '/abc',
  '/1.5',
  '/1e3',
  '/99999999999999999999',
  '?limit=0',
  '?limit=201',
  '?limit=ten',
  '?before=0',
  '?before=-1',
  '/1?limit=1001',
  '/1?limit=0',
  '/1?offset=-1',
  '/1?offset=x',
])('the address %s is 400', async (address) => {
  const { status, body } = await system.call(`${RUNS}${address}`);
  expect([status, body.code]).toEqual([400, 'invalid_request']);
});
