import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SAMPLE_AGENTS } from '../../infra/local/sample-account.ts';
import { startSystem, type TestSystem } from '../support/system.ts';

const IDS = SAMPLE_AGENTS.map(({ agent_id = '' }) => agent_id).sort();

describe('GET /api/agents', () => {
  let system: TestSystem;
  beforeAll(async () => {
    system = await startSystem({ agents: SAMPLE_AGENTS });
    await system.call('POST /api/sync-retell-agents');
  });
  afterAll(() => system.close());

  const byName = async () => {
    const { body } = await system.call('GET /api/agents');
    return Object.fromEntries(body.agents.map((agent: { name: string }) => [agent.name, agent]));
  };

  test('lists every agent of the account, skipped ones included, without a call to Retell', async () => {
    system.simulator.requests.clear();
    const { body } = await system.call('GET /api/agents');
    expect(body.agents.map(({ agent_id }: { agent_id: string }) => agent_id)).toEqual(IDS);
    expect(system.simulator.requests.count()).toBe(0);
    expect(await byName()).toMatchObject({
      'Explorer Lisa': { state: 'in_step', voice_id: '11labs-Chloe', discrepancy: null },
      'Billing support': { state: 'skipped', reason: 'Agent name does not match interview patterns' },
      'Website chat': { state: 'skipped', reason: expect.stringContaining('No voice configured') },
    });
  });

  test('pages in the order of ids', async () => {
    const seen: string[] = [];
    let after: string | null = '';
    while (after !== null) {
      const { body } = await system.call(`GET /api/agents?limit=5&after=${after}`);
      seen.push(...body.agents.map(({ agent_id }: { agent_id: string }) => agent_id));
      after = body.next;
    }
    expect(seen).toEqual(IDS);
  });

  test('shows discrepancies as soon as an audit found them, with its reasons', async () => {
    await system.database.query(`update interviewer set voice_id = 'other' where name = 'Lisa'`);
    expect(await byName()).toMatchObject({ Lisa: { state: 'out_of_step', discrepancy: 'voice_mismatch' } });
    system.simulator.account.addAgent({
      agent_id: 'agent_new',
      agent_name: 'Interview, new',
      voice_id: '11labs-Adrian',
    });
    system.simulator.account.delete('agent_2b7d51e8c03f96a4728e1db5c7');
    const { body } = await system.call('GET /api/audit-agents');
    const remembered = await byName();
    expect(remembered).toMatchObject({
      'Interview, new': { state: 'out_of_step', discrepancy: 'missing_in_db' },
      'Empathetic Bob': { state: 'out_of_step', discrepancy: 'missing_in_retell' },
    });
    for (const { name, status, details } of body.audit_report.discrepancies) {
      expect(remembered[name]).toMatchObject({ discrepancy: status, reason: details });
    }
  });

  test('follows an agent through orphaning, cleanup and restore', async () => {
    await system.call('POST /api/sync-retell-agents');
    expect(await byName()).toMatchObject({ 'Empathetic Bob': { state: 'orphaned', restorable: false } });
    await system.call('POST /api/audit-agents', { action: 'cleanup_orphaned', older_than_days: 0 });
    expect(await byName()).toMatchObject({ 'Empathetic Bob': { state: 'archived', restorable: true } });
    const agent_ids = ['agent_2b7d51e8c03f96a4728e1db5c7'];
    await system.call('POST /api/audit-agents', { action: 'restore', agent_ids });
    expect(await byName()).toMatchObject({ 'Empathetic Bob': { state: 'orphaned', restorable: false } });
  });

  test('omits rows of other providers', async () => {
    await system.database.query(
      `insert into interviewer (name, description, image, empathy, exploration, rapport, speed)
       values ('Other provider', '', '', 1, 1, 1, 1)`,
    );
    expect(await byName()).not.toHaveProperty('Other provider');
  });
});
