import { describe, expect, test } from '@jest/globals';
import { eligibleAgent, interviewAgents } from '../support/agents.ts';
import { schedulerEvent } from '../support/events.ts';
import { useSystem } from '../support/system.ts';

const SCHEDULED = 'POST /api/scheduled-sync';
const STATUS = 'GET /api/scheduled-sync?action=status';

const system = useSystem({ agents: interviewAgents(4) });

const SHAPE = {
  success: true,
  message: expect.stringContaining('health 100 (excellent)'),
  sync_result: expect.objectContaining({ success: true, counts: expect.any(Object), health_score: 100 }),
  audit_result: expect.objectContaining({ health_score: 100, discrepancies: [], summary: expect.any(Object) }),
  timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
};

describe('a scheduled sync', () => {
  test.each([
    ['over HTTP', async () => (await system.call(SCHEDULED)).body],
    ['by EventBridge Scheduler', () => system.direct(schedulerEvent())],
  ])('invoked %s syncs, then audits the same observed state', async (_, invoke) => {
    expect(await invoke()).toEqual(SHAPE);
    // One listing for both.
    expect(system.simulator.requests.count('/v2/list-agents')).toBe(1);
    expect(await system.rows()).toHaveLength(4);
    expect(system.metrics).toContainEqual(
      expect.objectContaining({ HealthScore: 100, SyncDiscrepancies: 0, ActiveAgents: 4, SyncSuccesses: 1 }),
    );
    expect(system.events.map(({ name }) => name)).toEqual(['SyncCompleted']);
  });

  test('[L4] delivered twice at once applies each change once', async () => {
    const answers = await Promise.all([system.direct(schedulerEvent()), system.direct(schedulerEvent())]);
    expect(answers).toEqual([expect.objectContaining({ success: true }), expect.objectContaining({ success: true })]);
    const { body } = await system.call('GET /api/sync-runs');
    const created = body.runs.map((run: { counts: { created: number } }) => run.counts.created);
    expect(created.reduce((sum: number, count: number) => sum + count, 0)).toBe(4);
    expect(await system.rows()).toHaveLength(4);
  });

  test('with an unreadable agent applies the rest and has no score', async () => {
    system.simulator.fault({ match: { agent_id: 'agent_2' }, respond: { kind: 'response', status: 400, body: {} } });
    const { status, body } = await system.call(SCHEDULED);
    expect(status).toBe(502);
    expect(body).toMatchObject({
      success: false,
      code: 'audit_incomplete',
      audit_result: null,
      sync_result: { counts: { created: 3, errors: 1 } },
    });
    expect(body.message).toContain('no audit');
  });

  test('that fails throws when invoked directly, so that Lambda retries', async () => {
    system.simulator.replaceKey('key_other');
    await expect(system.direct(schedulerEvent())).rejects.toMatchObject({ code: 'retell_unauthorized' });
    expect(system.metrics).toContainEqual({ SyncFailures: 1 });
  });

  test('with a blocked guard responds 409 with the applied changes and the audit', async () => {
    system.simulator.seed(6);
    await system.call(SCHEDULED);
    for (const agent_id of [...system.simulator.account.agents.keys()].slice(0, 6)) {
      system.simulator.account.delete(agent_id);
    }
    const { status, body } = await system.call(SCHEDULED);
    expect({ status, ...body }).toMatchObject({
      status: 409,
      success: false,
      code: 'orphan_guard',
      message: body.error,
      sync_result: { success: true },
      audit_result: { health_score: expect.any(Number), discrepancies: expect.any(Array) },
      timestamp: expect.stringMatching(/Z$/),
    });
    expect(body.held_back).toHaveLength(6);
  });

  test('records the numbers of its audit as metrics', async () => {
    const others = [{ agent_name: 'Sales' }, { agent_name: 'Chat', channel: 'chat' as const }];
    for (const agent of [...interviewAgents(8).slice(4), ...others]) system.simulator.account.addAgent(agent);
    await system.direct(schedulerEvent());
    system.simulator.account.delete('agent_1');
    system.simulator.account.delete('agent_2');
    // A sync cannot fix these.
    await system.database.query(`alter table interviewer add check (name not like 'Bob%')`);
    for (const name of ['Bob A', 'Bob B', 'Bob C']) system.simulator.account.addAgent({ agent_name: name });
    await system.direct(schedulerEvent());
    expect(system.metrics.at(-1)).toMatchObject({
      HealthScore: 66,
      SyncDiscrepancies: 3,
      VoiceEnabledAgents: 10,
      ActiveAgents: 6,
      OrphanedAgents: 2,
    });
  });

  test('publishes HealthDegraded when the score has fallen', async () => {
    await system.direct(schedulerEvent());
    // A sync cannot fix this: a constraint refuses the row.
    await system.database.query(`alter table interviewer add check (name <> 'Bob')`);
    system.simulator.account.addAgent({ agent_id: 'agent_bob', agent_name: 'Bob' });
    await system.direct(schedulerEvent());
    expect(system.events).toContainEqual({
      name: 'HealthDegraded',
      detail: expect.objectContaining({ health_score: 80, previous_health_score: 100, state: 'out_of_sync' }),
    });
  });
});

