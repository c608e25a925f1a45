/**
 * Finds code of other roles that a statement on the platform's table runs with the rights of the role that sends the
 * statement.
 */
import type { Client } from 'pg';
import { trustedRoles } from './trusted-roles.ts';

interface ForeignCode {
  readonly what: string;
  readonly roles: string;
  readonly remedy: string;
}

/** One line for each, with the statement that removes it. */
export async function listForeignCode(client: Client, schema: string): Promise<readonly string[]> {
  const code = await client.query<ForeignCode>(FOREIGN_CODE, [schema]);
  return code.rows.map(
    ({ what, roles, remedy }) =>
      `The ${what} can run code of the role ${roles} with the rights of others. Unless it is meant so: ${remedy};`,
  );
}

/** The table with its partitions and inheritance children. */
export const RELATION = `relation (oid) as (
    select interviewer from place
    union
    select inhrelid from relation join pg_inherits on inhparent = relation.oid
  )`;

/** Every object of this database that belongs to another role. Objects of Postgres itself have no entry. */
export const FOREIGN_OBJECT = `foreign_object (classid, objid, owner) as (
    select classid, objid, refobjid
    from pg_shdepend join pg_database on pg_database.oid = dbid
    where datname = current_database() and deptype = 'o' and refclassid = 'pg_authid'::regclass
      and refobjid not in (select role from trusted)
      and refobjid not in (select nspowner from pg_namespace where nspname = 'voice_agent_sync')
  )`;

/** The types of the table's columns, and of columns that refer to it: Postgres runs their casts, which the type's owner may add. */
const COLUMN_TYPE = `column_type (oid, what, remedy) as (
    select atttypid, format('type %s of column %I of table %s', atttypid::regtype, attname, attrelid::regclass),
      format('alter type %s owner to %s', atttypid::regtype, (select relowner::regrole from place))
    from relation join pg_attribute on attrelid = relation.oid
    where attnum > 0 and not attisdropped
    union
    select atttypid, format('foreign key %I of table %s', conname, conrelid::regclass),
      format('alter table %s drop constraint %I', conrelid::regclass, conname)
    from relation
    join pg_constraint on confrelid = relation.oid and contype = 'f' and conparentid = 0
    join pg_attribute on attrelid = conrelid and attnum = any (conkey)
  )`;

/**
 * What another role may have added to the table, by a right that it has or had. Policies, rules, checks, defaults and
 * indexes are left out, because only the owner can add them, and dropping a policy could open the rows to everyone. A
 * trigger that a partition inherits belongs to the table.
 */
const PART = `part (classid, objid, what, remedy) as (
    select 'pg_trigger'::regclass::oid, pg_trigger.oid, format('trigger %I on table %s', tgname, tgrelid::regclass),
      format('drop trigger %I on %s', tgname, tgrelid::regclass)
    from relation join pg_trigger on tgrelid = relation.oid
    where not tgisinternal and tgenabled <> 'D' and not exists (
      select from pg_depend where classid = 'pg_trigger'::regclass and objid = pg_trigger.oid and deptype = 'P'
    )
    union all
    select 'pg_type'::regclass, oid, what, remedy from column_type
    union all
    select 'pg_cast'::regclass, pg_cast.oid, format('cast from %s to %s', castsource::regtype, casttarget::regtype),
      format('drop cast (%s as %s)', castsource::regtype, casttarget::regtype)
    from pg_cast where castsource in (select oid from column_type) or casttarget in (select oid from column_type)
  )`;

/** What such a part leads to, also through objects of the platform's owner. A cast's types are already named. */
const USED = `used (what, remedy, kind, id) as (
    select what, remedy, classid, objid from part
    union
    select what, remedy, refclassid, refobjid
    from used join pg_depend on classid = kind and objid = id
    where refclassid in ('pg_proc'::regclass, 'pg_operator'::regclass, 'pg_opclass'::regclass)
      or refclassid = 'pg_type'::regclass and kind <> 'pg_cast'::regclass
  )`;

const FOREIGN_CODE = `
  with recursive ${trustedRoles('$1')}, ${RELATION}, ${FOREIGN_OBJECT}, ${COLUMN_TYPE}, ${PART}, ${USED},
  code (what, remedy, owner) as (
    select what, remedy, owner from used join foreign_object on classid = kind and objid = id
    union
    select format('function %s', pg_proc.oid::regprocedure), format('drop function %s', pg_proc.oid::regprocedure), proowner
    from place join pg_proc on pronamespace = place.oid
    where proowner not in (select role from trusted)
      and exists (select from pg_proc as original where original.proname = pg_proc.proname
        and original.pronamespace = 'pg_catalog'::regnamespace)
    union
    select format('operator %s', pg_operator.oid::regoperator), format('drop operator %s', pg_operator.oid::regoperator),
      oprowner
    from place join pg_operator on oprnamespace = place.oid
    where oprowner not in (select role from trusted)
  )
  select what, remedy, string_agg(owner::regrole::text, ', ' order by owner::regrole::text) as roles
  from code group by what, remedy order by what`;
