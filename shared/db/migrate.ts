import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Client } from 'pg';
import { AppError } from '../errors.ts';
import { assertNoForeignCode } from './assert-no-foreign-code.ts';
import type { TableInUse } from './choose-table.ts';
import { connectionConfig } from './connection.ts';
import { assertInterviewerTable } from './interviewer-table.ts';
import { listOpenRights } from './open-rights.ts';
import { lockSchema, ownerTransaction, refusedStep, withOwnerClient } from './owner-client.ts';
import { qualify } from './platform-table.ts';
import { isReadable, keepNote } from './schema-note.ts';

export type { TableInUse } from './choose-table.ts';

interface MigrateOptions {
  /** One line for each migration that is applied. */
  readonly log?: (line: string) => void;
  /** Whether the table `interviewer` may be created in a database that has none. */
  readonly createTable?: boolean;
  /** Called with the chosen table, before anything is changed. */
  readonly onTable?: (table: TableInUse) => void;
  /** One line for each right with which other roles could make this system run their code. */
  readonly warn?: (line: string) => void;
  /** The folder of the numbered SQL files; this package's unless given. */
  readonly directory?: string;
}

interface Migration {
  readonly name: string;
  readonly sql: string;
}

/**
 * Applies the missing migrations, each in its own transaction, and returns their names. Any number of processes may do
 * this at the same time, directly or through a pooler: one applies the migrations, the others wait. No setting or lock
 * outlives a transaction. Throws an AppError `database_unavailable`, `interviewer_table_refused`, or `migration_failed`
 * naming the file, of which nothing then remains.
 */
export async function migrate(connectionString: string, options: MigrateOptions = {}): Promise<string[]> {
  const directory = options.directory ?? join(import.meta.dirname, 'migrations');
  const config = await connectionConfig(connectionString, { applicationName: 'voice-agent-sync-migrate' });
  return await withOwnerClient(connectionString, async (client) => {
    const table = await assertInterviewerTable(client, { config, create: options.createTable ?? false });
    options.onTable?.(table);
    const missing = await missingMigrations(client, await readMigrations(directory, table.schema), table.schema);
    const applied = await applyMissing(client, missing, options);
    await ownerTransaction(client, async () => {
      await keepNote(client, table.schema);
      await followSoftDeletes(client, table.schema);
      for (const line of await listOpenRights(client, table.schema)) options.warn?.(line);
    });
    return applied;
  });
}

/** The platform may have added or dropped its soft-delete column. Only a role that owns the table can adapt to that. */
async function followSoftDeletes(client: Client, schema: string): Promise<void> {
  const { rowCount } = await client.query(
    `select from pg_proc join pg_namespace own on own.oid = pronamespace, pg_class
     join pg_namespace platform on platform.oid = relnamespace
     where own.nspname = 'voice_agent_sync' and proname = 'follow_soft_deletes'
       and platform.nspname = $1 and relname = 'interviewer'
       and has_function_privilege(pg_proc.oid, 'execute') and pg_has_role(relowner, 'usage')`,
    [schema],
  );
  if (rowCount === 0) return;
  await client.query(qualify(`select voice_agent_sync.follow_soft_deletes('{interviewer}')`, schema));
}

async function readMigrations(directory: string, schema: string): Promise<readonly Migration[]> {
  const files = (await readdir(directory)).filter((file) => file.endsWith('.sql')).sort();
  return await Promise.all(
    files.map(async (file) => ({
      name: basename(file, '.sql'),
      sql: qualify(await readFile(join(directory, file), 'utf8'), schema),
    })),
  );
}

/** Read first, so that a role that may not change any table can still start a service without missing migrations. */
function missingMigrations(client: Client, migrations: readonly Migration[], schema: string): Promise<Migration[]> {
  return ownerTransaction(client, async () => {
    const before = await appliedMigrations(client);
    const missing = migrations.filter(({ name }) => before?.has(name) !== true);
    await assertNoForeignCode(
      client,
      schema,
      missing.map(({ name }) => name),
    );
    return missing;
  });
}

async function applyMissing(client: Client, missing: readonly Migration[], { log }: MigrateOptions): Promise<string[]> {
  const applied: string[] = [];
  for (const migration of missing) {
    if (!(await apply(client, migration))) continue;
    applied.push(migration.name);
    log?.(`Migration ${migration.name} applied`);
  }
  return applied;
}

/** null: there is no table of them that this role may read. */
async function appliedMigrations(client: Client): Promise<ReadonlySet<string> | null> {
  if (!(await isReadable(client, 'migration'))) return null;
  const { rows } = await client.query<{ name: string }>('select name from voice_agent_sync.migration');
  return new Set(rows.map(({ name }) => name));
}

/** False: another session has applied it in the meantime. */
async function apply(client: Client, { name, sql }: Migration): Promise<boolean> {
  try {
    return await ownerTransaction(client, async () => {
      await lockSchema(client);
      const before = await appliedMigrations(client);
      if (before?.has(name) === true) return false;
      if (before === null) await makeMigrationTable(client);
      await client.query(sql);
      await client.query('insert into voice_agent_sync.migration (name, run_on) values ($1, now())', [name]);
      return true;
    });
  } catch (cause) {
    throw refusedStep(`Migration ${name} failed and changed nothing`, cause);
  }
}

/** The same table that node-pg-migrate created when it applied the migrations of earlier versions. */
async function makeMigrationTable(client: Client): Promise<void> {
  await makeSchema(client);
  await client.query(
    `create table voice_agent_sync.migration (
       id serial primary key,
       name varchar(255) not null,
       run_on timestamp not null
     )`,
  );
}

/** Refuses a schema of this name that another role owns, because that role could put anything into it. */
async function makeSchema(client: Client): Promise<void> {
  const { rows } = await client.query<{ owner: string; ours: boolean }>(
    `select nspowner::regrole::text as owner, nspowner = current_user::regrole as ours
     from pg_namespace where nspname = 'voice_agent_sync'`,
  );
  const [found] = rows;
  if (found === undefined) await client.query('create schema voice_agent_sync');
  else if (!found.ours) {
    throw new AppError({
      status: 503,
      code: 'migration_failed',
      message: `The schema voice_agent_sync belongs to the role ${found.owner}, which this system does not work with.`,
      hint: 'Drop it if it is not needed, or make the role of the migrations its owner: alter schema voice_agent_sync owner to ...',
    });
  }
}
