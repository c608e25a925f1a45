import { describe, expect, test } from '@jest/globals';
import type { Clock } from '../../../shared/retell/clock.ts';
import { createRateLimiter, type RateLimiter } from '../../../shared/retell/rate-limiter.ts';
import { createRateLimit } from '../../support/rate-limit.ts';

type StoppedClock = Clock & { pass(ms: number): void };

function stoppedClock(random = 0): StoppedClock {
  let now = 1_000_000;
  return {
    now: () => now,
    epoch: () => now,
    sleep: () => Promise.resolve(),
    random: () => random,
    pass: (ms) => {
      now += ms;
    },
  };
}

/** The times at which requests leave within some milliseconds, if each goes as soon as it may and succeeds at once. */
function departures(rateLimiter: RateLimiter, clock: StoppedClock, ms: number): number {
  let count = 0;
  for (const end = clock.now() + ms; clock.now() < end; ) {
    const wait = rateLimiter.claim();
    if (wait > 0) clock.pass(Math.min(wait, end - clock.now()));
    else {
      count += 1;
      rateLimiter.succeeded();
    }
  }
  return count;
}

describe('the rate limiter', () => {
  test('is open until the first 429', () => {
    const rateLimiter = createRateLimiter(stoppedClock(), 10, 30_000);
    for (let index = 0; index < 1_000; index += 1) expect(rateLimiter.claim()).toBe(0);
  });

  test('pauses all requests for as long as Retell asks, up to a bound', () => {
    const clock = stoppedClock();
    const rateLimiter = createRateLimiter(clock, 10, 30_000);
    rateLimiter.rejected(clock.now(), 2_000);
    expect(rateLimiter.claim()).toBe(2_000);
    rateLimiter.rejected(clock.now(), 3_600_000);
    expect(rateLimiter.claim()).toBe(30_000);
  });

  test('[R8] pauses longer after each 429 in a row if Retell does not say how long, up to a second', () => {
    const clock = stoppedClock();
    const rateLimiter = createRateLimiter(clock, 10, 30_000);
    const pauses = [1, 2, 3, 4].map(() => {
      clock.pass(60_000);
      rateLimiter.rejected(clock.now(), null);
      return rateLimiter.claim();
    });
    expect(pauses).toEqual([500, 1_000, 1_000, 1_000]);
  });

  test('then allows a little less than Retell did, and slowly more', () => {
    const clock = stoppedClock();
    const rateLimiter = createRateLimiter(clock, 10, 30_000);
    for (let index = 0; index < 20; index += 1) rateLimiter.succeeded();
    rateLimiter.rejected(clock.now(), 1_000);
    clock.pass(1_000);
    expect(departures(rateLimiter, clock, 5_000)).toBeGreaterThanOrEqual(90);
    expect(departures(rateLimiter, clock, 1_000)).toBeLessThanOrEqual(20);
    clock.pass(300_000);
    expect(departures(rateLimiter, clock, 1_000)).toBeGreaterThan(500);
  });

  test('counts the 429s of requests already in flight as one', () => {
    const clock = stoppedClock();
    const rateLimiter = createRateLimiter(clock, 10, 30_000);
    const sent_at = clock.now();
    for (let index = 0; index < 20; index += 1) rateLimiter.succeeded();
    clock.pass(10);
    for (let index = 0; index < 10; index += 1) rateLimiter.rejected(sent_at, 0);
    clock.pass(1_000);
    expect(departures(rateLimiter, clock, 1_000)).toBeGreaterThanOrEqual(18);
  });

  test('halves its rate at most, and never stops', () => {
    const clock = stoppedClock();
    const rateLimiter = createRateLimiter(clock, 10, 30_000);
    for (let index = 0; index < 50; index += 1) {
      clock.pass(1);
      rateLimiter.rejected(clock.now(), 0);
    }
    clock.pass(2_000);
    expect(rateLimiter.claim()).toBe(0);
    expect(rateLimiter.claim()).toBeLessThanOrEqual(2_000);
  });

  test('lowers a rate that was never reached', () => {
    const clock = stoppedClock();
    const rateLimiter = createRateLimiter(clock, 10, 30_000);
    rateLimiter.rejected(clock.now(), 0);
    rateLimiter.succeeded();
    clock.pass(24 * 3_600_000);
    const account = createAccount(clock, bucket(20));
    run(rateLimiter, account, 10_000);
    expect(run(rateLimiter, account, 10_000).sent).toBeLessThanOrEqual(1.15 * 10 * 20);
  });
});

const LATENCY_MS = 50;
const CONCURRENCY = 10;

interface SimulatedAccount {
  readonly clock: StoppedClock;
  /** Whether a request that arrives now is accepted. */
  accepts(): boolean;
  /** Sets what is accepted from now on. */
  behave(limit: (clock: StoppedClock) => () => boolean): void;
}

function createAccount(clock: StoppedClock, limit: (clock: StoppedClock) => () => boolean): SimulatedAccount {
  let accepts = limit(clock);
  return {
    clock,
    accepts: () => accepts(),
    behave: (next) => {
      accepts = next(clock);
    },
  };
}

