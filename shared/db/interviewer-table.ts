/**
 * Finds the `interviewer` table that a connection leads to. Refuses, with what was found, unless it is certainly the
 * platform's.
 */
import type { Client } from 'pg';
import { AppError } from '../errors.ts';
import { type Choice, chooseTable, type Found, type TableInUse } from './choose-table.ts';
import type { ConnectionConfig } from './connection.ts';
import { describeTarget } from './database-error.ts';
import { refusedStep } from './owner-client.ts';
import { firstRow } from './rows.ts';
import { isReadable, readNote } from './schema-note.ts';

interface TableOptions {
  readonly config: ConnectionConfig;
  /** Whether the migrations may create it in a database without one. */
  readonly create: boolean;
}

/**
 * Searches every schema, for every spelling. Reads only the catalog, so that it needs no right on any table; nothing
 * outlives its transaction. Throws an AppError `interviewer_table_refused`.
 */
export async function assertInterviewerTable(client: Client, { config, create }: TableOptions): Promise<TableInUse> {
  const first = await look(client);
  // Path and catalog are read separately: the second read finds a table that another migration creates in between.
  const found = first.resolved === null && first.tables.length > 0 ? await look(client) : first;
  const choice = chooseTable(found, { schema: config.schema, searchPath: config.searchPath, create });
  if (choice.ok) return choice.table;
  throw refused(choice, config);
}

function refused({ why, hint }: Extract<Choice, { ok: false }>, config: ConnectionConfig): AppError {
  return new AppError({
    status: 503,
    code: 'interviewer_table_refused',
    message: `${why} (${describeTarget(config)}).`,
    hint,
  });
}

type Path = Pick<Found, 'database' | 'role' | 'schema' | 'search_path' | 'resolved'>;
type Catalogue = Omit<Found, keyof Path | 'noted'>;

async function look(client: Client): Promise<Found> {
  try {
    const path = firstRow((await client.query<Path>(READ_PATH)).rows);
    await client.query(`begin; select pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true)`);
    const catalogue = firstRow((await client.query<Catalogue>(READ_CATALOGUE)).rows);
    const hasNote = catalogue.schema_owner === null && (await isReadable(client, 'platform'));
    return { ...path, ...catalogue, noted: hasNote ? await readNote(client) : null };
  } catch (cause) {
    throw refusedStep('The interviewer table could not be looked for', cause);
  } finally {
    await client.query('rollback').catch(() => {});
  }
}

/** Uses qualified functions and no operators: other roles may have created these names in a schema of the search path. */
const READ_PATH = `
  select
    pg_catalog.current_database()::pg_catalog.text as database,
    current_user::pg_catalog.text as role,
    pg_catalog.current_schema()::pg_catalog.text as schema,
    pg_catalog.current_setting('search_path') as search_path,
    pg_catalog.to_regclass('interviewer')::pg_catalog.oid::pg_catalog.text as resolved`;

const READ_CATALOGUE = `
  select
    to_regclass('voice_agent_sync.run') is not null as migrated,
    (
      select owner.rolname::text
      from pg_namespace join pg_roles as owner on owner.oid = nspowner
      join pg_roles as reader on reader.rolname = current_user
      where nspname = 'voice_agent_sync' and not owner.rolsuper
        and not exists (select from pg_database where datname = current_database() and datdba = nspowner)
        -- A superuser counts as a member of every role.
        and not (nspowner = reader.oid or (not reader.rolsuper and pg_has_role(nspowner, 'member')))
        -- The service's role cannot have created it, and runs nothing in it as its owner.
        and has_database_privilege(current_database(), 'create')
    ) as schema_owner,
    array(select nspname::text from pg_namespace where nspname !~ '^pg_') as schemas,
    array(
      select nspname::text from pg_namespace where nspname !~ '^pg_' and not has_schema_privilege(oid, 'usage')
    ) as closed_schemas,
    array(
      select datname::text from pg_database
      where not datistemplate and datname not in (current_database(), 'postgres', 'rdsadmin') order by datname
    ) as other_databases,
    coalesce((
      select json_agg(json_build_object(
        'oid', c.oid::text, 'schema', nspname, 'name', relname, 'kind', relkind,
        'of_schema_owner', (
          select pg_has_role(nspowner, relowner, 'member') from pg_namespace where nspname = 'voice_agent_sync'
        ),
        'has_primary_key', exists (select from pg_index where indrelid = c.oid and indisprimary),
        'adopted', to_regclass('voice_agent_sync.run') is not null and exists (
          select from pg_index join pg_class own on own.oid = indexrelid
          where indrelid = c.oid and own.relname = 'interviewer_one_row_per_agent'
        ),
        'columns', array(
          select attname::text from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped
        ),
        'mistyped', array(
          select format('%I %s', attname, format_type(atttypid, atttypmod))
          from pg_attribute join pg_type on pg_type.oid = atttypid
          where attrelid = c.oid and not attisdropped and (
            attname in ('agent_id', 'name', 'description', 'image', 'audio') and typcategory <> 'S'
            or attname in ('empathy', 'exploration', 'rapport', 'speed') and typcategory not in ('N', 'S')
          )
          order by attnum
        ),
        'rules', array(
          select rulename::text from pg_rewrite where ev_class = c.oid and rulename <> '_RETURN' order by rulename
        )
      ) order by nspname, relname)
      from pg_class c join pg_namespace on pg_namespace.oid = relnamespace
      where relkind in ('r', 'p', 'v', 'm', 'f') and lower(relname) in ('interviewer', 'interviewers')
        and nspname !~ '^pg_' and nspname not in ('information_schema', 'voice_agent_sync')
    ), '[]') as tables`;
