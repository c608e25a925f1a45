import { DatabaseError } from 'pg';
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
      'Run shared/db/service-role.sql as the role that owns the interviewer table: it grants the rights, row-level security included.',
      { cause: error },
    );
  }
  return UNAVAILABLE.test(state) ? unavailable(error) : error;
}

/** For a connection that cannot be made, or is lost. */
export function unavailable(cause: unknown): AppError {
  return new AppError(503, 'database_unavailable', 'The database cannot be reached or used.', hint(cause), { cause });
}

/** On AWS the connection string is in a secret. */
const WHERE = 'DATABASE_URL (on AWS: the database secret)';

function hint(cause: unknown): string {
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
  if (typeof code !== 'string') return `Check that the database in ${WHERE} is running.`;
  return /CERT|SIGNED|ISSUER|ALTNAME/.test(code)
    ? `The server's certificate is not trusted (${code}): add sslrootcert=/path/to/ca.crt to ${WHERE}.`
    : `Check ${WHERE}, and that its database is running (${code}).`;
}
