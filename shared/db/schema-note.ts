/**
 * The note in the database that says in which schema the platform's table is, written by the migrations and read by the
 * service.
 */
import type { Client } from 'pg';
import { READ_SCHEMA } from './platform-table.ts';

/**
 * Notes the schema unless it is already noted, so that a role that may not write our tables can start a service. Runs
 * in the client's transaction. Does nothing before the migration that creates the note's table.
 */
export async function keepNote(client: Client, schema: string): Promise<void> {
  if (!(await isReadable(client, 'platform')) || (await readNote(client)) === schema) return;
  await client.query(
    `insert into voice_agent_sync.platform (interviewer_schema) values ($1)
     on conflict (only_row) do update set interviewer_schema = excluded.interviewer_schema`,
    [schema],
  );
}

/** null: not noted. */
export async function readNote(client: Client): Promise<string | null> {
  const { rows } = await client.query<{ schema: string }>(READ_SCHEMA);
  return rows[0]?.schema ?? null;
}

/** Whether the note's table exists, and this role may read it. */
export async function isReadable(client: Client, table: string): Promise<boolean> {
  const { rowCount } = await client.query(
    `select from pg_class join pg_namespace on pg_namespace.oid = relnamespace
     where nspname = 'voice_agent_sync' and relname = $1
       and has_schema_privilege(relnamespace, 'usage') and has_table_privilege(pg_class.oid, 'select')`,
    [table],
  );
  return rowCount === 1;
}
