/** The guard counts the orphans of the last hour over syncs and webhooks together. */
import { beforeEach, expect, test } from '@jest/globals';
import { agentEvent } from '../../infra/local/retell-simulator/events.ts';
import { interviewAgents } from '../support/agents.ts';
import { busEvent } from '../support/events.ts';
import { useSystem } from '../support/system.ts';

const SYNC = 'POST /api/sync-retell-agents';

const system = useSystem({ agents: interviewAgents(13) });
beforeEach(() => system.call(SYNC));

function remove(...numbers: readonly number[]): void {
  for (const number of numbers) system.simulator.account.delete(`agent_${number}`);
}

async function orphans(): Promise<number> {
  return (await system.rows()).filter((row) => row['sync_status'] === 'orphaned').length;
}

test('[S106] two syncs within an hour do not orphan ten of thirteen without a confirmation', async () => {
  remove(1, 2, 3, 4, 5);
  expect((await system.call(SYNC)).status).toBe(200);
  remove(6, 7, 8, 9, 10);
  const { status, body } = await system.call(SYNC);
  expect([status, body.code, body.held_back.length]).toEqual([409, 'orphan_guard', 5]);
  expect(await orphans()).toBe(5);
  expect((await system.call(SYNC, { confirm_orphans: body.plan })).status).toBe(200);
  expect(await orphans()).toBe(10);
});

test('[S106] orphans by webhooks count for the next sync', async () => {
  remove(1, 2, 3, 4, 5);
  for (const number of [1, 2, 3, 4]) await system.webhook(agentEvent('deleted', { agent_id: `agent_${number}` }));
  expect(await orphans()).toBe(4);
  remove(6);
  expect((await system.call(SYNC)).body.code).toBe('orphan_guard');
  expect(await orphans()).toBe(4);
});

test('[S106] rows that a cleanup removed within the hour still count', async () => {
  remove(1, 2, 3, 4, 5);
  await system.call(SYNC);
  const { body } = await system.call('POST /api/audit-agents', { action: 'cleanup_orphaned', older_than_days: 0 });
  expect(body.cleaned_count).toBe(5);
  remove(6);
  expect((await system.call(SYNC)).body.code).toBe('orphan_guard');
  expect((await system.rows()).filter((row) => row['sync_status'] === 'active')).toHaveLength(8);
});

test('orphans that a person confirmed do not count again', async () => {
  remove(1, 2, 3, 4, 5, 6, 7);
  await system.call(SYNC, { confirm_orphans: true });
  expect(await orphans()).toBe(7);
  remove(8);
  expect((await system.call(SYNC)).status).toBe(200);
  await system.webhook(agentEvent('deleted', { agent_id: 'agent_9' }));
  remove(9);
  expect((await system.webhook(agentEvent('deleted', { agent_id: 'agent_9' }))).body.action).toBe('orphaned');
});

test('rows that an undo brings back as orphans do not count', async () => {
  remove(1, 2, 3, 4, 5, 6);
  const orphaned = await system.call(SYNC, { confirm_orphans: true });
  expect(orphaned.status).toBe(200);
  const cleanup = { action: 'cleanup_orphaned', older_than_days: 0 };
  const { plan } = (await system.call('POST /api/audit-agents', { ...cleanup, dry_run: true })).body;
  const cleaned = (await system.call('POST /api/audit-agents', { ...cleanup, confirm: plan })).body;
  const undo = `POST /api/sync-runs/${cleaned.run_id}/undo`;
  const shown = (await system.call(undo, { dry_run: true })).body;
  expect((await system.call(undo, { confirm: shown.plan })).body.counts.restored).toBe(6);
  remove(7);
  expect((await system.call(SYNC)).body).toMatchObject({ orphaned: [{ agent_id: 'agent_7' }] });
});

test('orphans of more than an hour ago do not count', async () => {
  remove(1, 2, 3, 4, 5);
  await system.call(SYNC);
  await system.database.query(
    `update interviewer set orphaned_at = orphaned_at - interval '61 minutes' where sync_status = 'orphaned'`,
  );
  remove(6, 7);
  expect((await system.call(SYNC)).status).toBe(200);
});

test('[S104] an event of the bus confirms nothing, whatever its content', async () => {
  remove(1, 2, 3, 4, 5, 6, 7);
  const claimed = { confirm_orphans: true, started_at: new Date(), stale_before: new Date() };
  const { body } = await system.call(SYNC);
  for (const detail of [claimed, { ...claimed, run_id: 999 }, { ...claimed, run_id: body.run_id }]) {
    const event: unknown = JSON.parse(JSON.stringify(busEvent('SyncContinuationRequested', detail)));
    await expect(system.direct(event)).rejects.toMatchObject({
      code: expect.stringMatching(/^(unknown_event|not_partial)$/),
    });
  }
  expect(await orphans()).toBe(0);
});
