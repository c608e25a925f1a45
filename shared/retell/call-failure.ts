/** Why a call to Retell failed, classified by what the caller may do about it. */
import { Retell } from 'retell-sdk';
import { isCertificateCode } from '../errors.ts';
import { storable } from '../text.ts';
import { MAX_RESPONSE_BYTES, RESPONSE_TOO_LARGE } from './transport.ts';

type CallFailureKind =
  /** 3xx and 4xx: Retell rejected the request. */
  | 'rejected'
  | 'unauthorized'
  | 'payment_required'
  /** 429: not executed. */
  | 'rate_limited'
  /** 408, 409 and 5xx: may have been executed. */
  | 'server_error'
  /** No connection was made: certainly not executed. */
  | 'unreachable'
  /** The connection broke: may have been executed. */
  | 'connection_lost'
  /** No complete response in time: may have been executed. */
  | 'timeout'
  /** A success whose body cannot be used: most likely executed. */
  | 'malformed'
  /** A response over the size limit: most likely executed, and a retry would get the same response. */
  | 'too_large'
  /** The request could not be built. */
  | 'invalid_request';

export interface CallFailure {
  readonly kind: CallFailureKind;
  readonly status: number | null;
  /** For people; contains Retell's own message, never the key. */
  readonly reason: string;
  /** The `message` of Retell's `{status: 'error', message}`; null if something else responded, or nothing did. */
  readonly retell_message: string | null;
  /** The wait that the response asks for, in milliseconds. */
  readonly retry_after_ms: number | null;
  readonly cause: unknown;
}

const RETRYABLE: ReadonlySet<CallFailureKind> = new Set([
  'rate_limited',
  'server_error',
  'unreachable',
  'connection_lost',
  'timeout',
  'malformed',
]);
const NOT_EXECUTED: ReadonlySet<CallFailureKind> = new Set(['rate_limited', 'unreachable']);
/** System errors of a connection that was never made. */
const UNREACHABLE_CODES: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** Whether the same request may succeed later. */
export function isRetryable(failure: CallFailure): boolean {
  return RETRYABLE.has(failure.kind);
}

/** Whether a request that must not be executed twice may be sent again. */
export function isCertainlyNotExecuted(failure: CallFailure): boolean {
  return NOT_EXECUTED.has(failure.kind);
}

/** Classifies what the SDK threw. `now` (epoch ms) is the base of an HTTP date in `Retry-After`. */
export function classifyError(error: unknown, now: number): CallFailure {
  if (error instanceof Retell.APIError && error.status !== undefined) return statusFailure(error, error.status, now);
  if (error instanceof Retell.APIConnectionError) return connectionFailure(error);
  if (isSyntaxError(error)) return failure('malformed', 'a response that is not JSON', error);
  if (isBeforeSending(error)) return invalidId(error);
  return failure('connection_lost', 'the response was cut off', error);
}

/** The SDK throws this if an id does not fit into a URL. */
function isBeforeSending(error: unknown): boolean {
  if (error instanceof URIError) return true;
  return error instanceof Retell.RetellError && !(error instanceof Retell.APIError);
}

/** A success with an unusable body. */
export function malformed(reason: string): CallFailure {
  return failure('malformed', reason, undefined);
}

/** No complete response, headers and body, within the time limit. */
export function timedOut(ms: number, cause: unknown): CallFailure {
  return failure('timeout', `no complete response within ${ms} ms`, cause);
}

/** An id that cannot be put into a URL. */
export function invalidId(cause?: unknown): CallFailure {
  return failure('invalid_request', 'no request can carry this id', cause);
}

function failure(kind: CallFailureKind, reason: string, cause: unknown): CallFailure {
  return { kind, status: null, reason, retell_message: null, retry_after_ms: null, cause };
}

function statusFailure(error: InstanceType<typeof Retell.APIError>, status: number, now: number): CallFailure {
  const message = retellMessage(error.error);
  return {
    kind: kindOfStatus(status),
    status,
    reason: message === null ? `status ${status}` : `status ${status}: ${message}`,
    retell_message: message,
    retry_after_ms: error.headers === undefined ? null : retryAfter(error.headers, now),
    cause: error,
  };
}

function kindOfStatus(status: number): CallFailureKind {
  if (status === 401 || status === 403) return 'unauthorized';
  if (status === 402) return 'payment_required';
  if (status === 429) return 'rate_limited';
  if (status === 408 || status === 409 || status >= 500) return 'server_error';
  return 'rejected';
}

function connectionFailure(error: unknown): CallFailure {
  const { code, message } = systemError(error);
  if (code === null) return failure('connection_lost', 'the connection was lost', error);
  if (code === RESPONSE_TOO_LARGE) {
    return failure('too_large', `a response of more than ${MAX_RESPONSE_BYTES / 1_000_000} MB`, error);
  }
  // The certificate is verified before anything is sent; an ERR_SSL error may come later.
  if (isCertificateCode(code) && !code.startsWith('ERR_SSL_')) {
    return failure('unreachable', `the server's certificate was not accepted: ${message}`, error);
  }
  const kind = UNREACHABLE_CODES.has(code) ? 'unreachable' : 'connection_lost';
  return failure(kind, `the connection failed: ${message}`, error);
}

/** The system's code for the failure, a few causes down, and its own message with the code. */
function systemError(error: unknown): { readonly code: string | null; readonly message: string } {
  let cause = error;
  for (let depth = 0; typeof cause === 'object' && cause !== null && depth < 5; depth += 1) {
    if ('code' in cause && typeof cause.code === 'string') {
      return { code: cause.code, message: withCode('message' in cause ? String(cause.message) : '', cause.code) };
    }
    cause = 'cause' in cause ? cause.cause : null;
  }
  return { code: null, message: '' };
}

/** `connect ECONNREFUSED 127.0.0.1:80`, `self-signed certificate (DEPTH_ZERO_SELF_SIGNED_CERT)`. */
function withCode(message: string, code: string): string {
  const text = oneLine(message);
  if (text === '') return code;
  return text.includes(code) ? text : `${text} (${code})`;
}

function retellMessage(body: unknown): string | null {
  if (typeof body !== 'object' || body === null || !('message' in body) || !('status' in body)) return null;
  return body.status === 'error' && typeof body.message === 'string' ? oneLine(body.message) : null;
}

/** Bounded and without control characters, so that a terminal that shows it does not obey it. */
function oneLine(text: string): string {
  return storable(text.slice(0, 300)).replaceAll(/[\p{Cc}\p{Cf}]/gu, ' ');
}

/** Compares the name: under a test runner, an error of another realm is not an `instanceof SyntaxError`. */
function isSyntaxError(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'name' in error && error.name === 'SyntaxError';
}

/**
 * The wait that a response asks for: `retry-after-ms`, or `Retry-After` in seconds or as an HTTP date.
 * Milliseconds, at least 0; null without a readable wait.
 */
export function retryAfter(headers: Headers, now: number): number | null {
  const ms = milliseconds(headers.get('retry-after-ms'), 1);
  const header = headers.get('retry-after');
  const seconds = ms ?? milliseconds(header, 1000);
  if (seconds !== null || header === null) return seconds;
  const date = /[a-z]/iu.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}

function milliseconds(header: string | null, unit: number): number | null {
  return header !== null && /^\d{1,12}(?:\.\d+)?$/u.test(header.trim()) ? Number(header) * unit : null;
}
