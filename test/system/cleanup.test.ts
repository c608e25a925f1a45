import { beforeEach, describe, expect, test } from '@jest/globals';
import { agentEvent } from '../../infra/local/retell-simulator/events.ts';
import { interviewAgents } from '../support/agents.ts';
import { arrived } from '../support/simulator.ts';
import { useSystem } from '../support/system.ts';

const AUDIT = 'POST /api/audit-agents';
const SYNC = 'POST /api/sync-retell-agents';
const IDS = ['agent_1', 'agent_2', 'agent_3', 'agent_4', 'agent_5', 'agent_6', 'agent_7'];
const READ = /^\/get-agent\//;

const system = useSystem({
  agents: interviewAgents(IDS.length),
  callTimeoutMs: 2_000,
});
beforeEach(() => system.call(SYNC));

const cleanup = (more: object = {}) => system.call(AUDIT, { action: 'cleanup_orphaned', ...more });
const rows = async () => new Map((await system.rows()).map((row) => [row['agent_id'], row]));

/** Makes orphans of this age, whose agents are gone from Retell. */
async function orphan(days: number, ...agent_ids: string[]): Promise<void> {
  for (const agent_id of agent_ids) system.simulator.account.delete(agent_id);
  await system.call(SYNC, { confirm_orphans: true });
  await system.database.query(
    `update interviewer set orphaned_at = orphaned_at - make_interval(days => $1) where agent_id = any($2)`,
    [days, agent_ids],
  );
}

describe('candidates of a cleanup', () => {
  test('are rows that were orphaned more than seven days ago, whenever they were last synced', async () => {
    await orphan(8, 'agent_1');
    await orphan(6, 'agent_2');
    await system.database.query(`update interviewer set last_synced_at = now() - interval '90 days'`);
    const { status, body } = await cleanup();
    expect(status).toBe(200);
    expect(body).toMatchObject({
      success: true,
      candidates: 1,
      cleaned_count: 1,
      older_than_days: 7,
      dry_run: false,
      run_id: expect.any(Number),
      cleaned_agents: [
        {
          agent_id: 'agent_1',
          name: 'Interview agent 1',
          last_synced: expect.stringMatching(/Z$/),
          outcome: 'archived',
          reason: 'Agent no longer exists in Retell',
        },
      ],
    });
    expect(new Set((await rows()).keys())).toEqual(new Set(IDS.slice(1)));
  });

  test.each([
    [{ older_than_days: 5 }, 1],
    [{ older_than_days: 6 }, 1],
    [{ older_than_days: 7 }, 0],
    [{ older_than_days: 36_500 }, 0],
    [{ older_than_days: 0 }, 1],
  ])('with %j, an orphan of six days makes %i', async (request, candidates) => {
    await orphan(6, 'agent_1');
    expect((await cleanup(request)).body).toMatchObject({ candidates });
  });

  test('without candidates, a cleanup does not call Retell', async () => {
    system.simulator.requests.clear();
    expect((await cleanup()).body).toMatchObject({ cleaned_count: 0, cleaned_agents: [] });
    expect(system.simulator.requests.count()).toBe(0);
  });

  test('include no orphan without an agent id: it is kept', async () => {
    await orphan(8, 'agent_1');
    await system.database.query(`update interviewer set agent_id = null where agent_id = 'agent_1'`);
    expect((await cleanup()).body.cleaned_agents).toMatchObject([{ agent_id: null, outcome: 'kept' }]);
  });
});

test.each([
  { action: 'explode' },
  {},
  { action: 'cleanup_orphaned', older_than_days: -1 },
  { action: 'cleanup_orphaned', older_than_days: 1.5 },
  { action: 'cleanup_orphaned', older_than_days: '7' },
  { action: 'cleanup_orphaned', confirm: true },
  { action: 'cleanup_orphaned', agent_ids: ['agent_1'] },
])('a cleanup request %j is refused with 400 and changes nothing', async (request) => {
  await orphan(8, 'agent_1');
  const answer = await system.call(AUDIT, request);
  expect(answer).toMatchObject({ status: 400, body: { success: false, code: 'invalid_request' } });
  expect((await rows()).size).toBe(IDS.length);
});

test.each([{ action: 'explode' }, {}])(
  'the response to the unknown action in %j lists the actions that exist',
  async (request) => {
    const { body } = await system.call(AUDIT, request);
    expect(JSON.stringify(body)).toMatch(/cleanup_orphaned.*restore/);
  },
);

