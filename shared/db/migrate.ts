import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { runner } from 'node-pg-migrate';
import type { Client } from 'pg';
import type { TableInUse } from './choose-table.ts';
import { connectionConfig } from './connection.ts';
import { assertInterviewerTable } from './interviewer-table.ts';
import { refusedStep, SCHEMA_LOCK, withOwnerClient } from './owner-client.ts';

export type { TableInUse } from './choose-table.ts';

export interface MigrateOptions {
  /** One line for each migration that is applied. */
  readonly log?: (line: string) => void;
  /** Whether the table `interviewer` may be created in a database that has none. */
  readonly createTable?: boolean;
  /** Called with the table that is used, before anything is changed. */
  readonly onTable?: (table: TableInUse) => void;
  /** Where the numbered SQL files are; those of this package unless given. */
  readonly directory?: string;
}

/**
 * Applies the migrations that the database lacks, each in a transaction of its own, and returns their names. Any number
 * may run at the same time: one works, the others wait. The connection must be direct or a pooler's session mode.
 * Throws an AppError `database_unavailable`, `interviewer_table_refused`, or `migration_failed` naming the file, of which
 * nothing then remains.
 */
export async function migrate(connectionString: string, options: MigrateOptions = {}): Promise<string[]> {
  const directory = options.directory ?? join(import.meta.dirname, 'migrations');
  const config = await connectionConfig(connectionString, { applicationName: 'voice-agent-sync-migrate' });
  return await withOwnerClient(connectionString, async (client) => {
    const table = await assertInterviewerTable(client, { config, create: options.createTable ?? false });
    options.onTable?.(table);
    const applied: string[] = [];
    const before = await appliedMigrations(client);
    for (const name of await migrationsIn(directory)) {
      if (before.has(name) || !(await apply(client, directory, name))) continue;
      applied.push(name);
      options.log?.(`Migration ${name} applied`);
    }
    return applied;
  });
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
      lockValue: SCHEMA_LOCK,
      log: () => {},
    });
    return done.length > 0;
  } catch (cause) {
    throw refusedStep(`Migration ${name} failed and changed nothing`, cause);
  }
}
