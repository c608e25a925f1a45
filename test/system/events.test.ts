import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { FUNCTIONS } from '../../infra/aws/functions.ts';
import { type DomainEvent, EVENTS } from '../../shared/contract.ts';
import { createEventPublisher } from '../../shared/events.ts';
import { provideServices } from '../../shared/services.ts';
import { startAwsStandIn } from '../support/aws-stand-in.ts';
import { schedulerEvent } from '../support/events.ts';
import { useSystem } from '../support/system.ts';

const SYNC = 'POST /api/sync-retell-agents';
const IDS = Array.from({ length: 8 }, (_, index) => `agent_${index}`);
const agent = (agent_id: string) => ({ agent_id, agent_name: `Interview ${agent_id}`, published: true });

const system = useSystem({ agents: IDS.map(agent) });

const named = (name: DomainEvent['name']) => system.events.filter((event) => event.name === name);

/** The names of the events that `work` publishes. */
async function publishedBy(work: () => Promise<unknown>): Promise<readonly string[]> {
  system.events.length = 0;
  await work();
  return system.events.map(({ name }) => name);
}

test('SyncCompleted is published for each sync, manual or scheduled, with its counts', async () => {
  const { body } = await system.call(SYNC);
  expect(named('SyncCompleted')).toEqual([
    {
      name: 'SyncCompleted',
      detail: {
        run_id: body.run_id,
        counts: expect.objectContaining({ created: 8, updated: 0, orphaned: 0 }),
        health_score: 100,
        duration_ms: expect.any(Number),
        retell_calls: 9,
        partial: false,
        state: 'in_sync',
        as_of: expect.any(String),
        reason: 'Both sides are in sync',
      },
    },
  ]);
  expect(await publishedBy(() => system.direct(schedulerEvent()))).toEqual(['SyncCompleted']);
});

test('RunUndone is published for each undo with what it put back, but not for a refused undo', async () => {
  await system.call(SYNC);
  const [row] = await system.rows();
  await system.database.query('update interviewer set name = $1 where id = $2', ['Interview renamed', row?.['id']]);
  const { body: pushed } = await system.call(SYNC);
  const undo = `POST /api/sync-runs/${pushed.run_id}/undo`;
  expect(await publishedBy(() => system.call(undo))).toEqual(['RunUndone']);
  expect(named('RunUndone')).toMatchObject([
    { detail: { run_id: pushed.run_id + 1, undoes: pushed.run_id, counts: { set_back: 1, failed: 0 } } },
  ]);
  expect(await publishedBy(() => system.call(undo))).toEqual([]);
});

test('AgentOrphaned and AgentRestored name the agent, the interviewer and the reason', async () => {
  await system.call(SYNC);
  const [row] = await system.rows();
  system.simulator.account.edit(row?.['agent_id'], { agent_name: 'Sales' });
  expect(await publishedBy(() => system.call(SYNC))).toContain('AgentOrphaned');
  const detail = { run_id: expect.any(Number), agent_id: row?.['agent_id'], interviewer_id: String(row?.['id']) };
  expect(named('AgentOrphaned')).toMatchObject([
    { detail: { ...detail, name: row?.['name'], reason: 'Agent name does not match interview patterns' } },
  ]);
  system.simulator.account.edit(row?.['agent_id'], { agent_name: 'Interview back' });
  expect(await publishedBy(() => system.call(SYNC))).toContain('AgentRestored');
  expect(named('AgentRestored')).toMatchObject([{ detail: { ...detail, name: 'Interview back' } }]);
});

test('OrphanGuardTripped has the number of blocked orphans and the plan that confirms them', async () => {
  await system.call(SYNC);
  for (const agent_id of IDS.slice(0, 6)) system.simulator.account.delete(agent_id);
  system.events.length = 0;
  const { status, body } = await system.call(SYNC);
  expect(status).toBe(409);
  expect(named('OrphanGuardTripped')).toEqual([
    {
      name: 'OrphanGuardTripped',
      detail: { run_id: body.run_id, reason: 'orphan_guard', orphans: 6, plan: body.plan },
    },
  ]);
  expect(named('AgentOrphaned')).toEqual([]);
});

test('an audit publishes HealthDegraded once when the score has fallen', async () => {
  await system.call(SYNC);
  expect(await publishedBy(() => system.call('GET /api/audit-agents'))).toEqual([]);
  system.simulator.account.edit('agent_0', { voice_id: 'openai-Nova' }, { publish: true });
  expect(await publishedBy(() => system.call('GET /api/audit-agents'))).toEqual(['HealthDegraded']);
  expect(named('HealthDegraded')).toMatchObject([
    { detail: { run_id: expect.any(Number), health_score: 93, previous_health_score: 100 } },
  ]);
  expect(await publishedBy(() => system.call('GET /api/audit-agents'))).toEqual([]);
  expect(await publishedBy(() => system.call(SYNC))).toEqual(['SyncCompleted']);
});

test('HealthDegraded has the previous and the new score, and is not published when the score stays or rises', async () => {
  await system.call(SYNC);
  for (const agent_id of IDS.slice(0, 6)) system.simulator.account.delete(agent_id);
  system.events.length = 0;
  await system.call(SYNC);
  expect(named('HealthDegraded')).toMatchObject([
    { detail: { run_id: expect.any(Number), health_score: 25, previous_health_score: 100 } },
  ]);
  expect(await publishedBy(() => system.call(SYNC))).not.toContain('HealthDegraded');
  expect(await publishedBy(() => system.call(SYNC, { confirm_orphans: true }))).not.toContain('HealthDegraded');
});

