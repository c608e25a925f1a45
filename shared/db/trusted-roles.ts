/**
 * Roles that can run code with the rights of any writer of the platform's table in any case, without a right that we
 * grant.
 */

/**
 * The roles that may do anything to the table or its database in any case, as `trusted (role)`, and the schema with the
 * table, as `place`. The only member of pg_database_owner is the owner of the database.
 */
export function trustedRoles(schema: string): string {
  return `place as (
      select pg_namespace.oid, nspname, nspowner, nspacl, pg_class.oid as interviewer, relowner, datdba
      from pg_namespace
      join pg_class on relnamespace = pg_namespace.oid and relname = 'interviewer'
      join pg_database on datname = current_database()
      where nspname = ${schema}
    ), trusted (role) as (
      select oid from pg_roles where rolsuper or rolname = 'pg_database_owner'
      union all
      select unnest(array[nspowner, relowner, datdba]) from place
    )`;
}
