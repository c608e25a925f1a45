import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { retryAfter } from '../../../shared/retell/call-failure.ts';
import { SYSTEM_CLOCK } from '../../../shared/retell/clock.ts';
import type { Simulator } from '../../support/simulator.ts';
import { arrived, hurriedClock, testRetell, testSimulator } from '../../support/simulator.ts';

const ID = 'agent_1';
let simulator: Simulator;
beforeAll(async () => {
  simulator = await testSimulator([{ agent_id: ID, agent_name: 'Lisa' }]);
});
afterAll(() => simulator.close());
beforeEach(() => simulator.reset());

const failWith = (status: number, headers: Record<string, string> = {}, times = 1): void => {
  simulator.fault({ match: { agent_id: ID }, times, respond: { kind: 'response', status, body: {}, headers } });
};

describe('Retry-After', () => {
  const now = Date.UTC(2026, 0, 1);
  test.each<[Record<string, string>, number | null]>([
    [{}, null],
    [{ 'retry-after': '3' }, 3_000],
    [{ 'retry-after': '0' }, 0],
    [{ 'retry-after': '1.5' }, 1_500],
    [{ 'retry-after': 'Thu, 01 Jan 2026 00:00:07 GMT' }, 7_000],
    [{ 'retry-after': 'Wed, 31 Dec 2025 00:00:00 GMT' }, 0],
    [{ 'retry-after-ms': '250', 'retry-after': '9' }, 250],
    [{ 'retry-after': 'soon' }, null],
    [{ 'retry-after': '-5' }, null],
    [{ 'retry-after': '' }, null],
    [{ 'retry-after': '1e99' }, null],
  ])('%j', (headers, expected) => {
    expect(retryAfter(new Headers(headers), now)).toBe(expected);
  });

  test.each([429, 503])('is obeyed on a %d', async (status) => {
    failWith(status, { 'retry-after': '3' });
    const clock = hurriedClock();
    await testRetell(simulator, { clock }).session({}).readAgent(ID);
    expect(clock.waits.reduce((sum, ms) => sum + ms, 0)).toBeCloseTo(3_000, -2);
  });

  test.each([429, 503])('is obeyed for half a minute at most on a %d', async (status) => {
    failWith(status, { 'retry-after': '3600' });
    const clock = hurriedClock();
    await testRetell(simulator, { clock }).session({}).readAgent(ID);
    expect(clock.waits.reduce((sum, ms) => sum + ms, 0)).toBeCloseTo(30_000, -2);
  });

  test.each([429, 503])('is not waited for beyond the deadline on a %d', async (status) => {
    failWith(status, { 'retry-after': '20' });
    const clock = hurriedClock();
    const session = testRetell(simulator, { clock }).session({ deadline: clock.epoch() + 15_000 });
    await expect(session.readAgent(ID)).rejects.toMatchObject({ status: 503, code: 'deadline_exceeded' });
    expect(clock.waits).toEqual([]);
  });
});

test('[R8] the waits between attempts grow, with at least half a second for a server that responds', async () => {
  failWith(500, {}, 9);
  const clock = hurriedClock();
  await testRetell(simulator, { clock }).session({}).readAgent(ID);
  expect(clock.waits).toEqual([750, 1_000, 1_500, 2_500]);
});

test('a wall clock that is set back extends neither a pause nor a deadline', async () => {
  let set_back = 0;
  const clock = hurriedClock();
  const retell = testRetell(simulator, { clock: { ...clock, epoch: () => clock.epoch() - set_back } });
  const session = retell.session({ deadline: clock.epoch() + 2_000 });
  set_back = 3_600_000;
  failWith(429, { 'retry-after': '1' });
  await expect(session.readAgent(ID)).resolves.toMatchObject({ ok: true });
  failWith(429, { 'retry-after': '1' }, 2);
  await expect(session.readAgent(ID)).rejects.toMatchObject({ code: 'deadline_exceeded' });
});

describe('a session', () => {
  test('sends nothing past its deadline', async () => {
    const session = testRetell(simulator).session({ deadline: Date.now() - 1 });
    await expect(session.readAgent(ID)).rejects.toMatchObject({ code: 'deadline_exceeded' });
    await expect(session.createVersion(ID, 0)).rejects.toMatchObject({ code: 'deadline_exceeded' });
    expect([session.calls(), simulator.requests.count()]).toEqual([0, 0]);
  });

  test('[R11] gives up at its deadline, headers or body', async () => {
    simulator.fault({ match: { agent_id: ID }, respond: { kind: 'hang_in_body' } });
    const retell = testRetell(simulator, { callTimeoutMs: 10_000, clock: SYSTEM_CLOCK });
    const session = retell.session({ deadline: Date.now() + 100 });
    await expect(session.readAgent(ID)).rejects.toMatchObject({ code: 'deadline_exceeded' });
  });

  test('ends at once when it is aborted: during a request, during a wait, and before', async () => {
    simulator.fault({ match: { agent_id: ID }, respond: { kind: 'hang' } });
    simulator.fault({
      match: { agent_id: 'b' },
      respond: { kind: 'response', status: 503, headers: { 'retry-after': '20' } },
    });
    const controller = new AbortController();
    const session = testRetell(simulator, { callTimeoutMs: 10_000, clock: SYSTEM_CLOCK }).session(controller);
    const asking = session.readAgent(ID);
    const waiting = session.readAgent('b');
    const both = [arrived(simulator, `/get-agent/${ID}`), arrived(simulator, '/get-agent/b')];
    void Promise.all(both).then(() => controller.abort());
    await expect(asking).rejects.toMatchObject({ code: 'deadline_exceeded' });
    await expect(waiting).rejects.toMatchObject({ code: 'deadline_exceeded' });
    await expect(session.listAgents()).rejects.toMatchObject({ code: 'deadline_exceeded' });
  });

  test('counts its own requests, retries included', async () => {
    failWith(500, {}, 2);
    const retell = testRetell(simulator);
    const [one, other] = [retell.session({}), retell.session({})];
    await one.readAgent(ID);
    await other.listAgents();
    expect([one.calls(), other.calls()]).toEqual([3, 1]);
  });

  test('never has more requests in flight than allowed', async () => {
    const many = await testSimulator([], { latencyMs: 20 });
    many.seed(30);
    const session = testRetell(many, { concurrency: 3 }).session({});
    const began = Date.now();
    await Promise.all(many.account.inOrder().map((agent) => session.readAgent(agent.agent_id)));
    expect(Date.now() - began).toBeGreaterThan(190);
    await many.close();
  });

  test('[R24] does not carry the key to the target of a redirect', async () => {
    const elsewhere = await testSimulator();
    try {
      failWith(307, { location: `${elsewhere.url}/get-agent/${ID}` });
      await expect(testRetell(simulator).session({}).readAgent(ID)).resolves.toMatchObject({ ok: false });
      expect(elsewhere.requests.count()).toBe(0);
    } finally {
      await elsewhere.close();
    }
  });
});

test('under a limit of 20 requests a second, 120 agents are read with few requests more than that', async () => {
  const limited = await testSimulator([], { rateLimit: 20 });
  limited.seed(120);
  const session = testRetell(limited, { clock: SYSTEM_CLOCK, callTimeoutMs: 5_000 }).session({});
  const results = await Promise.all(limited.account.inOrder().map((agent) => session.readAgent(agent.agent_id)));
  expect(results.filter((result) => !result.ok)).toEqual([]);
  expect(session.calls()).toBeLessThan(160);
  await limited.close();
}, 20_000);
