/**
 * The rate limiter of the process. It is open until the first 429. From then on it spaces the requests evenly, and each
 * 429 pauses all of them and lowers the rate to a little below what Retell let through (multiplicative decrease).
 *
 * - `limit` is where the last 429 suggests that Retell's limit is. After it, the rate grows as `limit * (1 + (t/T)³)`:
 *   hardly at first, so that the limit is touched every few seconds only, but without a bound, so that a stray 429 is
 *   forgotten within minutes.
 * - An outage, that is, 429s without a success in between, says nothing about the limit. During it, a request goes out about
 *   once a second, and the rate to resume with is halved each time. From the first success on it doubles fast up to
 *   the old limit, if one is known, and then grows faster than usual, as the limit may have changed.
 */
import type { Clock } from './clock.ts';

export interface RateLimiter {
  /** Takes the next slot and returns 0; if none is free, returns the milliseconds until the next try. */
  claim(): number;
  /** A request got a response other than 429. */
  succeeded(): void;
  /** A request sent at `sent_at` got a 429, which asks for a pause of `retry_after_ms`. */
  rejected(sent_at: number, retry_after_ms: number | null): void;
}

const MIN_PAUSE_MS = 500;
/** Short, because only a request shows that an outage is over. */
const MAX_PAUSE_MS = 1_000;
const DECREASE = 0.95;
const MIN_RATE = 0.5;
/** After an outage: the least rate to resume with, and how fast it doubles. */
const MIN_RESUME_RATE = 2;
const DOUBLING_MS = 400;
/** The `T` of the growth: while the limit is trusted, and while it is being searched. */
const TRUSTED_MS = 20_000;
const SEARCHING_MS = 3_000;
/** The growth ends here: otherwise a limiter that is rarely used would start far above any limit. */
const MAX_RATE = 1_000;
const OPEN = Number.POSITIVE_INFINITY;
const NEVER = Number.POSITIVE_INFINITY;

/** How the rate develops until the next 429. */
interface Pace {
  /** Requests a second at `resumed_at`; OPEN: no 429 yet. */
  readonly start: number;
  /** OPEN: the limit is unknown. */
  readonly limit: number;
  readonly growth_ms: number;
  /** NEVER: in an outage, until a request succeeds. */
  readonly resumed_at: number;
}

/** `concurrency`: with fewer successes than this in the second before the first 429, they say nothing about the limit. */
export function createRateLimiter(clock: Clock, concurrency: number, maxPauseMs: number): RateLimiter {
  let pace: Pace = { start: OPEN, limit: OPEN, growth_ms: TRUSTED_MS, resumed_at: Number.NEGATIVE_INFINITY };
  let slowed_at = Number.NEGATIVE_INFINITY;
  let paused_until = Number.NEGATIVE_INFINITY;
  let next_slot = Number.NEGATIVE_INFINITY;
  /** 429s without a success in between. */
  let streak = 0;
  let successes: number[] = [];

  /**
   * Successes a second since the rate was resumed: over the last second, or over half a second if it was resumed since
   * then.
   */
  function successRate(now: number): number {
    const window_ms = Math.min(1_000, Math.max(500, now - pace.resumed_at));
    successes = successes.filter((at) => at > now - 1_000);
    return (successes.filter((at) => at > now - window_ms).length * 1_000) / window_ms;
  }

  function slowDown(now: number): void {
    slowed_at = now;
    streak += 1;
    if (streak > 1) pace = duringOutage(pace);
    else if (pace.start === OPEN) pace = { ...pace, ...afterFirst(successRate(now), concurrency) };
    else pace = afterLimit(pace, now, successRate(now));
  }

  return {
    claim() {
      const now = clock.now();
      if (pace.start === OPEN) return 0;
      const open_at = Math.max(paused_until, next_slot);
      if (open_at > now) return open_at - now;
      const interval = 1_000 / rateAt(pace, now);
      // A timer that fires late must not lower the rate: up to one slot is caught up.
      next_slot = Math.max(next_slot, now - interval) + interval;
      return 0;
    },
    succeeded() {
      const now = clock.now();
      if (streak > 1) pace = { ...pace, resumed_at: Math.max(now, paused_until) };
      streak = 0;
      successes.push(now);
      if (successes.length > 10_000) successRate(now);
    },
    rejected(sent_at, retry_after_ms) {
      const now = clock.now();
      // Requests that were already in flight when the rate was lowered say nothing new.
      const isNew = sent_at > slowed_at;
      if (isNew) slowDown(now);
      const own = Math.min(MAX_PAUSE_MS, MIN_PAUSE_MS * 2 ** Math.max(0, streak - 1)) * (1 + clock.random() / 2);
      paused_until = Math.max(paused_until, now + Math.min(retry_after_ms ?? own, maxPauseMs));
      if (isNew) pace = { ...pace, resumed_at: streak > 1 ? NEVER : paused_until };
    },
  };
}

function rateAt({ start, limit, growth_ms, resumed_at }: Pace, now: number): number {
  if (resumed_at === NEVER) return Math.min(start, MIN_RESUME_RATE);
  const ms = Math.max(0, now - resumed_at);
  const doubling_ms = limit === OPEN ? OPEN : DOUBLING_MS * Math.log2(limit / start);
  const isDoubling = ms < doubling_ms;
  const rate = isDoubling ? start * 2 ** (ms / DOUBLING_MS) : limit * (1 + ((ms - doubling_ms) / growth_ms) ** 3);
  return Math.min(MAX_RATE, rate);
}

function afterFirst(successes: number, concurrency: number): Omit<Pace, 'resumed_at'> {
  if (successes < concurrency) {
    return { start: Math.max(successes, concurrency / 2), limit: OPEN, growth_ms: SEARCHING_MS };
  }
  const limit = successes * DECREASE;
  return { start: limit, limit, growth_ms: TRUSTED_MS };
}

/** Keeps the limit: rejections alone do not show where it is. */
function duringOutage(pace: Pace): Pace {
  const start = Math.min(pace.start, Math.max(MIN_RESUME_RATE, pace.start / 2));
  return { ...pace, start, growth_ms: SEARCHING_MS };
}

/** A 429 after successes: the limit is near what Retell let through, and not below half of the current rate. */
function afterLimit(pace: Pace, now: number, successes: number): Pace {
  const rate = rateAt(pace, now);
  const start = Math.max(MIN_RATE, DECREASE * Math.min(rate, Math.max(successes, rate / 2)));
  // While it doubles, the rate may be far below the limit: a 429 then proves little about it.
  const wasDoubling = rate < pace.limit;
  const limit = wasDoubling && pace.limit !== OPEN ? Math.max(start, pace.limit / 2) : start;
  return { ...pace, start, limit, growth_ms: wasDoubling ? SEARCHING_MS : TRUSTED_MS };
}
