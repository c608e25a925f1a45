/**
 * Finds code of other roles that a migration itself would run with the owner's rights, whichever triggers it disables.
 */
import type { Client } from 'pg';
import { AppError } from '../errors.ts';
import { FOREIGN_OBJECT, RELATION } from './foreign-code.ts';
import { trustedRoles } from './trusted-roles.ts';

/** A trigger or foreign key that runs such code. */
interface Finding {
  readonly what: string;
  readonly role: string;
  readonly remedy: string;
}

/** From this migration on, those that write the table disable all triggers but ours. */
const FIRST_SAFE_MIGRATION = '0076';

/**
 * Throws an AppError `migration_failed`, before anything is changed. The first migration reads each table that refers to
 * interviewers; the later ones read none of them.
 */
export async function assertNoForeignCode(client: Client, schema: string, missing: readonly string[]): Promise<void> {
  if (!missing.some((name) => name < FIRST_SAFE_MIGRATION)) return;
  const readsReferences = missing.some((name) => name.startsWith('0001'));
  const { rows } = await client.query<Finding>(FINDINGS, [schema, readsReferences]);
  const [found] = rows;
  if (found === undefined) return;
  throw new AppError({
    status: 503,
    code: 'migration_failed',
    message: `The ${found.what} would run code of the role ${found.role} with the rights of the owner, so no migration was applied.`,
    hint: `Run: ${found.remedy}; then run the migrations again.`,
  });
}

/**
 * Triggers on the table itself are disabled, unless their name looks like ours. A policy, or the cast of a type,
 * runs as the role that reads the table that refers to this one.
 */
const FINDINGS = `
  with recursive ${trustedRoles('$1')}, ${RELATION}, ${FOREIGN_OBJECT}
  select format('trigger %I on table %s', tgname, tgrelid::regclass) as what, owner::regrole::text as role,
    format('drop trigger %I on %s', tgname, tgrelid::regclass) as remedy
  from relation
  join pg_trigger on tgrelid = relation.oid
  join pg_depend on pg_depend.classid = 'pg_trigger'::regclass and pg_depend.objid = pg_trigger.oid
  join foreign_object on foreign_object.classid = refclassid and foreign_object.objid = refobjid
  where not tgisinternal and tgenabled in ('O', 'A') and refclassid = 'pg_proc'::regclass
    and (tgname like 'voice_agent_sync%' or tgrelid not in (select interviewer from place))
  union all
  select format('foreign key %I of table %s', conname, conrelid::regclass), owner::regrole::text,
    format('alter table %s drop constraint %I', conrelid::regclass, conname)
  from relation
  join pg_constraint on confrelid = relation.oid and contype = 'f' and conparentid = 0
  join pg_class on pg_class.oid = conrelid
  join pg_attribute on attrelid = conrelid and attnum = any (conkey)
  join pg_type on pg_type.oid = atttypid
  join foreign_object on classid = 'pg_class'::regclass and objid = conrelid and row_security_active(conrelid)
    or classid = 'pg_type'::regclass and objid in (atttypid, typbasetype)
  where $2 and has_schema_privilege(relnamespace, 'usage') and has_table_privilege(conrelid, 'select')
  order by what`;
