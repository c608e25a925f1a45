/** Finds rights with which other roles could run their own code with the rights of this system. */
import type { Client } from 'pg';
import { listForeignCode } from './foreign-code.ts';
import { firstRow } from './rows.ts';
import { trustedRoles } from './trusted-roles.ts';

interface OpenRight {
  readonly roles: string;
  readonly object: string;
  readonly rights: string;
}

/**
 * One line for each right, with the statement that revokes it. A role that may create in a schema can shadow Postgres'
 * own functions for all sessions with that schema in their search path; a trigger runs as the role that writes; and a
 * column that refers to the table can have a type whose cast then runs as the table's owner.
 */
export async function listOpenRights(client: Client, schema: string): Promise<readonly string[]> {
  const rights = await client.query<OpenRight>(OPEN_RIGHTS, [schema]);
  return [
    ...rights.rows.map(lineOfRight),
    ...(await listForeignCode(client, schema)),
    ...(await superuserLine(client, schema)),
  ];
}

const OPEN_RIGHTS = `
  with ${trustedRoles('$1')}, object (name, part, own, owner, acl) as (
    select format('schema %I', nspname), '', array['CREATE'], nspowner, coalesce(nspacl, acldefault('n', nspowner))
    from pg_namespace where nspname in ($1, 'voice_agent_sync')
    union all
    select format('table %I.%I', nspname, relname), '', array['TRIGGER', 'REFERENCES'], relowner,
      coalesce(relacl, acldefault('r', relowner))
    from pg_class join pg_namespace on pg_namespace.oid = relnamespace
    where nspname = $1 and relname = 'interviewer' or nspname = 'voice_agent_sync' and relkind in ('r', 'p')
    union all
    select format('table %I.interviewer', nspname), format(' (%I)', attname), array['REFERENCES'], relowner, attacl
    from place join pg_attribute on attrelid = interviewer
  ), open_right (name, granted, roles) as (
    select name, lower(privilege_type) || part, string_agg(role, ', ' order by role)
    from object
    cross join aclexplode(acl)
    left join pg_roles on pg_roles.oid = grantee
    cross join lateral (select case when grantee = 0 then 'public' else quote_ident(rolname) end) as named (role)
    where privilege_type = any (own) and grantee <> owner and grantee not in (select role from trusted)
      and rolname is distinct from current_user
    group by name, privilege_type, part
  )
  select name as object, string_agg(granted, ', ' order by granted) as rights, roles
  from open_right group by name, roles order by name, roles`;

function lineOfRight({ roles, object, rights }: OpenRight): string {
  const can = object.startsWith('schema ') ? 'create functions in' : 'put triggers on, or refer to,';
  return `Roles may ${can} the ${object}, and so run their code with the rights of others. Unless they need it: revoke ${rights} on ${object} from ${roles};`;
}

/** Any write runs code of the table's owner: checks, defaults, keys of indexes. */
async function superuserLine(client: Client, schema: string): Promise<readonly string[]> {
  const { rows } = await client.query<{ owner: string | null }>(
    `select (
       select owner.rolname::text
       from pg_class join pg_namespace on pg_namespace.oid = relnamespace
       join pg_roles as owner on owner.oid = relowner
       join pg_roles as migrating on migrating.rolname = current_user
       where nspname = $1 and relname = 'interviewer' and migrating.rolsuper and not owner.rolsuper
     ) as owner`,
    [schema],
  );
  const { owner } = firstRow(rows);
  if (owner === null) return [];
  return [
    `This connection is of a superuser, so that code which the role ${owner} gave its table interviewer runs with all rights. Connect as ${owner}.`,
  ];
}
