import { describe, expect, test } from '@jest/globals';
import { callEvent } from '../../infra/local/retell-simulator/events.ts';
import { eligibleAgent, interviewAgents, PLATFORM_COLUMNS, PLATFORM_VALUES } from '../support/agents.ts';
import { schedulerEvent } from '../support/events.ts';
import { useSystem } from '../support/system.ts';
import { allTables } from '../support/tables.ts';

const SYNC = 'POST /api/sync-retell-agents';
const AUDIT = 'GET /api/audit-agents';

const system = useSystem();

async function auditReport() {
  const { status, body } = await system.call(AUDIT);
  expect([status, body.success]).toEqual([200, true]);
  return body.audit_report;
}

async function addSynced(count: number): Promise<void> {
  system.addAgents(interviewAgents(count));
  await system.call(SYNC);
}

function points(report: { discrepancies: { points: number }[] }): number {
  return report.discrepancies.reduce((sum, discrepancy) => sum + discrepancy.points, 0);
}

describe('the health score', () => {
  test('is 75 when three of four eligible agents are in sync and one is missing', async () => {
    await addSynced(3);
    system.simulator.account.addAgent(eligibleAgent(4));
    const report = await auditReport();
    expect(report).toMatchObject({
      health_score: 75,
      health_status: 'good',
      summary: {
        total_retell_agents: 4,
        voice_enabled_retell_agents: 4,
        total_database_agents: 3,
        active_database_agents: 3,
        orphaned_database_agents: 0,
        sync_discrepancies: 1,
      },
      discrepancies: [{ agent_id: 'agent_4', name: 'Interview agent 4', status: 'missing_in_db', points: 25 }],
    });
    expect(report.recommendations).toEqual([expect.stringContaining('run a sync')]);
    expect(Object.keys(report).sort()).toEqual([
      'advice',
      'discrepancies',
      'health_score',
      'health_status',
      'recommendations',
      'summary',
      'timestamp',
      'unread',
    ]);
  });

  test('is 100 when there are no eligible agents', async () => {
    system.addAgents([{ agent_id: 'agent_x', agent_name: 'Support' }]);
    expect(await auditReport()).toMatchObject({ health_score: 100, health_status: 'excellent', discrepancies: [] });
  });

  test('is explained by one discrepancy for each lost point, and a sync fixes them all', async () => {
    await addSynced(10);
    const { account } = system.simulator;
    account.delete('agent_1');
    await system.call(SYNC);
    account.addAgent(eligibleAgent(1));
    account.delete('agent_2');
    account.edit('agent_3', { agent_name: 'Support line' }, { publish: true });
    account.edit('agent_4', { voice_id: 'openai-Nova' }, { publish: true });
    account.edit('agent_5', { agent_name: 'Lisa' }, { publish: true });
    account.edit('agent_6', { agent_name: 'Bob', voice_id: 'openai-Nova' }, { publish: true });
    account.addAgent(eligibleAgent(11));
    const report = await auditReport();
    const found = report.discrepancies.map(({ agent_id, status, points }: Record<string, unknown>) => [
      agent_id,
      status,
      points,
    ]);
    // Nine eligible agents (1, 4 to 11) and two active rows without one (2, 3).
    const whole = 9.09;
    expect(found.sort()).toEqual([
      ['agent_1', 'orphaned', whole],
      ['agent_11', 'missing_in_db', whole],
      ['agent_2', 'missing_in_retell', whole],
      ['agent_3', 'missing_in_retell', whole],
      ['agent_4', 'voice_mismatch', 4.55],
      ['agent_5', 'name_mismatch', 4.55],
      ['agent_6', 'name_mismatch', 2.27],
      ['agent_6', 'voice_mismatch', 2.27],
    ]);
    expect(report.health_score).toBe(50);
    expect(report.health_score).toBe(Math.floor(100 - points(report)));
    expect(report.health_status).toBe('fair');
    for (const { details, status, last_synced } of report.discrepancies) {
      expect(details.length).toBeGreaterThan(20);
      expect([status, typeof last_synced]).toEqual([status, status === 'missing_in_db' ? 'undefined' : 'string']);
    }
    expect(report.recommendations.filter((text: string) => text.includes('run a sync, which'))).toHaveLength(5);

    const { body } = await system.call(SYNC);
    expect(body.health_score).toBe(100);
    expect(await auditReport()).toMatchObject({ health_score: 100, discrepancies: [] });
  });

  test('ignores orphans, deleted rows and rows without an agent id', async () => {
    await addSynced(4);
    const { query } = system.database;
    system.simulator.account.delete('agent_1');
    await system.call(SYNC);
    await query(`update interviewer set sync_status = 'deleted' where agent_id = 'agent_2'`);
    await query(`insert into interviewer (agent_id, name, ${PLATFORM_COLUMNS}) values
      (null, 'Without id', ${PLATFORM_VALUES}), ('', 'Else', ${PLATFORM_VALUES})`);
    const report = await auditReport();
    expect(report).toMatchObject({
      health_score: 100,
      discrepancies: [],
      summary: { total_database_agents: 4, active_database_agents: 2, orphaned_database_agents: 1 },
    });
    expect(report.recommendations).toEqual([expect.stringContaining('dry run of the cleanup')]);
  });
});

