/** The state of both sides as the API, metrics and events show it. Each transition: ../unit/domain/state.test.ts. */
import { describe, expect, test } from '@jest/globals';
import { saveWebhookEvents } from '../../shared/db/webhook-events.ts';
import { interviewAgents } from '../support/agents.ts';
import { useSystem } from '../support/system.ts';

const AUDIT = 'GET /api/audit-agents';
const SCHEDULED = 'POST /api/scheduled-sync';
const STATUS = 'GET /api/scheduled-sync?action=status';
const SYNC = 'POST /api/sync-retell-agents';

const system = useSystem({ agents: interviewAgents(8) });

async function status() {
  return (await system.call(STATUS)).body.status;
}

const published = () => system.metrics.findLast((values) => values.SyncState !== undefined)?.SyncState;

test('the state is unknown before the first comparison, and in sync after it', async () => {
  expect(await status()).toMatchObject({
    state: 'unknown',
    as_of: null,
    reason: 'Both sides were never compared in full',
  });
  await system.call(SCHEDULED);
  const after = await status();
  expect(after).toMatchObject({ state: 'in_sync', reason: 'Both sides are in sync' });
  expect(after.as_of).toBe(after.last_check);
  expect(published()).toBe(0);
  expect(system.events.find(({ name }) => name === 'SyncCompleted')?.detail).toMatchObject({ state: 'in_sync' });
  expect(system.log).toContainEqual(
    expect.objectContaining({
      fields: expect.objectContaining({ state: 'in_sync', reason: 'Both sides are in sync' }),
    }),
  );
});

test('an audit that finds a discrepancy puts both sides out of sync', async () => {
  await system.call(SYNC);
  system.simulator.account.delete('agent_8');
  await system.call(AUDIT);
  expect(await status()).toMatchObject({ state: 'out_of_sync', health_score: 87, health_status: 'fair' });
  expect(published()).toBe(1);
  expect(system.events.find(({ name }) => name === 'HealthDegraded')?.detail).toMatchObject({ state: 'out_of_sync' });
});

test('a blocked guard needs a confirmation until a sync passes', async () => {
  await system.call(SYNC);
  for (let number = 1; number <= 7; number += 1) system.simulator.account.delete(`agent_${number}`);
  const { body } = await system.call(SYNC);
  expect(body.code).toBe('orphan_guard');
  expect(await status()).toMatchObject({
    state: 'needs_confirmation',
    reason: expect.stringContaining(`run ${body.run_id}`),
  });
  expect(published()).toBe(2);
  await system.call(SYNC, { confirm_orphans: body.plan });
  expect(await status()).toMatchObject({ state: 'in_sync' });
});

test('a refused key makes the state unknown, and the last score remains as the last known score', async () => {
  await system.call(SYNC);
  const { as_of } = await status();
  system.simulator.replaceKey('key_other');
  await system.call(SYNC);
  expect(await status()).toMatchObject({
    state: 'unknown',
    as_of,
    health_score: 100,
    reason: expect.stringMatching(/^The last comparison failed: Retell/),
  });
  expect(published()).toBe(3);
});

test.each([SYNC, AUDIT])('%s of another account makes the state unknown', async (route) => {
  await system.call(SYNC);
  for (let number = 1; number <= 8; number += 1) system.simulator.account.delete(`agent_${number}`);
  system.simulator.account.addAgent({ agent_id: 'agent_other', agent_name: 'Interview agent', published: true });
  await system.call(route);
  expect(await status()).toMatchObject({
    state: 'unknown',
    health_score: 100,
    reason: 'The last comparison was with another Retell account',
  });
  expect(published()).toBe(3);
});

test('an agent that cannot be read makes the state unknown', async () => {
  system.simulator.fault({ match: { agent_id: 'agent_2' }, respond: { kind: 'response', status: 400, body: {} } });
  await system.call(SYNC);
  expect(await status()).toMatchObject({
    state: 'unknown',
    reason: '1 agent could not be read at the last comparison: "Interview agent 2" (agent_2)',
  });
  expect(published()).toBe(3);
});

test('a comparison that is too old makes the state unknown', async () => {
  await system.call(SYNC);
  await system.database.query(`alter table voice_agent_sync.run disable trigger finished_run_stays`);
  await system.database.query(`update voice_agent_sync.run set finished_at = finished_at - interval '11 minutes'`);
  expect(await status()).toMatchObject({
    state: 'unknown',
    reason: expect.stringContaining('two schedule periods (10 minutes)'),
  });
});