describe('the status of the schedule', () => {
  test('has nulls before the first run', async () => {
    const { status, body } = await system.call(STATUS);
    expect(status).toBe(200);
    expect(body).toEqual({
      success: true,
      status: {
        state: 'unknown',
        as_of: null,
        reason: 'Both sides were never compared in full',
        last_check: null,
        last_sync: null,
        health_score: null,
        health_status: null,
        discrepancies: null,
        summary: null,
        recommendations: ['Both sides were never compared: run a sync, which compares them.'],
        advice: [],
        trend: [],
        conflicts: [],
        freshness: { p50_s: null, p95_s: null, samples: 0 },
        webhooks: { last_accepted: null, last_refused: null, unknown_agents: 0 },
      },
    });
  });

  test('comes from the history without a call to Retell', async () => {
    await system.call(SCHEDULED);
    system.simulator.account.addAgent(eligibleAgent(5));
    await system.call('GET /api/audit-agents');
    system.simulator.requests.clear();
    const { body } = await system.call(STATUS);
    expect(body.status).toMatchObject({
      health_score: 80,
      health_status: 'good',
      discrepancies: 1,
      recommendations: [expect.stringContaining('run a sync')],
      trend: [{ health_score: 100 }, { health_score: 80 }],
    });
    expect(new Date(body.status.last_check) > new Date(body.status.last_sync)).toBe(true);
    expect(system.simulator.requests.count()).toBe(0);
  });

  test('has the last sync although it has no score', async () => {
    system.simulator.fault({ match: { agent_id: 'agent_2' }, respond: { kind: 'response', status: 400, body: {} } });
    await system.call(SCHEDULED);
    const { body } = await system.call(STATUS);
    expect(body.status).toMatchObject({ last_check: null, health_score: null, last_sync: expect.any(String) });
  });

  test('ignores syncs that failed or wrote nothing', async () => {
    await system.call(SCHEDULED);
    const { body: before } = await system.call(STATUS);
    for (let number = 1; number <= 4; number += 1) system.simulator.account.delete(`agent_${number}`);
    system.simulator.account.addAgent(eligibleAgent(9));
    expect((await system.call(SCHEDULED)).body.code).toBe('account_mismatch');
    system.simulator.replaceKey('key_other');
    expect((await system.call(SCHEDULED)).status).toBe(502);
    const { body: after } = await system.call(STATUS);
    expect(after.status.last_sync).toBe(before.status.last_sync);
  });
});

test('GET /api/scheduled-sync lists its actions, and refuses an unknown one', async () => {
  const { status, body } = await system.call('GET /api/scheduled-sync');
  expect([status, body.success]).toEqual([200, true]);
  expect(JSON.stringify(body)).toContain('action=status');
  const refused = await system.call('GET /api/scheduled-sync?action=stop');
  expect([refused.status, refused.body.code]).toEqual([400, 'invalid_request']);
});
