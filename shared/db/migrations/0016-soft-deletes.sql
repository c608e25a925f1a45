-- A row that the platform soft-deletes is out of use, whatever its column is called, and also if the platform adds that column
-- after the first migration: each migration calls follow_soft_deletes.

create or replace function voice_agent_sync.complete_sync_status() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  -- The platform's soft-delete column is this trigger's argument, if there is one: a time, or a boolean.
  is_soft_deleted boolean := tg_nargs > 0 and coalesce(to_jsonb(new) ->> tg_argv[0], 'false') <> 'false';
  was_soft_deleted boolean :=
    tg_op = 'UPDATE' and tg_nargs > 0 and coalesce(to_jsonb(old) ->> tg_argv[0], 'false') <> 'false';
  sets_date boolean := tg_op = 'UPDATE' and new.orphaned_at is distinct from old.orphaned_at;
  has_another_row boolean;
begin
  if new.sync_status is null or new.sync_status in ('', 'synced', 'pending', 'stale', 'error', 'failed', 'new') then
    new.sync_status := 'active';
  elsif new.sync_status not in ('active', 'orphaned', 'deleted') then
    raise exception using
      errcode = 'check_violation',
      message = format('interviewer.sync_status cannot be "%s"', new.sync_status),
      hint = 'Set it to active, orphaned or deleted; synced, pending, stale, error, failed and new count as active.';
  end if;

  if is_soft_deleted then
    new.sync_status := 'deleted';
  elsif was_soft_deleted and new.sync_status = 'deleted' then
    execute format(
      'select exists (select from %s where agent_id = $1 and agent_id <> '''' and sync_status <> ''deleted'')',
      tg_relid::regclass
    ) into has_another_row using new.agent_id;
    if not has_another_row then
      new.sync_status := 'active';
    end if;
  end if;

  -- A statement that sets the date itself says what it means: the checks judge it.
  if new.sync_status = 'active' then
    if tg_op = 'UPDATE' and not sets_date then
      new.orphaned_at := null;
    end if;
    new.orphan_reason := null;
  elsif new.sync_status = 'orphaned' and not sets_date then
    -- The age of an orphan that was something else before starts now: a cleanup must not remove it at once.
    if new.orphaned_at is null or (tg_op = 'UPDATE' and old.sync_status <> 'orphaned') then
      new.orphaned_at := clock_timestamp();
    end if;
    new.orphan_reason := coalesce(new.orphan_reason, 'Orphaned by a statement from outside this system');
  end if;
  return new;
end
$$;

create function voice_agent_sync.follow_soft_deletes(interviewer regclass) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  flag text;
  -- Of a row, whose name takes the place of %s.
  is_set text;
  modes jsonb;
  agents text[];
  fires record;
begin
  select
    attname,
    case atttypid when 'boolean'::regtype then format('%%s.%I', attname) else format('(%%s.%I is not null)', attname) end
  into flag, is_set
  from pg_attribute
  where attrelid = interviewer and not attisdropped
    and (
      attname in ('deleted_at', 'deletedAt') and atttypid <> 'boolean'::regtype and not attnotnull
      or attname in ('is_deleted', 'isDeleted', 'deleted') and atttypid = 'boolean'::regtype
    )
  order by attname = 'deleted_at' desc, attnum
  limit 1;

  -- In a trigger's arguments each one ends in a NUL.
  if 2 = (
    select count(*) from pg_trigger
    where tgrelid = interviewer and encode(tgargs, 'escape') = coalesce(flag || '\000', '')
      and tgname in ('voice_agent_sync_inserted_status', 'voice_agent_sync_updated_status')
  ) then
    return;
  end if;

  execute format('drop trigger if exists voice_agent_sync_inserted_status on %s', interviewer);
  execute format('drop trigger if exists voice_agent_sync_updated_status on %s', interviewer);
  execute format(
    'create trigger voice_agent_sync_inserted_status before insert on %s
     for each row when (new.sync_status is distinct from ''active'' %s)
     execute function voice_agent_sync.complete_sync_status(%s)',
    interviewer, 'or ' || format(is_set, 'new'), quote_literal(flag)
  );
  execute format(
    'create trigger voice_agent_sync_updated_status before update of sync_status %s on %s
     for each row when (new.sync_status is distinct from old.sync_status %s)
     execute function voice_agent_sync.complete_sync_status(%s)',
    ', ' || quote_ident(flag), interviewer, 'or ' || format(is_set, 'new') || ' is distinct from ' || format(is_set, 'old'),
    quote_literal(flag)
  );
  if flag is null then
    return;
  end if;

  -- As in 0001, the platform's triggers must not run with the owner's rights.
  select coalesce(jsonb_object_agg(tgname, tgenabled), '{}') into modes
  from pg_trigger
  where tgrelid = interviewer and not tgisinternal and tgenabled in ('O', 'A') and tgname not like 'voice_agent_sync%';
  for fires in select * from jsonb_each_text(modes) as x (name, mode) loop
    execute format('alter table %s disable trigger %I', interviewer, fires.name);
  end loop;
  execute format(
    'with marked as (
       update %1$s as entry set sync_status = ''deleted'' where %2$s and sync_status <> ''deleted'' returning agent_id
     )
     select array_agg(agent_id::text) filter (where agent_id <> '''') from marked',
    interviewer, format(is_set, 'entry')
  ) into agents;
  -- A row of the same agent that 0001 took for a duplicate of the soft-deleted one is the one in use.
  execute format(
    'update %1$s as entry set sync_status = ''active''
     from (select distinct on (agent_id) agent_id, id from %1$s as spare
       where agent_id = any ($1) and %2$s is not true order by agent_id, id) as spared
     where entry.agent_id = spared.agent_id and entry.id = spared.id
       and not exists (
         select from %1$s as used where used.agent_id = entry.agent_id and used.sync_status <> ''deleted''
       )',
    interviewer, format(is_set, 'spare')
  ) using agents;
  for fires in select * from jsonb_each_text(modes) as x (name, mode) loop
    execute format(
      'alter table %s enable %s trigger %I', interviewer, case fires.mode when 'A' then 'always' end, fires.name
    );
  end loop;
end
$$;

select voice_agent_sync.follow_soft_deletes('{interviewer}');
select voice_agent_sync.close_to_others();
