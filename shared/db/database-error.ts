import { DatabaseError } from 'pg';
import { isCertificateCode } from '../certificate-code.ts';
import { AppError } from '../errors.ts';
import { SQLSTATE } from './sqlstate.ts';

/** The SQLSTATE with which the server refused, or undefined when it is not the server's word. */
export function sqlStateOf(error: unknown): string | undefined {
  return error instanceof DatabaseError ? error.code : undefined;
}

const MISSING_SCHEMA: ReadonlySet<string> = new Set([
  SQLSTATE.undefinedTable,
  SQLSTATE.undefinedColumn,
  SQLSTATE.invalidSchemaName,
]);

/**
 * Classes and codes that say that the database cannot be used now: connection (08), authorisation (28), unknown database
 * (3D), conflicts that three tries did not settle (40), resources (53), shutting down and time limits (57), locks, and a
 * server that only reads.
 */
const UNAVAILABLE = /^(08|28|3D|40|53|57)|^55P03$|^25006$/;

const CODES: ReadonlySet<string> = new Set(['database_unavailable', 'schema_mismatch', 'database_permission']);

/** Whether an AppError tells of the database. */
export function isDatabaseFailure({ code }: AppError): boolean {
  return CODES.has(code);
}

/** What a caller is told of a statement's failure; anything that is a fault of ours passes through unchanged. */
export function translate(error: unknown): unknown {
  const state = sqlStateOf(error);
  if (state === undefined) return error;
  if (MISSING_SCHEMA.has(state)) {
    return new AppError(
      503,
      'schema_mismatch',
      'The database does not have the tables or columns that this version needs.',
      'Run the migrations: npm start does, and so does a deployment.',
      { cause: error },
    );
  }
  if (state === SQLSTATE.insufficientPrivilege) {
    return new AppError(
      503,
      'database_permission',
      'The database role may not do this.',
      'Run shared/db/service-role.sql as the role that owns the interviewer table (on AWS: the function that migrates): it grants the rights, row-level security included.',
      { cause: error },
    );
  }
  return UNAVAILABLE.test(state) ? unavailable(error) : error;
}

/** For a connection that is lost. */
export function unavailable(cause: unknown): AppError {
  return failure(`Check ${WHERE}, and that its database is running${inBrackets(codeOf(cause))}.`, cause);
}

/** For a connection that cannot be made. */
export function unreachable(cause: unknown): AppError {
  const code = codeOf(cause);
  if (code !== undefined && isCertificateCode(code)) return untrusted(code, cause);
  // Before there is a connection, what has no code is pg's own and shows nothing: "The server does not support SSL connections".
  const reason = code ?? (cause instanceof Error ? cause.message : undefined);
  return failure(`Check ${WHERE}, and that its database is running${inBrackets(reason)}.`, cause);
}

/** On AWS the connection string is in a secret. */
const WHERE = 'DATABASE_URL (on AWS: the database secret)';

const CERTIFICATE_HINTS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'It has expired: renew it at the server.',
  CERT_NOT_YET_VALID: 'It is not valid yet: compare the clocks of this machine and of the one that made it.',
  ERR_TLS_CERT_ALTNAME_INVALID: `It is for another host: name the server in ${WHERE} as its certificate does.`,
};

function untrusted(code: string, cause: unknown): AppError {
  return new AppError(
    503,
    'database_unavailable',
    `The database's server shows a certificate that is not accepted (${code}).`,
    CERTIFICATE_HINTS[code] ??
      `If it is the right server, name its authority with sslrootcert=/path/to/ca.crt in ${WHERE}.`,
    { cause },
  );
}

function failure(hint: string, cause: unknown): AppError {
  return new AppError(503, 'database_unavailable', 'The database cannot be reached or used.', hint, { cause });
}

function codeOf(cause: unknown): string | undefined {
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

function inBrackets(text: string | undefined): string {
  return text === undefined ? '' : ` (${text})`;
}
