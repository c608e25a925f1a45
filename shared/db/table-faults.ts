/** What keeps Postgres from taking any new row of `interviewer`: looked for when rows were refused, never on an idle run. */

import { SYNCED_COLUMNS } from '../domain/synced-columns.ts';
import type { RequiredColumns, TableFaults } from '../domain/table-faults.ts';
import type { Query } from './pool.ts';

/** The columns that a new row gets a value for. */
const FILLED_COLUMNS: readonly string[] =
  'agent_id name description image audio empathy exploration rapport speed last_synced_at sync_status'
    .split(' ')
    .concat(SYNCED_COLUMNS.map(({ column }) => column));

/** The sequence of a whole-number `id`, from its default or as its identity, if this role may use it. */
const ID_SEQUENCE = `select sequence.oid as sequence_oid from pg_attribute
  left join pg_attrdef on adrelid = attrelid and adnum = attnum
  join pg_depend on (classid = 'pg_attrdef'::regclass and objid = pg_attrdef.oid and refclassid = 'pg_class'::regclass)
    or (refclassid = 'pg_class'::regclass and refobjid = attrelid and refobjsubid = attnum and deptype = 'i')
  join pg_class sequence on sequence.oid in (refobjid, objid)
  where attrelid = 'interviewer'::regclass and attname = 'id'
    and atttypid in ('smallint'::regtype, 'integer'::regtype, 'bigint'::regtype)
    and case sequence.relkind when 'S' then has_sequence_privilege(sequence.oid, 'usage') end
  limit 1`;

/** How many steps the sequence is behind the largest id. */
const ID_LAG = `select sequence_oid,
    ceil((largest::bigint - coalesce(pg_sequence_last_value(sequence_oid), 0))::numeric / seqincrement)::bigint as lag
  from (${ID_SEQUENCE}) as used join pg_sequence on seqrelid = sequence_oid
  cross join lateral (select id::text as largest from interviewer order by interviewer.id desc limit 1) as newest
  where seqincrement > 0 and largest::bigint <= seqmax`;

/** Taking this many ids takes well under a second. */
const MAX_LAG = 1_000_000;

/**
 * Moves the sequence of `id` past rows whose ids the platform chose itself, with which new rows would collide one by one.
 * Takes the ids in between: unlike setval, this needs only the right to use the sequence, and never moves it back.
 */
export async function catchUpIdSequence(query: Query): Promise<void> {
  await query(
    `with behind as materialized (${ID_LAG})
     select count(nextval(sequence_oid)) from behind cross join generate_series(1, case when lag <= $1 then lag else 0 end)`,
    [MAX_LAG],
  );
}

export async function findTableFaults(query: Query): Promise<TableFaults> {
  const required = await findRequiredColumns(query);
  const [sequence] = await query<{ setval: string }>(
    `select format('select setval(%L, (select max(id) from interviewer))', sequence_oid::regclass) as setval
     from (${ID_LAG}) as behind where lag > $1`,
    [MAX_LAG],
  );
  return { required, setval: sequence?.setval ?? null };
}

/** The default that suits a column's type, or a placeholder that Postgres refuses: a person must choose the value. */
const SUITABLE_DEFAULT = `case
  when exists (select from pg_constraint where contype = 'f' and conrelid = attrelid and attnum = any (conkey))
    then quote_literal('<' || attname || '>')
  when typtype = 'e' then (select quote_literal(enumlabel) from pg_enum where enumtypid = pg_type.oid order by enumsortorder limit 1)
  when typcategory = 'S' then ''''''
  when typcategory = 'N' then '0'
  when typcategory = 'B' then 'false'
  when typcategory = 'A' or typname in ('json', 'jsonb') then '''{}'''
  when typname in ('date', 'timestamp', 'timestamptz') then 'now()'
  else quote_literal('<' || attname || '>') end`;

async function findRequiredColumns(query: Query): Promise<RequiredColumns | null> {
  const rows = await query<{ table: string; column: string; action: string }>(
    `select attrelid::regclass::text as table, attname as column,
       format('alter column %I set default %s', attname, ${SUITABLE_DEFAULT}) as action
     from pg_attribute join pg_type on pg_type.oid = atttypid
     where attrelid = 'interviewer'::regclass and attnum > 0 and not attisdropped
       and (attnotnull or typnotnull) and not atthasdef and attidentity = '' and typdefault is null
       and attname <> all ($1::text[])
     order by attnum`,
    [FILLED_COLUMNS],
  );
  const [first] = rows;
  if (first === undefined) return null;
  const actions = rows.map(({ action }) => action).join(', ');
  return { columns: rows.map(({ column }) => column), statement: `alter table ${first.table} ${actions}` };
}
