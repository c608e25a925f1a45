/**
 * For triggers of the platform whose functions rely on the search path of the session that writes. They find the platform's
 * schema, unless other roles may create in it: such a role could make the function run its own code.
 */
import { DatabaseError } from 'pg';
import { AppError } from '../errors.ts';
import { SQLSTATE } from './sqlstate.ts';

const UNRESOLVED: ReadonlySet<string | undefined> = new Set([
  SQLSTATE.undefinedTable,
  SQLSTATE.undefinedFunction,
  SQLSTATE.undefinedObject,
]);

/** Whether a function, and not the statement itself, named something that the search path does not lead to. */
export function isUnresolvedInFunction(error: unknown): error is DatabaseError {
  return error instanceof DatabaseError && UNRESOLVED.has(error.code) && error.where !== undefined;
}

/** For the rest of the transaction. Only the privilege CREATE matters, except that of the owner and of superusers. */
export const ADD_PLATFORM_SCHEMA = `
  select pg_catalog.set_config('search_path', pg_catalog.format('pg_catalog, %I, pg_temp', nspname), true)
  from voice_agent_sync.platform
  join pg_catalog.pg_namespace on nspname operator(pg_catalog.=) interviewer_schema::pg_catalog.name
  where not exists (
    select from pg_catalog.aclexplode(nspacl)
    left join pg_catalog.pg_roles on pg_roles.oid operator(pg_catalog.=) grantee
    where privilege_type operator(pg_catalog.=) 'CREATE'
      and grantee operator(pg_catalog.<>) nspowner
      and coalesce(rolname operator(pg_catalog.<>) 'pg_database_owner' and not rolsuper, true)
  )`;

export function unresolvedInFunction(cause: DatabaseError): AppError {
  const [place = ''] = cause.where?.split('\n') ?? [];
  return new AppError({
    status: 503,
    code: 'schema_mismatch',
    message: `A trigger of the platform fails: ${cause.message} (${place}).`,
    hint: 'Give its function a search path of its own (alter function ... set search_path = public), or take the right to create in the schema of the interviewer table from other roles: the start and a deployment name them.',
    cause,
  });
}
