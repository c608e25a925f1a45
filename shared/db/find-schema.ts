/** The platform's schema, found by the migrations once and noted for the service. */
import type { Client } from 'pg';
import { AppError } from '../errors.ts';
import { ownerTransaction } from './owner-client.ts';

export interface FoundSchema {
  readonly name: string;
  /** Whether the database has a note of it already. */
  readonly noted: boolean;
}

/**
 * The schema of the `interviewer` table: the one that was noted, while the table is still there, and otherwise the one to
 * which the session's search path leads; there the table is created if it is missing. Throws an AppError `migration_failed`.
 */
export async function findSchema(client: Client): Promise<FoundSchema> {
  const path = await readSearchPath(client);
  return await ownerTransaction(client, async () => {
    const noted = await readNote(client);
    if (noted !== null) return { name: noted, noted: true };
    const name = (await schemaOf(client, path.table_oid)) ?? path.schema;
    if (name !== null) return { name, noted: false };
    throw new AppError(
      503,
      'migration_failed',
      'The search path of the connection leads to no schema.',
      'Name the schema of the interviewer table in DATABASE_URL, or set the search_path of its role.',
    );
  });
}

/** In the transaction of the client. Does nothing before the migration that makes the table for it. */
export async function noteSchema(client: Client, schema: string): Promise<void> {
  if (!(await isReadable(client, 'platform'))) return;
  await client.query(
    `insert into voice_agent_sync.platform (interviewer_schema) values ($1)
     on conflict (only_row) do update set interviewer_schema = excluded.interviewer_schema`,
    [schema],
  );
}

/** Whether there is such a table of ours, and this role may read it. */
export async function isReadable(client: Client, table: string): Promise<boolean> {
  const { rowCount } = await client.query(
    `select from pg_class join pg_namespace on pg_namespace.oid = relnamespace
     where nspname = 'voice_agent_sync' and relname = $1
       and has_schema_privilege(relnamespace, 'usage') and has_table_privilege(pg_class.oid, 'select')`,
    [table],
  );
  return rowCount === 1;
}

interface SearchPath {
  /** Of the table that `interviewer` stands for. */
  readonly table_oid: string | null;
  /** The first schema that exists. */
  readonly schema: string | null;
}

/** By qualified functions alone, and no operator: others may have made some of these names in a schema of the path. */
async function readSearchPath(client: Client): Promise<SearchPath> {
  const { rows } = await client.query<SearchPath>(
    `select pg_catalog.to_regclass('interviewer')::pg_catalog.oid::pg_catalog.text as table_oid,
       pg_catalog.current_schema()::pg_catalog.text as schema`,
  );
  return rows[0] ?? { table_oid: null, schema: null };
}

async function schemaOf(client: Client, table_oid: string | null): Promise<string | null> {
  const { rows } = await client.query<{ schema: string }>(
    `select nspname as schema from pg_class join pg_namespace on pg_namespace.oid = relnamespace
     where pg_class.oid = $1::oid`,
    [table_oid],
  );
  return rows[0]?.schema ?? null;
}

/** null: there is no note, or the table is gone from there. */
async function readNote(client: Client): Promise<string | null> {
  if (!(await isReadable(client, 'platform'))) return null;
  const { rows } = await client.query<{ schema: string }>(
    `select interviewer_schema as schema from voice_agent_sync.platform
     join pg_namespace on nspname = interviewer_schema
     join pg_class on relnamespace = pg_namespace.oid and relname = 'interviewer'`,
  );
  return rows[0]?.schema ?? null;
}
