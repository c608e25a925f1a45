/** The two ways to fail: throwing an AppError, and returning a Result. */
import { ERRORS, type ErrorCode } from './api/errors.ts';

export interface AppErrorOptions {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly cause?: unknown;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** The only error whose text reaches a caller; any other becomes `internal_error`, and its details go to the log. */
export class AppError extends Error {
  override readonly name = 'AppError';
  /** HTTP status. */
  readonly status: number;
  /** Stable, in snake_case, for programs. */
  readonly code: string;
  /** What to do next; names the setting or the call. */
  readonly hint: string;
  /** Further top-level fields of the response, such as the agents that the orphan guard blocks. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor({ status, code, message, hint, details = {}, ...options }: AppErrorOptions) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.status = status;
    this.code = code;
    this.hint = hint;
    this.details = details;
  }
}

interface ApiErrorOptions extends Omit<AppErrorOptions, 'status' | 'code' | 'hint'> {
  readonly hint?: string | undefined;
}

/** An error that the API documents: with its status and, unless it is given another one, its hint. */
export function apiError(code: ErrorCode, { hint = ERRORS[code].hint, ...options }: ApiErrorOptions): AppError {
  return new AppError({ status: ERRORS[code].status, code, hint, ...options });
}

/** The result of something that can fail without throwing. `reason` is for people. */
export type Result<Value, Failure extends object = object> =
  | { readonly ok: true; readonly value: Value }
  | ({ readonly ok: false; readonly reason: string } & Failure);

/** Whether an error's code is Node's for a server certificate that failed its verification. */
export function isCertificateCode(code: string): boolean {
  return /CERT|SIGNATURE|INVALID_(CA|PURPOSE)|PATH_LENGTH/.test(code);
}
