/** What can go wrong with one request to Retell, told apart by what may be done about it. */
import { Retell } from 'retell-sdk';
import { isCertificateCode } from '../certificate-code.ts';
import { retryAfter } from './retry-after.ts';
import { storable } from './storable.ts';

export type FailureKind =
  /** Retell heard and said no: 3xx and 4xx. */
  | 'refused'
  | 'unauthorized'
  | 'payment_required'
  /** 429: not carried out. */
  | 'throttled'
  /** 408, 409 and 5xx: perhaps carried out. */
  | 'unavailable'
  /** Nobody was there to hear it: certainly not carried out. */
  | 'unreachable'
  /** Reset or cut off: perhaps carried out. */
  | 'connection_lost'
  /** No whole answer in time: perhaps carried out. */
  | 'timeout'
  /** A success in an unreadable shape: carried out, most likely. */
  | 'malformed'
  /** The request could not even be written. */
  | 'invalid_request';

export interface Failure {
  readonly kind: FailureKind;
  readonly status: number | null;
  /** For people; holds Retell's own words, never the key. */
  readonly reason: string;
  /** Retell's own words: the `message` of `{status: 'error', message}`. null: something in between answered, or nobody. */
  readonly message: string | null;
  /** Milliseconds that the answer asked to wait. */
  readonly retry_after_ms: number | null;
  readonly cause: unknown;
}

const RETRYABLE: ReadonlySet<FailureKind> = new Set([
  'throttled',
  'unavailable',
  'unreachable',
  'connection_lost',
  'timeout',
  'malformed',
]);
const NOT_CARRIED_OUT: ReadonlySet<FailureKind> = new Set(['throttled', 'unreachable']);
/** Connections that never came about. */
const UNREACHABLE_CODES: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Whether the same request may do better later. */
export function isRetryable(failure: Failure): boolean {
  return RETRYABLE.has(failure.kind);
}

/** Whether a request that must not be carried out twice may be sent again. */
export function isSurelyNotCarriedOut(failure: Failure): boolean {
  return NOT_CARRIED_OUT.has(failure.kind);
}

/** Makes a failure of what the SDK threw. `now` (epoch ms) is what an HTTP-date in Retry-After is measured from. */
export function failureOf(error: unknown, now: number): Failure {
  if (error instanceof Retell.APIError && error.status !== undefined) return answered(error, error.status, now);
  if (error instanceof Retell.APIConnectionError) {
    return unconnected(connectionCode(error), error);
  }
  if (isSyntaxError(error)) return unanswered('malformed', 'an answer that is not JSON', error);
  if (error instanceof Retell.RetellError && !(error instanceof Retell.APIError)) {
    return unanswered('invalid_request', 'an id that no request can carry', error);
  }
  if (error instanceof URIError) return unanswered('invalid_request', 'an id that no request can carry', error);
  return unanswered('connection_lost', 'the answer was cut off', error);
}

/** A success whose body is not what was asked for. */
export function malformed(reason: string): Failure {
  return unanswered('malformed', reason, undefined);
}

/** No answer, headers and body, within the time allowed. */
export function timeoutFailure(ms: number, cause: unknown): Failure {
  return unanswered('timeout', `no whole answer within ${ms} ms`, cause);
}

function answered(error: InstanceType<typeof Retell.APIError>, status: number, now: number): Failure {
  const said = retellMessage(error.error);
  return {
    kind: kindOf(status),
    status,
    reason: said === null ? `status ${status}` : `status ${status}: ${said}`,
    message: said,
    retry_after_ms: error.headers === undefined ? null : retryAfter(error.headers, now),
    cause: error,
  };
}

function unanswered(kind: FailureKind, reason: string, cause: unknown): Failure {
  return { kind, status: null, reason, message: null, retry_after_ms: null, cause };
}

function unconnected(code: string | null, cause: unknown): Failure {
  if (code === null) return unanswered('connection_lost', 'the connection was lost', cause);
  // Before anything is sent; what begins with ERR_SSL may come later.
  if (isCertificateCode(code) && !code.startsWith('ERR_SSL_')) {
    return unanswered('unreachable', `its server shows a certificate that is not accepted (${code})`, cause);
  }
  return unanswered(
    UNREACHABLE_CODES.has(code) ? 'unreachable' : 'connection_lost',
    `the connection failed (${code})`,
    cause,
  );
}

function kindOf(status: number): FailureKind {
  if (status === 401 || status === 403) return 'unauthorized';
  if (status === 402) return 'payment_required';
  if (status === 429) return 'throttled';
  if (status === 408 || status === 409 || status >= 500) return 'unavailable';
  return 'refused';
}

function retellMessage(body: unknown): string | null {
  if (typeof body !== 'object' || body === null || !('message' in body) || !('status' in body)) return null;
  return body.status === 'error' && typeof body.message === 'string'
    ? oneLine(storable(body.message.slice(0, 300)))
    : null;
}

/** It is shown on terminals, which must not obey it. */
function oneLine(text: string): string {
  return text
    .slice(0, 300)
    .replaceAll(/[\p{Cc}\p{Cf}]/gu, ' ')
    .toWellFormed();
}

/** By name: fetch throws errors of its own realm, of which `instanceof` knows nothing under a test runner. */
function isSyntaxError(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'name' in error && error.name === 'SyntaxError';
}

/** The system's name for what failed, some causes down. */
function connectionCode(error: unknown): string | null {
  let cause = error;
  for (let depth = 0; typeof cause === 'object' && cause !== null && depth < 5; depth += 1) {
    if ('code' in cause && typeof cause.code === 'string') return cause.code;
    cause = 'cause' in cause ? cause.cause : null;
  }
  return null;
}
