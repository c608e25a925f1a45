/**
 * For triggers of the platform whose functions rely on the writer's search path. They find the platform's schema,
 * unless other roles may create in it: such a role could make the function run its own code.
 */
import { DatabaseError } from 'pg';
import { type AppError, apiError } from '../errors.ts';
import { SQLSTATE } from './sqlstate.ts';
import { trustedRoles } from './trusted-roles.ts';

const UNRESOLVED: ReadonlySet<string | undefined> = new Set([
  SQLSTATE.undefinedTable,
  SQLSTATE.undefinedFunction,
  SQLSTATE.undefinedObject,
]);

/** Whether a function, and not the statement itself, used a name that is not in the search path. */
export function isUnresolvedInFunction(error: unknown): error is DatabaseError {
  return error instanceof DatabaseError && UNRESOLVED.has(error.code) && error.where !== undefined;
}

/**
 * Sets the platform's schema for the rest of the transaction, in a session that otherwise finds only Postgres' own
 * names. Not while another role may create in that schema, or has left code there that a function could find: also a
 * type, a view, or a table with triggers, rules or policies.
 */
export const ADD_PLATFORM_SCHEMA = `
  with ${trustedRoles('(select interviewer_schema::name from voice_agent_sync.platform)')}
  select set_config('search_path', format('pg_catalog, %I, pg_temp', nspname), true)
  from place
  where not exists (
      select from aclexplode(nspacl) where privilege_type = 'CREATE' and grantee not in (select role from trusted)
    )
    and not exists (select from pg_proc where pronamespace = place.oid and proowner not in (select role from trusted))
    and not exists (select from pg_operator where oprnamespace = place.oid and oprowner not in (select role from trusted))
    and not exists (
      select from pg_class where relnamespace = place.oid and relowner not in (select role from trusted)
        and (relkind = 'v' or relhasrules or relrowsecurity
          or exists (select from pg_trigger where tgrelid = pg_class.oid and not tgisinternal))
    )
    -- Neither the types that come with tables, nor arrays.
    and not exists (
      select from pg_type where typnamespace = place.oid and typowner not in (select role from trusted)
        and typtype in ('b', 'd', 'e', 'r', 'm') and typcategory <> 'A'
    )`;

export function unresolvedInFunction(cause: DatabaseError): AppError {
  const [place = ''] = cause.where?.split('\n') ?? [];
  return apiError('schema_mismatch', {
    message: `A trigger of the platform fails: ${cause.message} (${place}).`,
    hint: 'Give its function a search path of its own (alter function ... set search_path = public), or take the right to create in the schema of the interviewer table from other roles, and drop their functions, operators, types, views, and tables with code there.',
    cause,
  });
}
