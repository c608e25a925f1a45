import { describe, expect, test } from '@jest/globals';
import type { Clock } from '../../../shared/retell/clock.ts';
import { createRateLimiter } from '../../../shared/retell/rate-limiter.ts';

function stoppedClock(): Clock & { pass(ms: number): void } {
  let now = 1_000_000;
  return {
    now: () => now,
    epoch: () => now,
    sleep: () => Promise.resolve(),
    random: () => 0,
    pass: (ms) => {
      now += ms;
    },
  };
}

/** Requests that leave within some seconds when everyone goes as soon as it may. */
function departures(
  rateLimiter: ReturnType<typeof createRateLimiter>,
  clock: ReturnType<typeof stoppedClock>,
  ms: number,
): number {
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

describe('the gate', () => {
  test('is open until Retell says 429', () => {
    const rateLimiter = createRateLimiter(stoppedClock(), 10, 30_000);
    for (let index = 0; index < 1_000; index += 1) expect(rateLimiter.claim()).toBe(0);
  });

  test('closes for everybody, for as long as Retell says, but not for ever', () => {
    const clock = stoppedClock();
    const rateLimiter = createRateLimiter(clock, 10, 30_000);
    rateLimiter.throttled(clock.now(), 2_000);
    expect(rateLimiter.claim()).toBe(2_000);
    rateLimiter.throttled(clock.now(), 3_600_000);
    expect(rateLimiter.claim()).toBe(30_000);
  });

  test('[R8] closes longer each time in a row when Retell does not say how long', () => {
    const clock = stoppedClock();
    const rateLimiter = createRateLimiter(clock, 10, 30_000);
    const pauses = [1, 2, 3, 4, 5, 6].map(() => {
      clock.pass(60_000);
      rateLimiter.throttled(clock.now(), null);
      return rateLimiter.claim();
    });
    expect(pauses).toEqual([500, 1_000, 2_000, 4_000, 8_000, 8_000]);
  });

  test('then lets through a little less than Retell did, and slowly more', () => {
    const clock = stoppedClock();
    const rateLimiter = createRateLimiter(clock, 10, 30_000);
    for (let index = 0; index < 20; index += 1) rateLimiter.succeeded();
    rateLimiter.throttled(clock.now(), 1_000);
    clock.pass(1_000);
    expect(departures(rateLimiter, clock, 5_000)).toBeGreaterThanOrEqual(90);
    expect(departures(rateLimiter, clock, 1_000)).toBeLessThanOrEqual(20);
    clock.pass(300_000);
    expect(departures(rateLimiter, clock, 1_000)).toBeGreaterThan(500);
  });

  test('takes the answers to requests already under way for one 429', () => {
    const clock = stoppedClock();
    const rateLimiter = createRateLimiter(clock, 10, 30_000);
    const sent_at = clock.now();
    for (let index = 0; index < 20; index += 1) rateLimiter.succeeded();
    clock.pass(10);
    for (let index = 0; index < 10; index += 1) rateLimiter.throttled(sent_at, 0);
    clock.pass(1_000);
    expect(departures(rateLimiter, clock, 1_000)).toBeGreaterThanOrEqual(18);
  });

  test('goes down by half at most, and never stops', () => {
    const clock = stoppedClock();
    const rateLimiter = createRateLimiter(clock, 10, 30_000);
    for (let index = 0; index < 50; index += 1) {
      clock.pass(1);
      rateLimiter.throttled(clock.now(), 0);
    }
    clock.pass(2_000);
    expect(rateLimiter.claim()).toBe(0);
    expect(rateLimiter.claim()).toBeLessThanOrEqual(2_000);
  });
});
