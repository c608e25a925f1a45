import { beforeEach, expect, test } from '@jest/globals';
import * as v from 'valibot';
import { latestVersion } from '../../infra/local/retell-simulator/account.ts';
import type { DomainEvent } from '../../shared/contract.ts';
import { interviewAgents, PLATFORM_COLUMNS, PLATFORM_VALUES } from '../support/agents.ts';
import { busEvent } from '../support/events.ts';
import { useSystem } from '../support/system.ts';

const SYNC = 'POST /api/sync-retell-agents';
/** The last six seconds of an invocation are kept for writing, so this leaves 23 seconds for reading. */
const SHORT = { remainingMs: 29_000 };
/** Time for the listing and five agents. */
const SLOW_MS = 4_000;
/** Leaves a moment for reading agents. */
const SLOW_LISTING = (path: string) => (path.includes('list-agents') ? 20_500 : 0);
const CONTINUATION = 'SyncContinuationRequested';

const OPTIONS = { agents: interviewAgents(12), env: { RETELL_CONCURRENCY: '1' } };

const system = useSystem(OPTIONS);
beforeEach(() => system.requestsTake(SLOW_MS));

function continuations(): DomainEvent[] {
  return system.events.filter(({ name }) => name === CONTINUATION);
}

/** Delivers each requested continuation until there are no more, and returns their number. */
async function deliverContinuations(): Promise<number> {
  let done = 0;
  for (let last = continuations().at(-1); last !== undefined && done < 50; last = continuations().at(done)) {
    const detail = v.parse(v.record(v.string(), v.unknown()), JSON.parse(JSON.stringify(last.detail)));
    await system.direct(busEvent(CONTINUATION, detail), SHORT.remainingMs);
    done += 1;
  }
  return done;
}

/** How often each agent was read. */
function reads(): Record<string, number> {
  const paths = system.simulator.requests.all.map(({ path }) => path).filter((path) => path.startsWith('/get-agent/'));
  return Object.fromEntries(
    [...new Set(paths)].map((path) => [path.slice(11), paths.filter((p) => p === path).length]),
  );
}

test('[L1] a sync without enough time commits what it has, and continuations finish it without reading an agent twice', async () => {
  const { status, body } = await system.call(SYNC, undefined, SHORT);
  expect(status).toBe(202);
  expect(body).toMatchObject({ success: true, partial: true, health_score: null });
  expect(body.message).toContain('a continuation or the next sync does the rest');
  expect(body.counts.created + body.counts.pending).toBe(12);
  expect(body.counts.created).toBeGreaterThan(0);
  expect(await system.rows()).toHaveLength(body.counts.created);
  expect(continuations()).toMatchObject([{ detail: { run_id: body.run_id } }]);
  expect(Object.keys(continuations()[0]?.detail ?? {})).toEqual(['run_id']);
  const { body: history } = await system.call('GET /api/sync-runs');
  expect(history.runs[0]).toMatchObject({ status: 'partial', counts: body.counts });

  expect(await deliverContinuations()).toBeGreaterThan(0);
  expect(await system.rows()).toHaveLength(12);
  // A request that was in flight when time ran out is repeated.
  const twice = Object.values(reads()).filter((count) => count > 1);
  expect(twice.length).toBeLessThanOrEqual(continuations().length);
  const { body: runs } = await system.call('GET /api/sync-runs');
  expect(runs.runs[0]).toMatchObject({ status: 'succeeded', trigger: 'continuation', health_score: 100 });
  expect(system.metrics.filter((values) => values.SyncSuccesses === 1)).toHaveLength(1);
});

test('a full sync is continued as a full sync that reads each agent once', async () => {
  system.requestsTake(0);
  await system.call(SYNC);
  system.requestsTake(SLOW_MS);
  system.simulator.requests.clear();
  const { status } = await system.call(SYNC, { full: true }, SHORT);
  expect(status).toBe(202);
  await deliverContinuations();
  expect(Object.keys(reads())).toHaveLength(12);
  const again = Object.values(reads()).reduce((sum, count) => sum + count, 0) - 12;
  expect(again).toBeLessThanOrEqual(continuations().length);
});

test('[L1] a partial sync orphans nothing until a continuation, with the same confirmation, has read every agent', async () => {
  system.requestsTake(0);
  await system.call(SYNC);
  system.requestsTake(SLOW_MS);
  for (let number = 1; number <= 11; number += 1) system.simulator.account.delete(`agent_${number}`);
  const { status, body } = await system.call(SYNC, { confirm_orphans: true }, SHORT);
  expect(status).toBe(202);
  expect(body).toMatchObject({ partial: true, orphaned: [], counts: { orphaned: 0 } });
  expect((await system.rows()).every((row) => row['sync_status'] === 'active')).toBe(true);
  await deliverContinuations();
  expect((await system.rows()).filter((row) => row['sync_status'] === 'orphaned')).toHaveLength(11);
  const again = Object.values(reads()).reduce((sum, count) => sum + count, 0) - 12 - 11;
  expect(again).toBeLessThanOrEqual(continuations().length);
});