/** Sends as much as the limiter allows, ten requests at a time, on the test's own clock. */
function run(rateLimiter: RateLimiter, account: SimulatedAccount, ms: number): { sent: number; accepted: number } {
  const { clock } = account;
  const inFlight: { readonly sent_at: number; readonly accepted: boolean }[] = [];
  let sent = 0;
  let accepted = 0;
  for (const end = clock.now() + ms; clock.now() < end; clock.pass(1)) {
    while (inFlight[0] !== undefined && inFlight[0].sent_at + LATENCY_MS <= clock.now()) {
      const [response] = inFlight.splice(0, 1);
      if (response?.accepted === true) rateLimiter.succeeded();
      else rateLimiter.rejected(response?.sent_at ?? 0, null);
    }
    while (inFlight.length < CONCURRENCY && rateLimiter.claim() === 0) {
      const isAccepted = account.accepts();
      inFlight.push({ sent_at: clock.now(), accepted: isAccepted });
      sent += 1;
      accepted += isAccepted ? 1 : 0;
    }
  }
  return { sent, accepted };
}

/** So many requests in each whole second. */
function perWholeSecond(perSecond: number): (clock: StoppedClock) => () => boolean {
  return (clock) => {
    const counts = new Map<number, number>();
    return () => {
      const second = Math.floor(clock.now() / 1_000);
      counts.set(second, (counts.get(second) ?? 0) + 1);
      return (counts.get(second) ?? 0) <= perSecond;
    };
  };
}

const bucket = (perSecond: number) => (clock: StoppedClock) => createRateLimit(perSecond, () => clock.now());
const outage = () => () => false;
const open = () => () => true;

describe.each([0, 0.5, 0.999])('with a jitter of %d', (random) => {
  test.each([5, 20, 100])(
    'a steady limit of %d a second is used up to 85 %, with at most 15 % more requests',
    (limit) => {
      const account = createAccount(stoppedClock(random), bucket(limit));
      const rateLimiter = createRateLimiter(account.clock, CONCURRENCY, 30_000);
      run(rateLimiter, account, 5_000);
      const { sent, accepted } = run(rateLimiter, account, 60_000);
      expect(accepted).toBeGreaterThanOrEqual(0.85 * 60 * limit);
      expect(sent).toBeLessThanOrEqual(1.15 * 60 * limit);
    },
  );

  describe('after an outage of 20 s, a limit', () => {
    const cases: [string, number, (clock: StoppedClock) => () => boolean][] = [
      ['of 20 a second that was the same before', 20, bucket(20)],
      ['of 100 a second that was the same before', 100, bucket(100)],
      ['of 20 a second that was 80 before', 20, bucket(80)],
      ['of 20 a second that was none before', 20, open],
      ['of 20 a second that was never seen, as the outage came first', 20, outage],
      ['of 100 a second that was never seen, as the outage came first', 100, outage],
    ];
    test.each(cases)('%s, is reached within 5 s and not exceeded', (_, limit, before) => {
      const account = createAccount(stoppedClock(random), before);
      const rateLimiter = createRateLimiter(account.clock, CONCURRENCY, 30_000);
      run(rateLimiter, account, 10_000);
      account.behave(outage);
      run(rateLimiter, account, 2_000);
      expect(run(rateLimiter, account, 18_000).sent).toBeLessThanOrEqual(2 * 18);
      account.behave(bucket(limit));
      // The account's bucket is full, so it accepts a second's worth more.
      expect(run(rateLimiter, account, 5_000).sent).toBeLessThanOrEqual(1.15 * (5 + 1) * limit);
      const { sent, accepted } = run(rateLimiter, account, 10_000);
      expect(accepted).toBeGreaterThanOrEqual(0.85 * 10 * limit);
      expect(sent).toBeLessThanOrEqual(1.15 * 10 * limit);
    });

    test('that is far away does not delay the 63 calls of a small sync', () => {
      const account = createAccount(stoppedClock(random), outage);
      const rateLimiter = createRateLimiter(account.clock, CONCURRENCY, 30_000);
      run(rateLimiter, account, 20_000);
      account.behave(open);
      expect(run(rateLimiter, account, 4_000).accepted).toBeGreaterThanOrEqual(63);
    });

    test('of 20 in each whole second is reached within 5 s and not exceeded', () => {
      const account = createAccount(stoppedClock(random), perWholeSecond(20));
      const rateLimiter = createRateLimiter(account.clock, CONCURRENCY, 30_000);
      run(rateLimiter, account, 10_000);
      account.behave(outage);
      run(rateLimiter, account, 20_000);
      account.behave(perWholeSecond(20));
      run(rateLimiter, account, 5_000);
      expect(run(rateLimiter, account, 30_000).sent).toBeLessThanOrEqual(1.15 * 30 * 20);
      expect(run(rateLimiter, account, 30_000).accepted).toBeGreaterThanOrEqual(0.85 * 30 * 20);
    });
  });
});
