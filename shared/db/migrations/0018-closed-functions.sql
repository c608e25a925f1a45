-- A database that applied 0011 in its first form kept functions of ours open to all roles: this is its final form.

create or replace function voice_agent_sync.close_to_others() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  own_schema constant regnamespace := 'voice_agent_sync';
  object record;
begin
  for object in
    select pg_class.oid::regclass as name
    from pg_class
    where relnamespace = own_schema and relkind in ('r', 'p') and (relrowsecurity or relforcerowsecurity)
  loop
    execute format('alter table %s disable row level security, no force row level security', object.name);
  end loop;

  -- A grant that a person made for a role of their choice stays.
  for object in
    with access (kind, type, name, owner, acl) as (
      select 'schema', 'n'::"char", own_schema::text, nspowner, nspacl
      from pg_namespace where pg_namespace.oid = own_schema
      union all
      select case relkind when 'S' then 'sequence' else 'table' end, case relkind when 'S' then 'S'::"char" else 'r' end,
        pg_class.oid::regclass::text, relowner, relacl
      from pg_class where relnamespace = own_schema and relkind in ('r', 'p', 'v', 'm', 'S')
      union all
      select 'function', 'f', pg_proc.oid::regprocedure::text, proowner, coalesce(proacl, acldefault('f', proowner))
      from pg_proc where pronamespace = own_schema
    )
    select distinct kind, name, case entry.grantee when 0 then 'public' else entry.grantee::regrole::text end as grantee
    from access cross join aclexplode(acl) as entry
    where entry.grantee <> owner and (
      entry.grantee = 0 or exists (
        select from pg_default_acl cross join aclexplode(defaclacl) as given
        where defaclrole = owner and defaclnamespace = 0 and defaclobjtype = access.type and given.grantee = entry.grantee
      )
    )
  loop
    execute format('revoke all on %s %s from %s', object.kind, object.name, object.grantee);
  end loop;
end
$$;

select voice_agent_sync.close_to_others();