describe('a cleanup reads each agent again', () => {
  test('and restores the row of an agent that is back, with its current values', async () => {
    await orphan(8, 'agent_1');
    system.simulator.account.addAgent({ agent_id: 'agent_1', agent_name: 'Interview back', voice_id: 'v2' });
    const before = (await rows()).get('agent_1');
    expect((await cleanup()).body).toMatchObject({
      cleaned_count: 0,
      cleaned_agents: [{ agent_id: 'agent_1', outcome: 'restored' }],
    });
    expect((await rows()).get('agent_1')).toMatchObject({
      id: before?.['id'],
      name: 'Interview back',
      voice_id: 'v2',
      sync_status: 'active',
      orphaned_at: null,
      orphan_reason: null,
    });
    expect(system.events.filter(({ name }) => name === 'AgentRestored')).toMatchObject([
      { detail: { agent_id: 'agent_1', interviewer_id: expect.any(String) } },
    ]);
    expect((await system.call(SYNC)).body).toMatchObject({ updated: [], restored: [], health_score: 100 });
  });

  test('and keeps a name that the platform gave the orphan, which the next sync pushes', async () => {
    const agent = system.simulator.account.get('agent_1');
    await orphan(8, 'agent_1');
    await system.database.query(`update interviewer set name = 'Interview ours' where agent_id = 'agent_1'`);
    system.simulator.account.load([...system.simulator.account.agents.values(), ...(agent ? [agent] : [])]);
    await cleanup();
    expect((await rows()).get('agent_1')).toMatchObject({ name: 'Interview ours', sync_status: 'active' });
    expect((await system.call(SYNC)).body.pushed).toMatchObject([{ agent_id: 'agent_1', name: 'Interview ours' }]);
  });

  test('and keeps a row that cannot be restored, with Postgres’s reason', async () => {
    await orphan(8, 'agent_1');
    await system.database.query(`alter table interviewer add check (name <> 'Interview back')`);
    system.simulator.account.addAgent({ agent_id: 'agent_1', agent_name: 'Interview back' });
    expect((await cleanup()).body.cleaned_agents).toMatchObject([
      { agent_id: 'agent_1', outcome: 'kept', reason: expect.stringContaining('check constraint') },
    ]);
  });

  test('and archives the row of an agent that is back but not eligible', async () => {
    await orphan(8, 'agent_1');
    system.simulator.account.addAgent({ agent_id: 'agent_1', agent_name: 'Sales' });
    expect((await cleanup()).body.cleaned_agents).toMatchObject([
      { outcome: 'archived', reason: 'Agent is no longer eligible' },
    ]);
  });

  test.each([
    ['one agent cannot be read', /get-agent\/agent_1$/, 1],
    ['Retell is down', READ, 2],
  ])('and keeps rows whose agent cannot be read when %s', async (_, path, kept) => {
    await orphan(8, 'agent_1', 'agent_2');
    system.simulator.fault({ match: { path }, respond: { kind: 'response', status: 500, body: {} } });
    const { status, body } = await cleanup();
    expect(status).toBe(200);
    expect(body.cleaned_agents.filter((entry: { outcome: string }) => entry.outcome === 'kept')).toHaveLength(kept);
    expect(body.cleaned_agents[0].reason).toContain('could not be checked');
    expect((await rows()).get('agent_1')).toMatchObject({ sync_status: 'orphaned' });
  });

  test('and changes nothing when Retell refuses the key', async () => {
    await orphan(8, 'agent_1');
    system.simulator.replaceKey('key_of_another_account');
    expect(await cleanup()).toMatchObject({ status: 502, body: { code: 'retell_unauthorized' } });
    expect((await rows()).get('agent_1')).toMatchObject({ sync_status: 'orphaned' });
  });

  test('and leaves a row alone that a webhook restored in between', async () => {
    await orphan(8, 'agent_1', 'agent_2');
    system.simulator.fault({ match: { agent_id: 'agent_2' }, respond: { kind: 'hang' }, times: 1 });
    const running = cleanup();
    await arrived(system.simulator, '/get-agent/agent_1');
    await arrived(system.simulator, '/get-agent/agent_2');
    system.simulator.account.addAgent({ agent_id: 'agent_1', agent_name: 'Interview agent 1' });
    expect((await system.webhook(agentEvent('created', { agent_id: 'agent_1' }))).body.action).toBe('restored');
    const { body } = await running;
    expect(body.cleaned_agents).toMatchObject([
      { agent_id: 'agent_1', outcome: 'kept', reason: expect.stringContaining('changed since') },
      { agent_id: 'agent_2', outcome: 'archived' },
    ]);
    expect((await rows()).get('agent_1')).toMatchObject({ sync_status: 'active' });
  });

  test('and leaves a row alone when there is a newer observation of its agent, even if not yet applied', async () => {
    await orphan(8, 'agent_1', 'agent_2');
    system.simulator.fault({ match: { agent_id: 'agent_2' }, respond: { kind: 'hang' }, times: 1 });
    const running = cleanup();
    await arrived(system.simulator, '/get-agent/agent_1');
    await system.database.query(
      `update voice_agent_sync.retell_agent set read_at = clock_timestamp() + interval '1 minute', gone = false,
         agent_name = 'Interview', voice_id = 'v', version = 1, is_published = true, last_modification_timestamp = 1
       where agent_id = 'agent_1'`,
    );
    expect((await running).body.cleaned_agents[0]).toMatchObject({ agent_id: 'agent_1', outcome: 'kept' });
  });
});

