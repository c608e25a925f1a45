-- The role that the service works as, with the rights that it uses and no others; running this again does no harm.
-- Run it after the migrations, as the role that owns the interviewer table (and may create roles):
--   psql "$OWNER_DATABASE_URL" -f shared/db/service-role.sql
--   psql "$OWNER_DATABASE_URL" -c '\password voice_agent_sync_service'

do $$
begin
  if to_regrole('voice_agent_sync_service') is null then
    create role voice_agent_sync_service login;
  end if;
end
$$;

-- A service that was frozen in the middle of a transaction holds no lock for longer.
alter role voice_agent_sync_service set idle_in_transaction_session_timeout = '30s';

-- The platform's table: what the platform owns in a row can be set when it is made, and not be changed after.
grant select, insert, delete on interviewer to voice_agent_sync_service;
grant update (
  agent_id, name, voice_id, agent_version, language, retell_modified_at, orphaned_at, orphan_reason, last_synced_at,
  sync_status
) on interviewer to voice_agent_sync_service;

drop policy if exists voice_agent_sync_service on interviewer;
create policy voice_agent_sync_service on interviewer for all to voice_agent_sync_service using (true) with check (true);

do $$
declare
  place name;
  numbers text := pg_get_serial_sequence('interviewer', 'id');
  reference record;
begin
  select nspname into place
  from pg_class join pg_namespace on pg_namespace.oid = relnamespace
  where pg_class.oid = 'interviewer'::regclass;
  execute format('grant usage on schema %I to voice_agent_sync_service', place);
  execute format('alter role voice_agent_sync_service in database %I set search_path = %I', current_database(), place);
  if numbers is not null then
    execute format('grant usage on sequence %s to voice_agent_sync_service', numbers);
  end if;

  -- A cleanup asks which rows something refers to: it sees the referring columns and nothing else of those tables.
  -- A reference that it cannot see is taken for one to every row, which is then kept.
  for reference in
    select distinct pg_constraint.conrelid::regclass as source, nspname, quote_ident(attname) as referring
    from pg_constraint
    join pg_class on pg_class.oid = pg_constraint.conrelid
    join pg_namespace on pg_namespace.oid = relnamespace
    join pg_attribute on attrelid = pg_constraint.conrelid and attnum = any (conkey)
    where contype = 'f' and confrelid = 'interviewer'::regclass
  loop
    execute format('grant usage on schema %I to voice_agent_sync_service', reference.nspname);
    execute format('grant select (%s) on %s to voice_agent_sync_service', reference.referring, reference.source);
  end loop;
end
$$;

-- What the system remembers: the log and the archive can be added to, but not be rewritten.
grant usage on schema voice_agent_sync to voice_agent_sync_service;
grant select on voice_agent_sync.migration to voice_agent_sync_service;
grant select, insert, update, delete on
  voice_agent_sync.run, voice_agent_sync.skip_list, voice_agent_sync.retell_agent, voice_agent_sync.creation
  to voice_agent_sync_service;
grant select, insert, update on voice_agent_sync.agreement to voice_agent_sync_service;
grant select, insert on voice_agent_sync.audit_log to voice_agent_sync_service;
grant select, insert, update (restored_at) on voice_agent_sync.archived_interviewer to voice_agent_sync_service;
