/** What a deployment does in the database, it does as the role that owns the tables. */
import { Client, DatabaseError } from 'pg';
import { AppError } from '../errors.ts';
import { connectionConfig } from './connection.ts';
import { sqlStateOf, translate, unavailable, unreachable } from './database-error.ts';
import { SQLSTATE } from './sqlstate.ts';

/**
 * Of every change of ours to the schema and its rights; distinguishes it from that of a platform that migrates its own
 * tables with the same library.
 */
export const SCHEMA_LOCK = 7_241_865_325_823_965;
const LOCK_TIMEOUT_MS = 30_000;
/** A rotation sets the password in Postgres a moment before the secret tells it. */
export const ROTATION_MS = 2_000;

/** Connects for as long as the work takes. Throws what the work throws, or an AppError `database_unavailable`. */
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
    // ALTER TABLE waits for whoever uses the table, and everybody after waits for it: not for ever.
    await client.query(`set lock_timeout = ${LOCK_TIMEOUT_MS}`);
    return await work(client);
  } catch (error) {
    throw lost ? unavailable(error, config) : error;
  } finally {
    await client.end();
  }
}

/** Whether an error is that of a connection whose password was refused. */
export function isPasswordRefused(error: unknown): boolean {
  return error instanceof AppError && sqlStateOf(error.cause) === SQLSTATE.invalidPassword;
}

/** The AppError `migration_failed` for a step that Postgres refused, or `database_unavailable`. `what` begins its message. */
export function refusedStep(what: string, cause: unknown): AppError {
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
  return new AppError(503, 'migration_failed', `${what}: ${message}.`, hint ?? hintFor(state), { cause });
}

function hintFor(code: string | undefined): string {
  if (code === SQLSTATE.lockNotAvailable)
    return 'Somebody uses the table all the time: run the migrations again later.';
  if (code === SQLSTATE.insufficientPrivilege) {
    return "Connect as the role that owns the interviewer table (in DATABASE_URL, or in the owner's secret on AWS); it needs CREATE on the database, and CREATEROLE to make the service's role.";
  }
  return 'Mend what the message names, and run the migrations again.';
}