describe('the guard of a cleanup', () => {
  test('[S52] blocks more than five rows, names them and accepts their plan token only', async () => {
    await orphan(8, ...IDS.slice(0, 6));
    system.simulator.requests.clear();
    const { status, body } = await cleanup();
    expect(status).toBe(409);
    expect(body).toMatchObject({ success: false, code: 'cleanup_guard', candidates: 6 });
    expect(body.hint).toContain(`{"confirm": ${JSON.stringify(body.plan)}}`);
    expect(body.cleaned_agents.map((entry: { agent_id: string }) => entry.agent_id).sort()).toEqual(IDS.slice(0, 6));
    expect(system.simulator.requests.count()).toBe(0);
    expect((await rows()).size).toBe(IDS.length);
    expect((await cleanup({ confirm: 5 })).status).toBe(409);
    expect((await cleanup({ confirm: 'the-plan-token-of-more' })).status).toBe(409);
    expect((await cleanup({ confirm: body.plan })).body).toMatchObject({ cleaned_count: 6 });
    expect((await rows()).size).toBe(1);
    const runs = await system.call('GET /api/sync-runs');
    expect(runs.body.runs.slice(0, 4)).toMatchObject([
      { kind: 'cleanup', status: 'succeeded', counts: { archived: 6 } },
      { status: 'held', error_code: 'cleanup_guard', blocked: 6 },
      { status: 'held' },
      { status: 'held' },
    ]);
  });

  test('accepts a number only for the rows that the last 409 listed', async () => {
    await orphan(8, ...IDS.slice(0, 6));
    expect((await cleanup({ confirm: 6 })).status).toBe(409);
    // Another row takes the place of a listed row.
    await system.database.query(
      `update interviewer set orphaned_at = now() - interval '1 hour' where agent_id = '${IDS[0]}'`,
    );
    await orphan(8, ...IDS.slice(6, 7));
    expect((await cleanup({ confirm: 6 })).body).toMatchObject({ code: 'cleanup_guard', candidates: 6 });
    expect((await cleanup({ confirm: 6 })).body).toMatchObject({ cleaned_count: 6 });
    expect((await rows()).has(IDS[0] ?? '')).toBe(true);
  });

  test('accepts the plan token of a dry run, and refuses it once the candidates changed', async () => {
    await orphan(8, ...IDS.slice(0, 6));
    const { body: shown } = await cleanup({ dry_run: true });
    await orphan(8, ...IDS.slice(6, 7));
    expect((await cleanup({ confirm: shown.plan })).body).toMatchObject({ code: 'cleanup_guard', candidates: 7 });
    const { body: now } = await cleanup({ dry_run: true });
    expect((await cleanup({ confirm: now.plan })).body).toMatchObject({ cleaned_count: 7 });
  });

  test('lets five rows pass without confirmation', async () => {
    await orphan(8, ...IDS.slice(0, 5));
    expect((await cleanup()).body).toMatchObject({ cleaned_count: 5 });
  });
});

test('a dry run of a cleanup shows all outcomes past the guard and changes nothing', async () => {
  await orphan(8, ...IDS.slice(0, 6));
  system.simulator.account.addAgent({ agent_id: 'agent_1', agent_name: 'Interview back' });
  const everything = () =>
    system.database.query(
      `select (select jsonb_agg(to_jsonb(i) order by id) from interviewer i) as rows,
         (select jsonb_agg(to_jsonb(r) order by agent_id) from voice_agent_sync.retell_agent r) as observations,
         (select count(*) from voice_agent_sync.run) as runs,
         (select count(*) from voice_agent_sync.archived_interviewer) as archived`,
    );
  const before = await everything();
  const published = system.events.length;
  const { status, body } = await cleanup({ dry_run: true });
  expect(status).toBe(200);
  expect(body).toMatchObject({ dry_run: true, run_id: null, candidates: 6 });
  expect(body.message).toContain('Dry run');
  const outcomes = body.cleaned_agents.map((entry: { outcome: string }) => entry.outcome).sort();
  expect(outcomes).toEqual([...Array(5).fill('archived'), 'restored']);
  expect(await everything()).toEqual(before);
  expect(system.events).toHaveLength(published);
});
