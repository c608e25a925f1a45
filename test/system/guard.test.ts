import { describe, expect, test } from '@jest/globals';
import { eligibleAgent, interviewAgents } from '../support/agents.ts';
import { schedulerEvent } from '../support/events.ts';
import { useSystem } from '../support/system.ts';
import { allTables } from '../support/tables.ts';

const SYNC = 'POST /api/sync-retell-agents';

const system = useSystem();

/** A synced account of `count` agents, of which the first `gone` are then deleted in Retell. */
async function startWith(count: number, gone: number): Promise<void> {
  system.addAgents(interviewAgents(count));
  await system.call(SYNC);
  deleteAgents(1, gone);
  system.simulator.requests.clear();
  system.events.length = 0;
  system.metrics.length = 0;
}

function deleteAgents(from: number, to: number): void {
  for (let number = from; number <= to; number += 1) system.simulator.account.delete(`agent_${number}`);
}

async function statuses(): Promise<Record<string, number>> {
  const rows = await system.rows();
  return Object.fromEntries(
    ['active', 'orphaned', 'deleted'].map((status) => [
      status,
      rows.filter((row) => row['sync_status'] === status).length,
    ]),
  );
}

describe('the orphan guard', () => {
  test.each([
    [10, 5, 200],
    [10, 6, 409],
    [25, 5, 200],
    [25, 6, 409],
    [40, 8, 200],
    [40, 9, 409],
  ])('with %i active rows, a sync that orphans %i responds %i', async (count, gone, status) => {
    await startWith(count, gone);
    const answer = await system.call(SYNC);
    expect(answer.status).toBe(status);
    expect(await statuses()).toEqual(
      status === 200
        ? { active: count - gone, orphaned: gone, deleted: 0 }
        : { active: count, orphaned: 0, deleted: 0 },
    );
  });

  test('counts active rows only: orphans and deleted rows do not raise its limit', async () => {
    await startWith(36, 5);
    await system.call(SYNC);
    await system.database.query(`update interviewer set sync_status = 'deleted' where agent_id = 'agent_6'`);
    deleteAgents(7, 13);
    const { status, body } = await system.call(SYNC);
    expect([status, body.code]).toEqual([409, 'orphan_guard']);
  });
});

describe('a blocked sync', () => {
  test('[O12] applies all other changes, and names the agents and how to confirm', async () => {
    await startWith(10, 6);
    system.simulator.account.addAgent(eligibleAgent(11));
    system.simulator.account.edit('agent_10', { voice_id: 'openai-Nova' }, { publish: true });
    const { status, body } = await system.call(SYNC);
    expect(status).toBe(409);
    expect(body).toMatchObject({
      success: false,
      code: 'orphan_guard',
      error: expect.stringContaining('6 interviewers would be orphaned'),
      hint: expect.stringContaining(`"confirm_orphans": "${body.plan}"`),
      request_id: expect.any(String),
    });
    expect(body.held_back).toHaveLength(6);
    expect(body.held_back).toContainEqual({
      agent_id: 'agent_1',
      name: 'Interview agent 1',
      reason: 'Agent no longer exists in Retell',
    });
    expect(body.sync_result.created).toMatchObject([{ agent_id: 'agent_11' }]);
    expect(body.sync_result.updated).toMatchObject([{ agent_id: 'agent_10' }]);
    expect(body.sync_result.counts).toMatchObject({ orphaned: 0, created: 1, updated: 1 });
    expect(await statuses()).toEqual({ active: 11, orphaned: 0, deleted: 0 });
    const { body: history } = await system.call(`GET /api/sync-runs/${body.run_id}`);
    expect(history.run).toMatchObject({
      status: 'held',
      error_code: 'orphan_guard',
      blocked: 6,
      counts: { orphaned: 0 },
    });
    expect(system.metrics).toContainEqual(expect.objectContaining({ OrphanGuardTripped: 1 }));
    expect(system.events).toContainEqual({
      name: 'OrphanGuardTripped',
      detail: { run_id: body.run_id, reason: 'orphan_guard', orphans: 6, plan: body.plan },
    });
    expect(system.events.some(({ name }) => name === 'AgentOrphaned')).toBe(false);
  });

  test('passes with the plan of its response, which is also the plan of a dry run', async () => {
    await startWith(10, 6);
    const held = await system.call(SYNC);
    const dry = await system.call(SYNC, { dry_run: true });
    expect([dry.status, dry.body.plan]).toEqual([200, held.body.plan]);
    const { status, body } = await system.call(SYNC, { confirm_orphans: held.body.plan });
    expect(status).toBe(200);
    expect(body.orphaned).toHaveLength(6);
    expect(system.events.filter(({ name }) => name === 'AgentOrphaned')).toHaveLength(6);
  });

  test.each([
    ['another agent is gone', () => deleteAgents(7, 7)],
    ['an agent is back', () => void system.simulator.account.addAgent(eligibleAgent(1))],
  ])('refuses the plan after %s', async (_, happens) => {
    await startWith(10, 7);
    system.simulator.account.addAgent(eligibleAgent(7));
    const { body: held } = await system.call(SYNC);
    happens();
    const { status, body } = await system.call(SYNC, { confirm_orphans: held.plan });
    expect([status, body.code]).toEqual([409, 'orphan_guard']);
    expect(body.error).toContain('has changed');
    expect(body.plan).not.toBe(held.plan);
    expect((await statuses())['orphaned']).toBe(0);
    expect((await system.call(SYNC, { confirm_orphans: body.plan })).status).toBe(200);
  });

  test('passes with true, even if other agents are gone by then', async () => {
    await startWith(10, 6);
    await system.call(SYNC);
    deleteAgents(7, 9);
    const { status, body } = await system.call(SYNC, { confirm_orphans: true });
    expect([status, body.orphaned.length]).toEqual([200, 9]);
  });

  test('[S51] stays blocked until a person confirms: neither the schedule nor its endpoint can', async () => {
    await startWith(10, 6);
    const event = schedulerEvent({ confirm_orphans: true, detail: { confirm_orphans: true } });
    expect(await system.direct(event)).toMatchObject({ success: false, sync_result: { orphaned: [] } });
    const { status, body } = await system.call('POST /api/scheduled-sync');
    expect([status, body.code]).toEqual([409, 'orphan_guard']);
    expect((await system.call('POST /api/scheduled-sync', { confirm_orphans: true })).status).toBe(400);
    expect(await statuses()).toEqual({ active: 10, orphaned: 0, deleted: 0 });
  });

  test('is no longer blocked when the agents are back', async () => {
    await startWith(10, 6);
    await system.call(SYNC);
    for (let number = 1; number <= 6; number += 1) system.simulator.account.addAgent(eligibleAgent(number));
    const { status, body } = await system.call(SYNC);
    expect(status).toBe(200);
    expect(body).toMatchObject({ created: [], orphaned: [], restored: [], health_score: 100 });
  });
});

