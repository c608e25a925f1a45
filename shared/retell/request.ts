/** One request to Retell, with everything that may hold it up: the gate, time-outs, retries, a replaced key. */
import type { LimitFunction } from 'p-limit';
import type { Retell } from 'retell-sdk';
import type { Clock } from './clock.ts';
import type { Connection } from './connection.ts';
import { type Failure, failureOf, isRetryable, isSurelyNotCarriedOut, malformed, timeoutFailure } from './failure.ts';
import type { Parsed } from './parse.ts';
import type { RateLimiter } from './rate-limiter.ts';
import { deadlineExceeded, paymentRequired, unauthorized } from './retell-errors.ts';

export interface RequestContext {
  readonly connection: Connection;
  /** Shared by all sessions of the process, as the limits that they keep are the account's. */
  readonly rateLimiter: RateLimiter;
  readonly limit: LimitFunction;
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
  /** By the clock's `now`. */
  readonly deadline: number;
  readonly callTimeoutMs: number;
  readonly maxRetryAfterMs: number;
  readonly retries: number;
}

export interface Request<T> {
  readonly send: (client: Retell, options: { signal: AbortSignal }) => Promise<unknown>;
  readonly parse: (answer: unknown) => Parsed<T>;
  /** false: must not be carried out twice, so it is sent again only when the first was surely not carried out. */
  readonly repeatable: boolean;
  /** true: silence is not borne twice, so that it holds up nobody else for long. */
  readonly failFast?: boolean;
}

export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: Failure };

/** Retell says when it is too busy, and then the gate makes everybody wait: such tries cost less than others. */
const THROTTLED_TRIES = 3;
const BACKOFF_MS = 500;
const LONGEST_BACKOFF_MS = 8_000;

/**
 * Sends a request until it is answered for good. Throws AppError `retell_unauthorized`, `retell_payment_required` and
 * `deadline_exceeded`, which concern the whole session; every other failure is an outcome.
 */
export async function request<T>(context: RequestContext, request: Request<T>): Promise<Outcome<T>> {
  let failures = 0;
  for (;;) {
    const outcome = await context.limit(() => attempt(context, request));
    if (outcome === 'renewed') continue;
    if (outcome.ok) return outcome;
    const { failure } = outcome;
    failures += failure.kind === 'throttled' ? 1 / THROTTLED_TRIES : 1;
    const again = request.repeatable ? isRetryable(failure) : isSurelyNotCarriedOut(failure);
    if (!again || failures > context.retries || (request.failFast === true && failure.kind === 'timeout'))
      return outcome;
    if (failure.kind !== 'throttled') await wait(context, backoff(context, failures, failure), failure.cause);
  }
}

async function attempt<T>(context: RequestContext, request: Request<T>): Promise<Outcome<T> | 'renewed'> {
  await waitForRateLimiter(context);
  const client = await context.connection.client();
  const sent_at = context.clock.now();
  const outcome = await exchange(context, request, client);
  if (outcome.ok) {
    context.rateLimiter.succeeded();
    const parsed = request.parse(outcome.value);
    return parsed.ok ? parsed : { ok: false, failure: malformed(parsed.reason) };
  }
  const { failure } = outcome;
  if (failure.kind === 'throttled') context.rateLimiter.throttled(sent_at, failure.retry_after_ms);
  else if (failure.status !== null) context.rateLimiter.succeeded();
  if (failure.kind === 'payment_required') throw paymentRequired(failure);
  if (failure.kind !== 'unauthorized') return outcome;
  if (await context.connection.renew(client)) return 'renewed';
  throw unauthorized(failure);
}

async function exchange<T>(context: RequestContext, request: Request<T>, client: Retell): Promise<Outcome<unknown>> {
  const ms = Math.max(1, Math.min(context.callTimeoutMs, context.deadline - context.clock.now()));
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  // The SDK's own time-out ends with the headers.
  const timer = setTimeout(abort, ms);
  context.signal?.addEventListener('abort', abort, { once: true });
  try {
    return { ok: true, value: await request.send(client, { signal: controller.signal }) };
  } catch (error) {
    // A lost change is the caller's to look into, whatever cut it off.
    if (request.repeatable && isOver(context)) throw deadlineExceeded(error);
    const failure = controller.signal.aborted ? timeoutFailure(ms, error) : failureOf(error, context.clock.epoch());
    return { ok: false, failure };
  } finally {
    clearTimeout(timer);
    context.signal?.removeEventListener('abort', abort);
  }
}

async function waitForRateLimiter(context: RequestContext): Promise<void> {
  for (;;) {
    if (isOver(context)) throw deadlineExceeded();
    const ms = context.rateLimiter.claim();
    if (ms <= 0) return;
    if (context.clock.now() + ms >= context.deadline) throw deadlineExceeded(undefined, ms);
    await wait(context, ms, undefined);
  }
}

async function wait(context: RequestContext, ms: number, cause: unknown): Promise<void> {
  if (isOver(context) || context.clock.now() + ms >= context.deadline) throw deadlineExceeded(cause);
  try {
    await context.clock.sleep(ms, context.signal);
  } catch (error) {
    throw deadlineExceeded(error);
  }
}

function isOver(context: RequestContext): boolean {
  return context.signal?.aborted === true || context.clock.now() >= context.deadline;
}

/** Exponential with full jitter; a server that answered is left alone for half a second at least. */
function backoff(context: RequestContext, failures: number, failure: Failure): number {
  if (failure.retry_after_ms !== null) return Math.min(failure.retry_after_ms, context.maxRetryAfterMs);
  const most = Math.min(LONGEST_BACKOFF_MS, BACKOFF_MS * 2 ** (failures - 1));
  const least = failure.status === null ? 0 : BACKOFF_MS;
  return least + context.clock.random() * most;
}
