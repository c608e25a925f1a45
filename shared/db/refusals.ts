/**
 * Why a server, or a pooler in front of it, refuses a connection. Poolers have few codes of their own, so their
 * messages decide where a code is not specific enough. This is the only place where error messages decide anything.
 */
import { DatabaseError } from 'pg';
import { SQLSTATE } from './sqlstate.ts';

type Refusals = Readonly<Record<string, RegExp>>;

const CREDENTIALS: Refusals = {
  // Postgres and Supavisor.
  [SQLSTATE.invalidPassword]: /^/,
  // RDS Proxy. Postgres itself has this code for a host that pg_hba.conf does not list, for which no other password
  // helps.
  [SQLSTATE.invalidAuthorization]: /\b(password|credentials?|authentication failed)\b/i,
  // PgBouncer, for itself and for the server behind it. After the server has refused a login, PgBouncer refuses all
  // logins for 15 s.
  [SQLSTATE.protocolViolation]: /authentication failed|no such user|server login (failed|has been failing)/i,
  // Supavisor, which may not know a new role yet.
  [SQLSTATE.internalError]: /\buser\b.*\bnot found\b/i,
};

const STARTUP_PARAMETERS: Refusals = {
  // PgBouncer and poolers built on it.
  [SQLSTATE.protocolViolation]: /unsupported startup parameter/i,
  // RDS Proxy, with a typographic apostrophe.
  [SQLSTATE.featureNotSupported]: /doesn.t support (the option|command-line options)/i,
};

/** Whether the user or the password was refused: the secret may have new ones. */
export function isCredentialRefused(error: unknown): boolean {
  return isAmong(CREDENTIALS, error);
}

/** Whether a start-up parameter was refused. */
export function isStartupParameterRefused(error: unknown): boolean {
  return isAmong(STARTUP_PARAMETERS, error);
}

/** Whether pg's pool had no free connection in time. */
export function isPoolExhausted(error: unknown): boolean {
  return error instanceof Error && error.message === 'timeout exceeded when trying to connect';
}

function isAmong(refusals: Refusals, error: unknown): boolean {
  if (!(error instanceof DatabaseError)) return false;
  return refusals[error.code ?? '']?.test(error.message) ?? false;
}