describe('the ETag of the status', () => {
  const etagNow = async () => (await system.call(STATUS)).headers['etag'] ?? '';
  const statusFor = async (etag: string) =>
    (await system.call(STATUS, undefined, { headers: { 'if-none-match': etag } })).status;

  test('costs one statement and gets a 304 while nothing changes', async () => {
    await system.call(SYNC);
    const etag = await etagNow();
    const before = system.services().database.statements();
    const again = await system.call(STATUS, undefined, { headers: { 'if-none-match': etag } });
    expect([again.status, again.body, again.headers['etag']]).toEqual([304, '', etag]);
    expect(system.services().database.statements() - before).toBe(1);
  });

  test('changes when a run starts, and when it ends', async () => {
    const before = await etagNow();
    const [{ id } = { id: 0 }] = await system.database.query<{ id: number }>(
      "insert into voice_agent_sync.run (kind, trigger) values ('cleanup', 'manual') returning id::float8 as id",
    );
    const started = await etagNow();
    await system.database.query(
      "update voice_agent_sync.run set status = 'failed', finished_at = clock_timestamp() where id = $1",
      [id],
    );
    expect(await statusFor(before)).toBe(200);
    expect(await statusFor(started)).toBe(200);
  });

  test('changes with an agent that an event changed, also without a run', async () => {
    await system.call(SYNC);
    system.addAgents([{ agent_id: 'agent_billing', agent_name: 'Billing', voice_id: 'v' }]);
    const before = await etagNow();
    await system.webhook({ event: 'agent_updated', agent: { agent_id: 'agent_billing' } });
    expect(await statusFor(before)).toBe(200);
  });

  test.each(['refused', 'invalid', 'failed'] as const)('changes with an event that was %s', async (outcome) => {
    const fields = { event: 'agent_updated', outcome, agent_id: null, detail: 'why' };
    const arrive = (seconds: readonly number[]) =>
      saveWebhookEvents(system.services().database.query, {
        counts: [],
        notable: seconds.map((second) => ({ ...fields, received_at: new Date(second * 1_000) })),
      });
    // Fills its ring, whose places are taken again.
    await arrive(Array.from({ length: 21 }, (_, index) => index + 1));
    const before = await etagNow();
    await arrive([22]);
    expect(await statusFor(before)).toBe(200);
  });

  test('changes when a conflict is acknowledged', async () => {
    await system.database.query(
      `insert into voice_agent_sync.conflict (agent_id, run_id, retell_name, database_name, decided_at)
       values ('agent_1', 1, 'a', 'b', now())`,
    );
    const before = await etagNow();
    await system.database.query('update voice_agent_sync.conflict set acknowledged_at = now()');
    expect(await statusFor(before)).toBe(200);
  });

  test('changes when the last comparison becomes too old', async () => {
    await system.call(SYNC);
    await system.database.query(`alter table voice_agent_sync.run disable trigger finished_run_stays`);
    await system.database.query(`update voice_agent_sync.run set finished_at = finished_at - interval '3 minutes'`);
    const before = await etagNow();
    await system.configure({ SYNC_SCHEDULE: 'rate(1 minute)' });
    expect(await statusFor(before)).toBe(200);
  });

  test('is that of the body where the response has no state', async () => {
    const offer = await system.call('GET /api/scheduled-sync');
    const again = await system.call('GET /api/scheduled-sync', undefined, {
      headers: { 'if-none-match': offer.headers['etag'] ?? '' },
    });
    expect(again.status).toBe(304);
  });
});

test('the trend covers 90 days: the newest runs, and the lowest scores before', async () => {
  await system.database.query(
    `insert into voice_agent_sync.run (kind, trigger, status, started_at, finished_at, health_score, discrepancies)
     select 'scheduled', 'schedule', 'succeeded', at, at, case when n % 288 = 7 then 40 else 90 end, 1
     from generate_series(1, 5760) n, lateral (select now() - (5761 - n) * interval '5 minutes' as at) as run`,
  );
  const { trend } = await status();
  const ages = trend.map(({ timestamp }: { timestamp: string }) => Date.now() - Date.parse(timestamp));
  const days = (age: number) => age / 86_400_000;
  expect(days(ages[0])).toBeGreaterThan(18);
  expect(trend.length).toBeLessThan(330);
  expect(ages.filter((age: number) => days(age) < 0.18).length).toBeGreaterThanOrEqual(50);
  expect(ages).toEqual(ages.toSorted((one: number, other: number) => other - one));
  const lowest = trend.filter(({ health_score }: { health_score: number }) => health_score === 40);
  expect(lowest.length).toBeGreaterThanOrEqual(19);
});
