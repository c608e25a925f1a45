-- Creates the role of the service, with exactly the rights that it uses. Running this again does no harm, and is needed
-- after a migration. A deployment with the owner's secret does so. By hand, run it after the migrations, as the role that
-- owns the interviewer table and may create roles:
--   psql service=owner -f shared/db/service-role.sql
--   psql service=owner -c '\password voice_agent_sync_service'
-- One statement, so it does everything or nothing, through any client and any pooler.

do $$
declare
  platform_schema pg_catalog.text;
  interviewer pg_catalog.text;
  id_sequence pg_catalog.text;
  excess pg_catalog.record;
  setting pg_catalog.record;
  reference pg_catalog.record;
begin
  -- From here to the end of the transaction, only Postgres' own functions and operators are found without a schema.
  perform pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);

  -- Stored by the migrations.
  select interviewer_schema into strict platform_schema from voice_agent_sync.platform;
  interviewer := format('%I.interviewer', platform_schema);

  -- Correct attributes are not set again, because that requires rights which only the role's creator has.
  if to_regrole('voice_agent_sync_service') is null then
    create role voice_agent_sync_service login;
  end if;
  -- An existing role with other attributes, memberships or members is refused. From Postgres 16 on, its creator is a
  -- member: this is allowed for roles that may change the platform's table in any case. On RDS it signs in by rds_iam.
  select string_agg(finding, ', ') as findings, string_agg(remedy, '; ') as remedies into excess
  from (
    select 'has ' || upper(attribute), 'alter role voice_agent_sync_service no' || attribute
    from pg_roles
    cross join lateral (
      values ('superuser', rolsuper), ('createrole', rolcreaterole), ('createdb', rolcreatedb),
        ('replication', rolreplication), ('bypassrls', rolbypassrls)
    ) as power (attribute, given)
    where rolname = 'voice_agent_sync_service' and given
    union all
    select format('belongs to %I', rolname), format('revoke %I from voice_agent_sync_service', rolname)
    from pg_auth_members join pg_roles on pg_roles.oid = roleid
    where member = 'voice_agent_sync_service'::regrole and rolname <> 'rds_iam'
    union all
    select format('has the member %I', rolname), format('revoke voice_agent_sync_service from %I cascade', rolname)
    from pg_auth_members join pg_roles on pg_roles.oid = member
    where roleid = 'voice_agent_sync_service'::regrole and not rolsuper and rolname <> current_user
      and not exists (select from pg_class where pg_class.oid = interviewer::regclass and relowner = member)
      and not exists (select from pg_database where datname = current_database() and datdba = member)
  ) as found (finding, remedy);
  if excess.findings is not null then
    raise exception 'The role voice_agent_sync_service %', excess.findings using
      errcode = 'object_not_in_prerequisite_state',
      hint = format(
        'Unless it was made for the service: drop role voice_agent_sync_service. Otherwise, as a superuser: %s.', excess.remedies
      );
  end if;
  if not has_database_privilege('voice_agent_sync_service', current_database(), 'connect') then
    execute format('grant connect on database %I to voice_agent_sync_service', current_database());
  end if;
  -- Settings that poolers do not let clients set. Unqualified functions and operators are those of Postgres, whatever other
  -- roles create. The last limit is for a service that is frozen in the middle of a transaction. All other settings, which
  -- the role itself may have made, are reset.
  for setting in
    with wanted (statement, place, parameter) as (
      values
        (
          format('in database %I set search_path = pg_catalog, pg_temp', current_database()),
          current_database(), 'search_path=pg_catalog, pg_temp'
        ),
        ('set datestyle = ''ISO, MDY''', null, 'DateStyle=ISO, MDY'),
        ('set statement_timeout = ''1min''', null, 'statement_timeout=1min'),
        ('set lock_timeout = ''30s''', null, 'lock_timeout=30s'),
        ('set idle_in_transaction_session_timeout = ''30s''', null, 'idle_in_transaction_session_timeout=30s')
    ), found (place, parameter) as (
      select datname, unnest(setconfig)
      from pg_db_role_setting left join pg_database on pg_database.oid = setdatabase
      where setrole = 'voice_agent_sync_service'::regrole and (setdatabase = 0 or datname = current_database())
    )
    select concat('in database ' || quote_ident(place) || ' ', 'reset ', quote_ident(split_part(parameter, '=', 1))) as statement
    from found
    where not exists (
      select from wanted
      where wanted.place is not distinct from found.place
        and split_part(wanted.parameter, '=', 1) = split_part(found.parameter, '=', 1)
    )
    union all
    select statement from wanted
    where not exists (
      select from found where found.place is not distinct from wanted.place and found.parameter = wanted.parameter
    )
  loop
    begin
      execute format('alter role voice_agent_sync_service %s', setting.statement);
    exception when insufficient_privilege then
      raise warning 'As the maker of the role, run: alter role voice_agent_sync_service %', setting.statement;
    end;
  end loop;

  execute format('grant usage on schema %I to voice_agent_sync_service', platform_schema);
  -- Includes the tables of later migrations.
  perform voice_agent_sync.close_to_others();
  execute format('revoke all on %s from voice_agent_sync_service', interviewer);
  revoke all on all tables in schema voice_agent_sync from voice_agent_sync_service;
  revoke all on all functions in schema voice_agent_sync from voice_agent_sync_service;

  -- The platform's table: the role may set the platform's columns when it inserts a row, but not change them afterwards.
  -- The migrations list the columns that Retell owns.
  execute format('grant select, insert, delete on %s to voice_agent_sync_service', interviewer);
  execute format(
    'grant update (agent_id, name, orphaned_at, orphan_reason, last_synced_at, sync_status, %s)
     on %s to voice_agent_sync_service',
    (select string_agg(quote_ident(name), ', ') from voice_agent_sync.synced_column),
    interviewer
  );
  -- Created only once, because it waits for every user of the table, and all later ones wait for it.
  if not exists (
    select from pg_policy where polrelid = interviewer::regclass and polname = 'voice_agent_sync_service'
  ) then
    execute format(
      'create policy voice_agent_sync_service on %s for all to voice_agent_sync_service using (true) with check (true)',
      interviewer
    );
  end if;
  id_sequence := pg_get_serial_sequence(interviewer, 'id');
  if id_sequence is not null then
    execute format('grant usage on sequence %s to voice_agent_sync_service', id_sequence);
  end if;

  -- A cleanup must know which rows are referred to: it may read the referring columns and nothing else of those tables.
  -- A reference that it cannot read counts as a reference to every row, so that all rows are kept.
  for reference in
    select distinct pg_constraint.conrelid::regclass as source, nspname, quote_ident(attname) as referring
    from pg_constraint
    join pg_class on pg_class.oid = pg_constraint.conrelid
    join pg_namespace on pg_namespace.oid = relnamespace
    join pg_attribute on attrelid = pg_constraint.conrelid and attnum = any (conkey)
    where contype = 'f' and confrelid = interviewer::regclass
  loop
    begin
      execute format('grant usage on schema %I to voice_agent_sync_service', reference.nspname);
      execute format('grant select (%s) on %s to voice_agent_sync_service', reference.referring, reference.source);
    exception when insufficient_privilege then
      -- The table may belong to any role that may refer to interviewers; such a role must not stop a deployment.
      raise warning 'Cleanups keep every row, as they cannot read %. As its owner, run: grant select (%) on % to voice_agent_sync_service',
        reference.source, reference.referring, reference.source;
    end;
  end loop;

  -- The system's own tables: the role may add to the history and the archive, but not rewrite them, and delete only what
  -- is old. When and why a run began is set once.
  grant usage on schema voice_agent_sync to voice_agent_sync_service;
  grant select on voice_agent_sync.migration, voice_agent_sync.platform to voice_agent_sync_service;
  grant select, insert (kind, trigger, phase, undoes), update (
    status, finished_at, duration_ms, phase, progress_done, progress_total, message, error_code, retell_calls, counts,
    health_score, health_status, discrepancies, summary, recommendations, skip_list_digest, discrepancy_list_digest,
    warning_list_digest, confirmation, plan, evidence_since, stale_before, hint, request_id, blocked
  ) on voice_agent_sync.run to voice_agent_sync_service;
  grant select, insert on voice_agent_sync.audit_log to voice_agent_sync_service;
  grant select, insert, update (digest) on
    voice_agent_sync.skip_list, voice_agent_sync.discrepancy_list, voice_agent_sync.warning_list to voice_agent_sync_service;
  grant select, insert, update on voice_agent_sync.conflict to voice_agent_sync_service;
  grant execute on function voice_agent_sync.prune_history, voice_agent_sync.prune_unknown_agents to voice_agent_sync_service;
  grant select, insert, update (restored_at) on voice_agent_sync.archived_interviewer to voice_agent_sync_service;
  grant select, insert, update on voice_agent_sync.retell_agent, voice_agent_sync.agreement to voice_agent_sync_service;
  -- Counters of webhook events: bounded by their keys, and pruned with the history.
  grant select, insert, update on voice_agent_sync.webhook_count, voice_agent_sync.webhook_event to voice_agent_sync_service;
  grant usage on sequence voice_agent_sync.webhook_event_id_seq, voice_agent_sync.webhook_refused_slot,
    voice_agent_sync.webhook_invalid_slot to voice_agent_sync_service;
  grant select, insert, update, delete on voice_agent_sync.creation, voice_agent_sync.unread_agent to voice_agent_sync_service;
end
$$;
