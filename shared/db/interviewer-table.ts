/** Which `interviewer` table a connection leads to; refused, with what was found, unless it is certain to be the platform's. */
import type { Client } from 'pg';
import { AppError } from '../errors.ts';
import { type Choice, chooseTable, type Found, type TableInUse } from './choose-table.ts';
import type { ConnectionConfig } from './connection.ts';
import { describeTarget } from './database-error.ts';
import { firstRow } from './first-row.ts';
import { refusedStep } from './owner-client.ts';

export interface TableOptions {
  readonly config: ConnectionConfig;
  /** Whether the migrations may create it in a database that has none. */
  readonly create: boolean;
}

/**
 * Looks in every schema, for every spelling. One statement, which reads the catalogue alone, so that it needs no right on
 * any table and works through every pooler. Throws an AppError `interviewer_table_refused`.
 */
export async function assertInterviewerTable(client: Client, { config, create }: TableOptions): Promise<TableInUse> {
  const found = await look(client);
  const choice = chooseTable(found, { searchPath: config.searchPath, create });
  if (choice.ok) return choice.table;
  throw refused(choice, config);
}

async function look(client: Client): Promise<Found> {
  try {
    const { rows } = await client.query<Found>(FIND);
    return firstRow(rows);
  } catch (cause) {
    throw refusedStep('The interviewer table could not be looked for', cause);
  }
}

function refused({ why, hint }: Extract<Choice, { ok: false }>, config: ConnectionConfig): AppError {
  return new AppError(503, 'interviewer_table_refused', `${why} (${describeTarget(config)}).`, hint);
}

/** Qualified throughout, as nothing is known of the search path yet. */
const FIND = `
  select
    pg_catalog.current_database()::text as database,
    current_user::text as role,
    pg_catalog.current_schema()::text as schema,
    pg_catalog.current_setting('search_path') as search_path,
    pg_catalog.to_regclass('interviewer')::pg_catalog.oid::text as resolved,
    pg_catalog.to_regclass('voice_agent_sync.run') is not null as migrated,
    array(
      select nspname::text from pg_catalog.pg_namespace
      where nspname !~ '^pg_' and not pg_catalog.has_schema_privilege(oid, 'usage')
    ) as closed_schemas,
    array(select nspname::text from pg_catalog.pg_namespace where nspname !~ '^pg_') as schemas,
    array(
      select datname::text from pg_catalog.pg_database
      where not datistemplate and datname not in (pg_catalog.current_database(), 'postgres', 'rdsadmin') order by 1
    ) as other_databases,
    coalesce((
      select pg_catalog.json_agg(pg_catalog.json_build_object(
        'oid', c.oid::text, 'schema', n.nspname, 'name', c.relname, 'kind', c.relkind,
        'has_primary_key', exists (select from pg_catalog.pg_index where indrelid = c.oid and indisprimary),
        'adopted', exists (
          select from pg_catalog.pg_index i join pg_catalog.pg_class x on x.oid = i.indexrelid
          where i.indrelid = c.oid and x.relname = 'interviewer_one_row_per_agent'
        ),
        'columns', array(
          select attname::text from pg_catalog.pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped
        )
      ) order by n.nspname, c.relname)
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p', 'v', 'm', 'f') and pg_catalog.lower(c.relname) in ('interviewer', 'interviewers')
        and n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'voice_agent_sync')
    ), '[]') as tables`;
