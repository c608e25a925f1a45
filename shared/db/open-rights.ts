/** Rights with which other roles could run their own code with the rights of this system. */
import type { Client } from 'pg';

interface OpenRight {
  readonly roles: string;
  readonly object: string;
  readonly right: 'CREATE' | 'TRIGGER';
}

/**
 * One line for each, with the statement that revokes it. A role that may create in a schema can shadow Postgres' own
 * functions for all sessions with that schema in their search path; a trigger runs as the role that writes.
 */
export async function listOpenRights(client: Client, schema: string): Promise<readonly string[]> {
  const { rows } = await client.query<OpenRight>(
    `with object (name, owner, acl) as (
       select format('schema %I', nspname), nspowner, coalesce(nspacl, acldefault('n', nspowner))
       from pg_namespace where nspname in ($1, 'voice_agent_sync')
       union all
       select format('table %I.%I', nspname, relname), relowner, coalesce(relacl, acldefault('r', relowner))
       from pg_class join pg_namespace on pg_namespace.oid = relnamespace
       where nspname = $1 and relname = 'interviewer'
     )
     select name as object, privilege_type as right, string_agg(role, ', ' order by role) as roles
     from object
     cross join aclexplode(acl)
     left join pg_roles on pg_roles.oid = grantee
     cross join lateral (select case when grantee = 0 then 'public' else quote_ident(rolname) end) as named (role)
     where privilege_type in ('CREATE', 'TRIGGER')
       and grantee <> owner and not coalesce(rolsuper, false)
       -- Its one member is the owner of the database.
       and rolname is distinct from 'pg_database_owner' and rolname is distinct from current_user
     group by name, privilege_type
     order by name`,
    [schema],
  );
  return rows.map(lineOf);
}

function lineOf({ roles, object, right }: OpenRight): string {
  const can = right === 'CREATE' ? 'create functions in' : 'put triggers on';
  return `Roles may ${can} the ${object}, and so run their code with the rights of others. Unless they need it: revoke ${right.toLowerCase()} on ${object} from ${roles};`;
}