describe('an empty listing', () => {
  test('[R1] blocks the orphaning of even one row until it is confirmed', async () => {
    await startWith(1, 1);
    const { status, body } = await system.call(SYNC);
    expect([status, body.code, body.held_back.length]).toEqual([409, 'orphan_guard', 1]);
    expect(await statuses()).toEqual({ active: 1, orphaned: 0, deleted: 0 });
    expect((await system.call(SYNC, { confirm_orphans: body.plan })).status).toBe(200);
    expect(await statuses()).toEqual({ active: 0, orphaned: 1, deleted: 0 });
  });

  test('orphans and blocks nothing when get-agent still has every agent', async () => {
    await startWith(4, 0);
    system.simulator.onListing((page) => ({ ...page, items: [] }));
    const { status, body } = await system.call(SYNC);
    expect([status, body.orphaned, body.unchanged]).toEqual([200, [], 4]);
  });
});

describe('a listing of another account', () => {
  async function startForeign(rows: number): Promise<void> {
    await startWith(rows, rows);
    system.simulator.account.addAgent(eligibleAgent(50));
  }

  test('[R23] blocks the whole sync before any agent is read, and says how to continue', async () => {
    await startForeign(3);
    const { 'voice_agent_sync.run': _, ...before } = await allTables(system.database.query);
    const { status, body } = await system.call(SYNC);
    expect([status, body.code]).toEqual([409, 'account_mismatch']);
    expect(body.hint).toContain('RETELL_API_KEY');
    expect(body.held_back).toHaveLength(3);
    const { 'voice_agent_sync.run': __, ...after } = await allTables(system.database.query);
    expect(after).toEqual(before);
    expect(system.simulator.requests.count('/get-agent/')).toBe(0);
    expect(system.metrics).toContainEqual({ OrphanGuardTripped: 1 });
    const { body: history } = await system.call('GET /api/sync-runs');
    expect(history.runs[0]).toMatchObject({
      status: 'held',
      error_code: 'account_mismatch',
      blocked: 3,
      hint: body.hint,
    });
    const detail = { run_id: history.runs[0].id, reason: 'account_mismatch', orphans: 3, plan: body.plan };
    expect(system.events).toContainEqual({ name: 'OrphanGuardTripped', detail });

    const confirmed = await system.call(SYNC, { confirm_orphans: body.plan });
    expect(confirmed.status).toBe(200);
    expect(confirmed.body).toMatchObject({ created: [{ agent_id: 'agent_50' }], counts: { orphaned: 3 } });
  });

  test('blocks a dry run and the schedule too, and passes with true', async () => {
    await startForeign(3);
    expect((await system.call(SYNC, { dry_run: true })).body.code).toBe('account_mismatch');
    await expect(system.direct(schedulerEvent())).rejects.toMatchObject({ code: 'account_mismatch' });
    expect((await system.call(SYNC, { confirm_orphans: 'the-plan-token-of-more' })).status).toBe(409);
    expect((await system.call(SYNC, { confirm_orphans: true })).body.counts).toMatchObject({ orphaned: 3, created: 1 });
  });

  test.each([1, 2])('writes nothing when %i active rows are known', async (rows) => {
    await startForeign(rows);
    const { status, body } = await system.call(SYNC);
    expect([status, body.code, body.held_back]).toMatchObject([
      409,
      'account_mismatch',
      Array.from({ length: rows }, () => ({})),
    ]);
    expect((await statuses())['orphaned'] ?? 0).toBe(0);
  });

  test('is not another account’s when it has one agent with a row', async () => {
    await startForeign(4);
    system.simulator.account.addAgent(eligibleAgent(4));
    const { status, body } = await system.call(SYNC);
    expect([status, body.counts]).toMatchObject([200, { orphaned: 3, created: 1 }]);
  });
});
