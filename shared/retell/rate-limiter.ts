/**
 * The gate that every request of the process passes. It is wide open until Retell answers 429. Then everybody pauses at
 * once, and afterwards requests leave evenly spaced at a rate a little under what Retell just let through (multiplicative
 * decrease, down to a half at a time). With time `t` since then the rate grows to `base * (1 + t²/1000)`: hardly at first,
 * so that the limit is touched every few seconds, but without bound, so that a stray 429 is forgotten within minutes.
 */
import type { Clock } from './clock.ts';

export interface RateLimiter {
  /** Takes the next slot and returns 0, or, when none is free yet, returns the ms after which to ask again. */
  claim(): number;
  /** A request was answered with anything but 429. */
  succeeded(): void;
  /** A request sent at `sent_at` was answered 429, which asks for a pause of `retry_after_ms`. */
  throttled(sent_at: number, retry_after_ms: number | null): void;
}

const SHORTEST_PAUSE_MS = 500;
const LONGEST_OWN_PAUSE_MS = 8_000;
const DECREASE = 0.95;
const SLOWEST_PER_SECOND = 0.5;

/** `concurrency` is the least rate to go on with after a first 429, when too little was sent to judge by. */
export function createRateLimiter(clock: Clock, concurrency: number, maxPauseMs: number): RateLimiter {
  let base = Number.POSITIVE_INFINITY;
  let slowed_at = Number.NEGATIVE_INFINITY;
  let paused_until = Number.NEGATIVE_INFINITY;
  let next_slot = Number.NEGATIVE_INFINITY;
  let streak = 0;
  let passed: number[] = [];

  const rate = (now: number): number => base * (1 + ((now - slowed_at) / 1000) ** 2 / 1000);

  function passedInLastSecond(now: number): number {
    passed = passed.filter((at) => at > now - 1000);
    return passed.length;
  }

  function slowDown(now: number): void {
    const seen = passedInLastSecond(now) * DECREASE;
    const current = base === Number.POSITIVE_INFINITY ? Math.max(seen, concurrency) : rate(now);
    base = Math.max(SLOWEST_PER_SECOND, Math.min(current * DECREASE, Math.max(seen, current / 2)));
    slowed_at = now;
    streak += 1;
  }

  return {
    claim() {
      const now = clock.now();
      if (base === Number.POSITIVE_INFINITY) return 0;
      const open_at = Math.max(paused_until, next_slot);
      if (open_at > now) return open_at - now;
      const interval = 1000 / rate(now);
      // A timer that fires late must not lower the rate: up to one slot is made up for.
      next_slot = Math.max(next_slot, now - interval) + interval;
      return 0;
    },
    succeeded() {
      streak = 0;
      passed.push(clock.now());
      if (passed.length > 10_000) passedInLastSecond(clock.now());
    },
    throttled(sent_at, retry_after_ms) {
      const now = clock.now();
      // Requests that were already under way when everybody slowed down say nothing new.
      if (sent_at > slowed_at) slowDown(now);
      const own =
        Math.min(LONGEST_OWN_PAUSE_MS, SHORTEST_PAUSE_MS * 2 ** Math.max(0, streak - 1)) * (1 + clock.random() / 2);
      paused_until = Math.max(paused_until, now + Math.min(retry_after_ms ?? own, maxPauseMs));
    },
  };
}