describe('warnings of an audit', () => {
  test('name an unpublished draft and the fields that differ', async () => {
    await addSynced(3);
    system.simulator.account.edit('agent_2', { voice_id: 'openai-Nova', agent_name: 'Interview two' });
    await system.call(SYNC);
    const { advice, recommendations, health_score } = await auditReport();
    expect(health_score).toBe(100);
    expect(advice).toMatchObject([{ kind: 'unpublished_draft', agent_ids: ['agent_2'] }]);
    expect(advice[0].details).toContain('agent_name, voice_id');
    expect(recommendations).toEqual([advice[0].details]);
    // Each draft is compared once.
    system.simulator.requests.clear();
    await auditReport();
    expect(system.simulator.requests.count()).toBe(1);
    system.simulator.account.publish('agent_2');
    await system.call(SYNC);
    expect((await auditReport()).advice).toEqual([]);
  });

  test('compare at most a hundred drafts in a run', async () => {
    await addSynced(101);
    for (let number = 1; number <= 101; number += 1)
      system.simulator.account.edit(`agent_${number}`, { language: 'de-DE' });
    await system.call(SYNC);
    const counts: number[] = [];
    for (let audit = 1; audit <= 3; audit += 1) {
      system.simulator.requests.clear();
      await auditReport();
      counts.push(system.simulator.requests.count());
    }
    expect(counts).toEqual([201, 3, 1]);
  });

  test('name agents that share a name', async () => {
    system.addAgents([eligibleAgent(1), eligibleAgent(2, { agent_name: 'Interview agent 1' })]);
    await system.call(SYNC);
    const { advice } = await auditReport();
    expect(advice).toMatchObject([{ kind: 'duplicate_name', agent_ids: ['agent_1', 'agent_2'] }]);
  });

  test('name an orphan whose agent was created again under another id', async () => {
    await addSynced(3);
    system.simulator.account.delete('agent_1');
    system.simulator.account.addAgent({ agent_id: 'agent_new', agent_name: 'Interview agent 1', published: true });
    await system.call(SYNC);
    const { advice } = await auditReport();
    expect(advice).toMatchObject([
      { kind: 'recreated_agent', agent_ids: ['agent_1', 'agent_new'] },
      { kind: 'orphans_to_clean_up', action: 'preview_cleanup', agent_ids: [] },
    ]);
  });

  test('say that webhooks do not seem to arrive', async () => {
    system.addAgents(interviewAgents(6));
    await system.direct(schedulerEvent());
    // A first sync creates every row, with or without webhooks.
    expect((await auditReport()).advice).toEqual([]);
    for (const agent_id of system.simulator.account.agents.keys()) {
      system.simulator.account.edit(agent_id, { voice_id: 'openai-Nova' }, { publish: true });
    }
    await system.direct(schedulerEvent());
    const { advice } = await auditReport();
    expect(advice).toMatchObject([
      { kind: 'webhooks_missing', details: expect.stringContaining('100 % of the last 6') },
    ]);
    // Retell sends no event for a change itself: one of a call shows that webhooks arrive.
    await system.webhook(callEvent('call_ended', { agent_id: 'agent_1', agent_version: 0 }));
    expect((await auditReport()).advice).toEqual([]);
  });
});

describe('an audit', () => {
  test('writes nothing to the interviewer table and is recorded in the history', async () => {
    await addSynced(3);
    system.simulator.account.edit('agent_1', { voice_id: 'openai-Nova' }, { publish: true });
    system.simulator.account.delete('agent_2');
    const { interviewer, ...before } = await allTables(system.database.query);
    const report = await auditReport();
    const { interviewer: after } = await allTables(system.database.query);
    expect(before).toHaveProperty(['voice_agent_sync.run']);
    expect(after).toEqual(interviewer);
    const { body } = await system.call('GET /api/sync-runs');
    expect(body.runs[0]).toMatchObject({
      kind: 'audit',
      status: 'succeeded',
      health_score: report.health_score,
      summary: report.summary,
    });
  });

  test('fails instead of giving a score when an agent cannot be read', async () => {
    await addSynced(3);
    system.simulator.account.edit('agent_1', { voice_id: 'openai-Nova' }, { publish: true });
    system.simulator.fault({ match: { agent_id: 'agent_1' }, respond: { kind: 'response', status: 400, body: {} } });
    const { status, body } = await system.call(AUDIT);
    expect([status, body.code]).toEqual([502, 'audit_incomplete']);
    expect(body.unreadable).toMatchObject([{ agent_id: 'agent_1', reason: expect.any(String) }]);
    expect(body).not.toHaveProperty('health_score');
  });

  test('fails instead of giving a score when time runs out', async () => {
    system.addAgents(interviewAgents(3));
    system.simulator.fault({ match: { path: /^\/get-agent/ }, respond: { kind: 'hang' } });
    // Leaves a second for reading agents.
    system.requestsTake((path) => (path.includes('list-agents') ? 22_000 : 0));
    const { status, body } = await system.call(AUDIT, undefined, { remainingMs: 29_000 });
    expect([status, body.code, body.unreadable.length]).toEqual([502, 'audit_incomplete', 3]);
  });
});