test('docs/events.md describes each event and each of its fields', async () => {
  const text = await readFile(new URL('../../docs/events.md', import.meta.url), 'utf8');
  const fields = new Map(
    [...text.matchAll(/^\| `(?<name>\w+)` \|.*\| (?<fields>[^|]+) \|$/gm)].map(({ groups }) => [
      groups?.['name'],
      new Set(groups?.['fields']?.match(/(?<=`)\w+(?=`)/g)),
    ]),
  );
  const { syncContinuationRequested: _internal, ...documented } = EVENTS;
  expect([...fields.keys()]).toEqual(Object.values(documented));

  await system.call(SYNC);
  for (const agent_id of IDS.slice(0, 6)) system.simulator.account.delete(agent_id);
  await system.call(SYNC);
  await system.call(SYNC, { confirm_orphans: true });
  for (const agent_id of IDS.slice(0, 6)) system.simulator.account.addAgent(agent(agent_id));
  await system.call(SYNC);
  await system.database.query(`update interviewer set name = 'Interview renamed' where agent_id = $1`, [IDS[7]]);
  const { body: pushed } = await system.call(SYNC);
  await system.call(`POST /api/sync-runs/${pushed.run_id}/undo`);
  expect(new Set(system.events.map(({ name }) => name))).toEqual(new Set(Object.values(documented)));
  for (const { name, detail } of system.events)
    expect([name, new Set(Object.keys(detail))]).toEqual([name, fields.get(name)]);
});

test('a dry run publishes nothing', async () => {
  expect(await publishedBy(() => system.call(SYNC, { dry_run: true }))).toEqual([]);
});

describe('[O10] an event bus that fails', () => {
  test.each([
    ['responds with an error', { kind: 'error', type: 'AccessDeniedException', status: 400 } as const],
    ['refuses the entries', { kind: 'refuse_entries', code: 'InternalFailure' } as const],
  ])('and %s fails no sync and is counted', async (_, fault) => {
    const bus = await startAwsStandIn();
    const before = { ...process.env };
    try {
      Object.assign(process.env, bus.environment);
      provideServices({ ...system.services(), events: createEventPublisher('bus', system.services().log) });
      bus.fault = fault;
      const { status, body } = await system.call(SYNC);
      expect({ status, created: body.created.length }).toEqual({ status: 200, created: 8 });
      expect(system.metrics).toContainEqual({ EventPublishFailures: 1 });
      bus.fault = null;
      await system.call(SYNC);
      expect(bus.events).toMatchObject([{ DetailType: 'SyncCompleted', Source: 'voice-agent-sync' }]);
    } finally {
      process.env = before;
      await bus.close();
    }
  });
});

test('[S102] each function publishes only events that its role may publish', async () => {
  await system.restart({ agents: IDS.map(agent), env: { RETELL_CONCURRENCY: '1' } });
  const published: Record<string, readonly string[]> = {};
  const note = async (name: string, work: () => Promise<unknown>) => {
    published[name] = [...new Set([...(published[name] ?? []), ...(await publishedBy(work))])];
  };
  const remove = (...ids: readonly string[]) => ids.forEach((agent_id) => system.simulator.account.delete(agent_id));
  const add = (...ids: readonly string[]) => system.addAgents(ids.map(agent));
  await note('sync', () => system.call(SYNC));
  remove('agent_0');
  await note('webhook', () => system.webhook({ type: 'agent.deleted', data: { agent_id: 'agent_0' } }));
  add('agent_0');
  await note('webhook', () => system.webhook({ type: 'agent.created', data: { agent_id: 'agent_0' } }));
  system.simulator.account.edit('agent_1', { voice_id: 'openai-Nova' }, { publish: true });
  await note('audit', () => system.call('GET /api/audit-agents'));
  remove('agent_2');
  await note('sync', () => system.call(SYNC));
  add('agent_2');
  await note('cleanup', () =>
    system.call('POST /api/audit-agents', { action: 'cleanup_orphaned', older_than_days: 0 }),
  );
  remove(...IDS.slice(0, 6));
  await note('webhook', async () => {
    for (const agent_id of IDS.slice(0, 6)) await system.webhook({ type: 'agent.deleted', data: { agent_id } });
  });
  await note('scheduled-sync', () => system.direct(schedulerEvent()));
  // Leaves time for the listing and one agent.
  system.requestsTake(12_000);
  await note('sync', () => system.call(SYNC, { full: true }, { remainingMs: 29_000 }));
  for (const name of ['sync', 'audit', 'cleanup', 'webhook', 'scheduled-sync'] as const) {
    const allowed = new Set<string>(FUNCTIONS[name].publishes);
    expect([name, published[name]?.length]).not.toEqual([name, 0]);
    expect([name, published[name]?.filter((event) => !allowed.has(event))]).toEqual([name, []]);
  }
  expect(published['webhook']).toEqual(['AgentOrphaned', 'AgentRestored', 'OrphanGuardTripped']);
  expect(published['cleanup']).toEqual(['AgentRestored']);
  expect(published['sync']).toContain('SyncContinuationRequested');
});
