/** Code of other roles that a statement on the platform's table runs, whoever makes it. */
import type { Client } from 'pg';
import { trustedRoles } from './trusted-roles.ts';

interface ForeignCode {
  readonly what: string;
  readonly roles: string;
  readonly remedy: string;
}

/** One line for each, with the statement that ends it. */
export async function listForeignCode(client: Client, schema: string): Promise<readonly string[]> {
  const code = await client.query<ForeignCode>(FOREIGN_CODE, [schema]);
  return code.rows.map(
    ({ what, roles, remedy }) =>
      `The ${what} can run code of the role ${roles} with the rights of others. Unless it is meant so: ${remedy};`,
  );
}

/** The table with its partitions and heirs. */
export const RELATION = `relation (oid) as (
    select interviewer from place
    union
    select inhrelid from relation join pg_inherits on inhparent = relation.oid
  )`;

/** Everything of this database that belongs to another role. What Postgres itself brings has no entry. */
export const FOREIGN_OBJECT = `foreign_object (classid, objid, owner) as (
    select classid, objid, refobjid
    from pg_shdepend join pg_database on pg_database.oid = dbid
    where datname = current_database() and deptype = 'o' and refclassid = 'pg_authid'::regclass
      and refobjid not in (select role from trusted)
      and refobjid not in (select nspowner from pg_namespace where nspname = 'voice_agent_sync')
  )`;

/** The types of the table's columns, and of those that refer to it: Postgres runs their casts. */
const COLUMN_TYPE = `column_type (oid, place) as (
    select atttypid, format('column %I of table %s', attname, attrelid::regclass)
    from relation join pg_attribute on attrelid = relation.oid
    where attnum > 0 and not attisdropped
    union
    select atttypid, format('column %I of table %s', attname, attrelid::regclass)
    from relation
    join pg_constraint on confrelid = relation.oid and contype = 'f'
    join pg_attribute on attrelid = conrelid and attnum = any (conkey)
  )`;

/** What Postgres evaluates in a statement on the table. A trigger that a partition has from its table is the table's. */
const PART = `part (classid, objid, what, remedy) as (
    select 'pg_trigger'::regclass::oid, pg_trigger.oid, format('trigger %I on table %s', tgname, tgrelid::regclass),
      format('drop trigger %I on %s', tgname, tgrelid::regclass)
    from relation join pg_trigger on tgrelid = relation.oid
    where not tgisinternal and tgenabled <> 'D' and not exists (
      select from pg_depend where classid = 'pg_trigger'::regclass and objid = pg_trigger.oid and deptype = 'P'
    )
    union all
    select 'pg_rewrite'::regclass, pg_rewrite.oid, format('rule %I on table %s', rulename, ev_class::regclass),
      format('drop rule %I on %s', rulename, ev_class::regclass)
    from relation join pg_rewrite on ev_class = relation.oid
    union all
    select 'pg_policy'::regclass, pg_policy.oid, format('policy %I on table %s', polname, polrelid::regclass),
      format('drop policy %I on %s', polname, polrelid::regclass)
    from relation join pg_policy on polrelid = relation.oid
    where 0 = any (polroles)
    union all
    select 'pg_constraint'::regclass, pg_constraint.oid, format('constraint %I of table %s', conname, conrelid::regclass),
      format('alter table %s drop constraint %I', conrelid::regclass, conname)
    from relation join pg_constraint on conrelid = relation.oid
    where contype in ('c', 'x')
    union all
    select 'pg_attrdef'::regclass, pg_attrdef.oid, format('default of column %I of table %s', attname, attrelid::regclass),
      format('alter table %s alter column %I drop %s', attrelid::regclass, attname,
        case attgenerated when '' then 'default' else 'expression' end)
    from relation
    join pg_attrdef on adrelid = relation.oid
    join pg_attribute on attrelid = adrelid and attnum = adnum
    union all
    select 'pg_class'::regclass, indexrelid, format('index %s', indexrelid::regclass),
      format('drop index %s', indexrelid::regclass)
    from relation join pg_index on indrelid = relation.oid
    union all
    select 'pg_type'::regclass, column_type.oid, format('type %s of %s', column_type.oid::regtype, place),
      format('alter type %s owner to %s', column_type.oid::regtype, (select relowner::regrole from place))
    from column_type
    union all
    select 'pg_cast'::regclass, pg_cast.oid, format('cast from %s to %s', castsource::regtype, casttarget::regtype),
      format('drop cast (%s as %s)', castsource::regtype, casttarget::regtype)
    from pg_cast where castsource in (select oid from column_type) or casttarget in (select oid from column_type)
  )`;

/** What a part leads to, through objects of the platform's owner as well. A cast's types are named already; policies and rules read other tables. */
const USED = `used (what, remedy, kind, id) as (
    select what, remedy, classid, objid from part
    union
    select what, remedy, refclassid, refobjid
    from used join pg_depend on classid = kind and objid = id
    where refclassid in ('pg_proc'::regclass, 'pg_operator'::regclass, 'pg_opclass'::regclass)
      or refclassid = 'pg_type'::regclass and kind <> 'pg_cast'::regclass
      or refclassid = 'pg_class'::regclass and kind in ('pg_policy'::regclass, 'pg_rewrite'::regclass)
        and refobjid not in (select oid from relation)
  )`;

const FOREIGN_CODE = `
  with recursive ${trustedRoles('$1')}, ${RELATION}, ${FOREIGN_OBJECT}, ${COLUMN_TYPE}, ${PART}, ${USED},
  code (what, remedy, owner) as (
    select what, remedy, owner from used join foreign_object on classid = kind and objid = id
    union
    select format('foreign key %I of table %s', conname, conrelid::regclass),
      format('alter table %s drop constraint %I', conrelid::regclass, conname), owner
    from relation
    join pg_constraint on confrelid = relation.oid and contype = 'f' and conparentid = 0
    join foreign_object on classid = 'pg_class'::regclass and objid = conrelid
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
