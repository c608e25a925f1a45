/** The session of a deployment, which connects as the role that owns the tables. */
import { Client, DatabaseError } from 'pg';
import { AppError } from '../errors.ts';
import { connectionConfig } from './connection.ts';
import { sqlStateOf, translate, unavailable, unreachable } from './database-error.ts';
import { isCredentialRefused } from './refusals.ts';
import { OWNER_SETTINGS, setLocal } from './session-settings.ts';
import { SQLSTATE } from './sqlstate.ts';

/**
 * The advisory lock for all our changes to the schema and its rights: an arbitrary number that no platform is likely to
 * use.
 */
const SCHEMA_LOCK = 7_241_865_325_823_965n;
/** A rotation changes the password in Postgres a moment before it changes the secret. */
export const ROTATION_MS = 2_000;

/**
 * Connects while the work runs, which does everything in `ownerTransaction`, because behind a pooler the next statement
 * may be in another session. Throws an AppError: what the work throws, `database_unavailable` or `migration_failed`.
 */
export async function withOwnerClient<Result>(
  connectionString: string,
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  const config = await connectionConfig(connectionString, { applicationName: 'voice-agent-sync-migrate' });
  const client = new Client(config);
  let lost = false;
  client.on('error', () => {
    lost = true;
  });
  try {
    await client.connect();
  } catch (error) {
    throw unreachable(error, config);
  }
  try {
    return await work(client);
  } catch (error) {
    throw lost && !isUnavailable(error)
      ? unavailable(error, config)
      : refusedStep('A step of the migrations failed', error);
  } finally {
    await client.end();
  }
}

/** A transaction in which only Postgres' own functions and operators are found without a schema. */
export async function ownerTransaction<Result>(client: Client, work: () => Promise<Result>): Promise<Result> {
  await client.query(`begin; ${setLocal(OWNER_SETTINGS)}`);
  try {
    const result = await work();
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch(() => {});
    throw error;
  }
}

/**
 * Makes others that change the schema or its rights wait until the transaction ends. Throws an AppError
 * `migration_failed`.
 */
export async function lockSchema(client: Client): Promise<void> {
  try {
    await client.query('select pg_advisory_xact_lock($1)', [SCHEMA_LOCK]);
  } catch (cause) {
    if (sqlStateOf(cause) !== SQLSTATE.lockNotAvailable) throw cause;
    throw new AppError({
      status: 503,
      code: 'migration_failed',
      message:
        'Another session has held the lock of the migrations for 30 s: a migration, or a connection of a pooler over which an earlier version migrated.',
      hint: `Try again later; or end that session: select pg_terminate_backend(pid) from pg_locks join pg_database on pg_database.oid = database where datname = current_database() and locktype = 'advisory' and (classid::bigint << 32) + objid::bigint = ${SCHEMA_LOCK}.`,
      cause,
    });
  }
}

/** Whether the error already says why the database cannot be used, as a pooler does before it disconnects. */
function isUnavailable(error: unknown): boolean {
  return error instanceof AppError && error.code === 'database_unavailable';
}

/** Whether an error means that the user or password was refused. */
export function isPasswordRefused(error: unknown): boolean {
  return error instanceof AppError && isCredentialRefused(error.cause);
}

/**
 * The AppError `migration_failed` if Postgres refused the step, otherwise `database_unavailable`. `what` begins its message.
 */
export function refusedStep(what: string, cause: unknown): AppError {
  if (cause instanceof AppError) return cause;
  const state = sqlStateOf(cause);
  const translated = translate(cause);
  if (
    translated instanceof AppError &&
    translated.code === 'database_unavailable' &&
    state !== SQLSTATE.lockNotAvailable
  ) {
    return translated;
  }
  const [message] = cause instanceof Error ? cause.message.split('\n') : [String(cause)];
  const hint = cause instanceof DatabaseError ? cause.hint : undefined;
  return new AppError({
    status: 503,
    code: 'migration_failed',
    message: `${what}: ${message}.`,
    hint: hint ?? hintFor(state),
    cause,
  });
}

function hintFor(code: string | undefined): string {
  if (code === SQLSTATE.lockNotAvailable)
    return 'Another session uses the table for longer than 30 s: run the migrations again later.';
  if (code === SQLSTATE.insufficientPrivilege) {
    return "Connect as the role that owns the interviewer table (in DATABASE_URL, or in the owner's secret on AWS); it needs CREATE on the database, and CREATEROLE to make the service's role.";
  }
  return 'Correct what the message names, and run the migrations again.';
}
