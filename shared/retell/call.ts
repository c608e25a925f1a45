/** One call to Retell: rate limiter, time limit, retries, and a new attempt after the API key was replaced. */
import type { LimitFunction } from 'p-limit';
import type { Retell } from 'retell-sdk';
import type { Result } from '../errors.ts';
import {
  type CallFailure,
  classifyError,
  isCertainlyNotExecuted,
  isRetryable,
  malformed,
  timedOut,
} from './call-failure.ts';
import type { Clock } from './clock.ts';
import type { Connection } from './connection.ts';
import type { RateLimiter } from './rate-limiter.ts';
import { deadlineExceeded, paymentRequired, unauthorized } from './retell-errors.ts';

/** What all calls of a session share. */
export interface CallContext {
  readonly connection: Connection;
  /** Shared, like `limit`, by all sessions of the process: Retell limits the account. */
  readonly rateLimiter: RateLimiter;
  readonly limit: LimitFunction;
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
  /** In the time of the clock's `now`. */
  readonly deadline: number;
  readonly callTimeoutMs: number;
  readonly maxRetryAfterMs: number;
  readonly retries: number;
}

export interface Call<T> {
  readonly send: (client: Retell, options: { signal: AbortSignal }) => Promise<unknown>;
  readonly parse: (body: unknown) => Result<T>;
  /** false: a second execution would do harm, so it is sent again only if it was certainly not executed. */
  readonly repeatable: boolean;
  /** true: no retry after a timeout. */
  readonly failFast?: boolean;
}

/** Like Result, but the reason is in the failure. */
export type CallResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: CallFailure };

/**
 * A 429 uses up this fraction of a retry: the rate limiter already waits, so that the call survives an outage of a
 * minute.
 */
const RATE_LIMITED_COST = 1 / 12;
const BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 8_000;

/**
 * Makes a call, retries included. Throws AppError `retell_unauthorized`, `retell_payment_required` and `deadline_exceeded`,
 * which end the whole session; every other failure is a result.
 */
export async function performCall<T>(context: CallContext, call: Call<T>): Promise<CallResult<T>> {
  let failures = 0;
  for (;;) {
    const result = await context.limit(() => attempt(context, call));
    if (result.ok) return result;
    const { failure } = result;
    const rateLimited = failure.kind === 'rate_limited';
    failures += rateLimited ? RATE_LIMITED_COST : 1;
    if (failures > context.retries || !mayRetry(call, failure)) return result;
    if (!rateLimited) await wait(context, backoff(context, failures, failure), failure.cause);
  }
}

function mayRetry(call: Call<unknown>, failure: CallFailure): boolean {
  if (call.failFast === true && failure.kind === 'timeout') return false;
  return call.repeatable ? isRetryable(failure) : isCertainlyNotExecuted(failure);
}

async function attempt<T>(context: CallContext, call: Call<T>): Promise<CallResult<T>> {
  await waitForRateLimiter(context);
  const client = await context.connection.client();
  const sent_at = context.clock.now();
  const response = await send(context, call, client);
  if (response.ok) {
    context.rateLimiter.succeeded();
    const parsed = call.parse(response.value);
    return parsed.ok ? parsed : { ok: false, failure: malformed(parsed.reason) };
  }
  const { failure } = response;
  reportToRateLimiter(context.rateLimiter, failure, sent_at);
  if (failure.kind === 'payment_required') throw paymentRequired(failure);
  if (failure.kind !== 'unauthorized') return response;
  if (await context.connection.renew(client)) return attempt(context, call);
  throw unauthorized(failure);
}

function reportToRateLimiter(rateLimiter: RateLimiter, failure: CallFailure, sent_at: number): void {
  if (failure.kind === 'rate_limited') rateLimiter.rejected(sent_at, failure.retry_after_ms);
  else if (failure.status !== null) rateLimiter.succeeded();
}

async function send<T>(context: CallContext, call: Call<T>, client: Retell): Promise<CallResult<unknown>> {
  const ms = Math.max(1, Math.min(context.callTimeoutMs, context.deadline - context.clock.now()));
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  const timer = setTimeout(abort, ms);
  context.signal?.addEventListener('abort', abort, { once: true });
  try {
    return { ok: true, value: await call.send(client, { signal: controller.signal }) };
  } catch (error) {
    // The caller must learn whether a change was made, whatever interrupted it.
    if (call.repeatable && isOver(context)) throw deadlineExceeded(error);
    const failure = controller.signal.aborted ? timedOut(ms, error) : classifyError(error, context.clock.epoch());
    return { ok: false, failure };
  } finally {
    clearTimeout(timer);
    context.signal?.removeEventListener('abort', abort);
  }
}

async function waitForRateLimiter(context: CallContext): Promise<void> {
  for (;;) {
    if (isOver(context)) throw deadlineExceeded();
    const ms = context.rateLimiter.claim();
    if (ms <= 0) return;
    if (context.clock.now() + ms >= context.deadline) throw deadlineExceeded(undefined, ms);
    await wait(context, ms, undefined);
  }
}

async function wait(context: CallContext, ms: number, cause: unknown): Promise<void> {
  if (isOver(context) || context.clock.now() + ms >= context.deadline) throw deadlineExceeded(cause);
  try {
    await context.clock.sleep(ms, context.signal);
  } catch (error) {
    throw deadlineExceeded(error);
  }
}

function isOver(context: CallContext): boolean {
  return context.signal?.aborted === true || context.clock.now() >= context.deadline;
}

/** Exponential with full jitter, and at least half a second for a server that responded. */
function backoff(context: CallContext, failures: number, failure: CallFailure): number {
  if (failure.retry_after_ms !== null) return Math.min(failure.retry_after_ms, context.maxRetryAfterMs);
  const most = Math.min(MAX_BACKOFF_MS, BACKOFF_MS * 2 ** (failures - 1));
  const least = failure.status === null ? 0 : BACKOFF_MS;
  return least + context.clock.random() * most;
}
