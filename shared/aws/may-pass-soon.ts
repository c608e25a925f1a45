import { sqlStateOf } from '../db/database-error.ts';
import { AppError, isCertificateCode } from '../errors.ts';

/** The server is starting, or has no free connection. */
const STARTING: ReadonlySet<string> = new Set(['57P03', '53300']);

/** Whether a failure means that a database or secret is not reachable yet, rather than misconfigured. */
export function mayPassSoon(error: unknown): boolean {
  if (!(error instanceof AppError) || error.cause === undefined) return false;
  if (error.code === 'secret_unavailable') return true;
  return error.code === 'database_unavailable' && isPassing(error.cause);
}

function isPassing(cause: unknown): boolean {
  const state = sqlStateOf(cause);
  if (state !== undefined) return STARTING.has(state);
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
  return !(typeof code === 'string' && isCertificateCode(code));
}