test('[S101] a continuation that is requested again, once the sync is done, confirms nothing more', async () => {
  system.requestsTake(0);
  await system.call(SYNC);
  system.requestsTake(SLOW_MS);
  const { body } = await system.call(SYNC, { full: true, confirm_orphans: true }, SHORT);
  expect(body.partial).toBe(true);
  await deliverContinuations();
  for (let number = 1; number <= 11; number += 1) system.simulator.account.delete(`agent_${number}`);
  for (const { detail } of continuations()) {
    expect(await system.direct(busEvent(CONTINUATION, detail))).toEqual({
      success: true,
      message: 'A later run continued this sync already',
    });
  }
  expect((await system.rows()).every((row) => row['sync_status'] === 'active')).toBe(true);
});

test('without a confirmation the guard blocks the last continuation, not the first part', async () => {
  system.requestsTake(0);
  await system.call(SYNC);
  system.requestsTake(SLOW_MS);
  for (let number = 1; number <= 11; number += 1) system.simulator.account.delete(`agent_${number}`);
  expect((await system.call(SYNC, undefined, SHORT)).status).toBe(202);
  expect(system.events.some(({ name }) => name === 'OrphanGuardTripped')).toBe(false);
  await deliverContinuations();
  expect(system.events.some(({ name }) => name === 'OrphanGuardTripped')).toBe(true);
  expect((await system.rows()).every((row) => row['sync_status'] === 'active')).toBe(true);
});

test('a partial sync that read nothing requests no continuation', async () => {
  system.requestsTake(SLOW_LISTING);
  system.simulator.fault({ match: { path: /^\/get-agent/ }, respond: { kind: 'hang' } });
  const { status, body } = await system.call(SYNC, undefined, SHORT);
  expect([status, body.counts.pending]).toEqual([202, 12]);
  expect(continuations()).toEqual([]);
});

test('[R27] agents that time out, wherever they are in the listing, do not stop others from being read', async () => {
  await system.restart({ ...OPTIONS, callTimeoutMs: 1_000 });
  // Leaves time for one try of each agent, and not for five of the first that hangs.
  system.requestsTake(1_500);
  for (const number of [1, 2, 3]) {
    system.simulator.fault({ match: { agent_id: `agent_${number}` }, respond: { kind: 'hang' } });
  }
  const { status, body } = await system.call(SYNC, undefined, SHORT);
  expect([status, body.counts.created, body.counts.pending]).toEqual([202, 9, 3]);
  expect(continuations()).toHaveLength(1);
});

test('a partial sync that read only unreadable agents requests no continuation', async () => {
  system.simulator.fault({ match: { path: /^\/get-agent/ }, respond: { kind: 'response', status: 400, body: {} } });
  const { status, body } = await system.call(SYNC, undefined, SHORT);
  expect(status).toBe(202);
  expect(body.counts.errors).toBeGreaterThan(0);
  expect(continuations()).toEqual([]);
});

test('a partial dry run says that it is partial and requests no continuation', async () => {
  const { status, body } = await system.call(SYNC, { dry_run: true }, SHORT);
  expect([status, body.partial, body.run_id]).toEqual([200, true, null]);
  expect(system.events).toEqual([]);
});

test('a sync without time for the listing is 503 and writes nothing', async () => {
  const { status, body } = await system.call(SYNC, undefined, { remainingMs: 5_000 });
  expect([status, body.code]).toEqual([503, 'deadline_exceeded']);
  expect(await system.rows()).toEqual([]);
});

test('a row is linked by name only after every agent of that name is read', async () => {
  const { account } = system.simulator;
  system.requestsTake(SLOW_LISTING);
  for (const agent_id of ['agent_1', 'agent_12']) account.edit(agent_id, { agent_name: 'Bob' }, { publish: true });
  await system.database.query(`insert into interviewer (name, ${PLATFORM_COLUMNS}) values ('Bob', ${PLATFORM_VALUES})`);
  system.simulator.fault({ match: { agent_id: 'agent_2' }, respond: { kind: 'hang' } });
  const { body } = await system.call(SYNC, undefined, SHORT);
  expect(body).toMatchObject({ partial: true, created: [], updated: [], counts: { pending: 11 } });

  system.simulator.reset();
  system.requestsTake(0);
  const { body: whole } = await system.call(SYNC);
  expect([whole.created.length, whole.updated.length]).toEqual([12, 0]);
  const rows = await system.rows();
  expect(rows.filter((row) => row['name'] === 'Bob').map((row) => row['agent_id'])).toEqual([
    null,
    expect.any(String),
    expect.any(String),
  ]);
});

test('a sync without enough time for all renames is partial, and continuations push the rest', async () => {
  system.requestsTake(0);
  await system.call(SYNC);
  await system.database.query(`update interviewer set name = name || ', renamed'`);
  // Leaves time for three renames, of six calls each.
  system.requestsTake(1_000);
  const { status, body } = await system.call(SYNC, undefined, SHORT);
  expect({ status, errors: body.errors, partial: body.partial }).toEqual({ status: 202, errors: [], partial: true });
  expect(body.counts.pushed).toBeGreaterThan(0);
  expect(body.counts.pushed + body.counts.pending).toBe(12);

  await deliverContinuations();
  const { body: last } = await system.call('GET /api/sync-runs?limit=1');
  expect(last.runs[0]).toMatchObject({ status: 'succeeded', health_score: 100 });
  const names = (await system.rows()).map(({ name }) => String(name));
  const pushed = system.simulator.account.inOrder().map((agent) => latestVersion(agent).settings.agent_name);
  expect(new Set(pushed)).toEqual(new Set(names));
  expect(names.every((name) => name.endsWith(', renamed'))).toBe(true);
});
