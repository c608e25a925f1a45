import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { runner } from 'node-pg-migrate';
import { Client, DatabaseError } from 'pg';
import { AppError } from '../errors.ts';
import { connectionConfig } from './connection.ts';
import { sqlStateOf, translate, unavailable, unreachable } from './database-error.ts';
import { SQLSTATE } from './sqlstate.ts';

export interface MigrateOptions {
  /** One line for each migration that is applied. */
  readonly log?: (line: string) => void;
  /** Where the numbered SQL files are; those of this package unless given. */
  readonly directory?: string;
}

/** Distinguishes our lock from that of a platform that migrates its own tables with the same library. */
const LOCK = 7_241_865_325_823_965;
const LOCK_TIMEOUT_MS = 30_000;

/**
 * Applies the migrations that the database lacks, each in a transaction of its own, and returns their names. Any number
 * may run at the same time: one works, the others wait. The connection must be direct or a pooler's session mode.
 * Throws an AppError `database_unavailable`, or `migration_failed` naming the file, of which nothing then remains.
 */
export async function migrate(connectionString: string, options: MigrateOptions = {}): Promise<string[]> {
  const directory = options.directory ?? join(import.meta.dirname, 'migrations');
  const { log } = options;
  const config = await connectionConfig(connectionString, { applicationName: 'voice-agent-sync-migrate' });
  const client = new Client(config);
  let lost = false;
  client.on('error', () => {
    lost = true;
  });
  try {
    await client.connect();
  } catch (error) {
    throw unreachable(error);
  }
  try {
    // ALTER TABLE waits for whoever uses the table, and everybody after waits for it: not for ever.
    await client.query(`set lock_timeout = ${LOCK_TIMEOUT_MS}`);
    const applied: string[] = [];
    const before = await appliedMigrations(client);
    for (const name of await migrationsIn(directory)) {
      if (before.has(name) || !(await apply(client, directory, name))) continue;
      applied.push(name);
      log?.(`Migration ${name} applied`);
    }
    return applied;
  } catch (error) {
    throw lost ? unavailable(error) : error;
  } finally {
    await client.end();
  }
}

async function migrationsIn(directory: string): Promise<string[]> {
  const files = await readdir(directory);
  return files
    .filter((file) => file.endsWith('.sql'))
    .map((file) => basename(file, '.sql'))
    .sort();
}

/** Read first, so that a role which may change no table can still start a service that needs no migration. */
async function appliedMigrations(client: Client): Promise<ReadonlySet<string>> {
  const known = await client.query(
    `select from pg_class join pg_namespace on pg_namespace.oid = relnamespace
     where nspname = 'voice_agent_sync' and relname = 'migration'
       and has_schema_privilege(relnamespace, 'usage') and has_table_privilege(pg_class.oid, 'select')`,
  );
  if (known.rowCount === 0) return new Set();
  const { rows } = await client.query<{ name: string }>('select name from voice_agent_sync.migration');
  return new Set(rows.map(({ name }) => name));
}

async function apply(client: Client, directory: string, name: string): Promise<boolean> {
  try {
    const done = await runner({
      dbClient: client,
      dir: directory,
      file: name,
      direction: 'up',
      // One file a call, so this is one transaction a migration, and the library rolls it back when it fails.
      singleTransaction: true,
      migrationsSchema: 'voice_agent_sync',
      migrationsTable: 'migration',
      createMigrationsSchema: true,
      advisoryLockMode: 'wait',
      lockValue: LOCK,
      log: () => {},
    });
    return done.length > 0;
  } catch (cause) {
    throw failure(name, cause);
  }
}

function failure(name: string, cause: unknown): AppError {
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
  return new AppError(
    503,
    'migration_failed',
    `Migration ${name} failed and changed nothing: ${message}.`,
    hint ?? hintFor(state),
    { cause },
  );
}

function hintFor(code: string | undefined): string {
  if (code === SQLSTATE.lockNotAvailable)
    return 'Somebody uses the table all the time: run the migrations again later.';
  if (code === SQLSTATE.insufficientPrivilege) {
    return 'Connect as the role that owns the interviewer table (in DATABASE_URL, or in the secret on AWS); it needs CREATE on the database.';
  }
  return 'Mend what the message names, and run the migrations again.';
}
