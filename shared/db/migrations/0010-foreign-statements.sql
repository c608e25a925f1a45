-- The statements of the platform and of the system before this one keep working: they set sync_status alone, to words that
-- the checks of 0001 refuse, or soft-delete a row with a column of the platform's own.

create function voice_agent_sync.complete_sync_status() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  -- The platform's soft-delete column is this trigger's argument, if there is one.
  is_soft_deleted boolean := tg_nargs > 0 and to_jsonb(new) ->> tg_argv[0] is not null;
  was_soft_deleted boolean := tg_op = 'UPDATE' and tg_nargs > 0 and to_jsonb(old) ->> tg_argv[0] is not null;
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

-- The conditions keep this system's own statements from calling the function for rows that are active and stay so.
do $$
declare
  soft_deletes boolean := exists (
    select from pg_attribute
    where attrelid = '{interviewer}'::regclass and attname = 'deleted_at' and not attisdropped and not attnotnull
  );
begin
  execute format(
    'create trigger voice_agent_sync_inserted_status before insert on {interviewer}
     for each row when (new.sync_status is distinct from ''active'' %s)
     execute function voice_agent_sync.complete_sync_status(%s)',
    case when soft_deletes then 'or new.deleted_at is not null' end,
    case when soft_deletes then 'deleted_at' end
  );
  execute format(
    'create trigger voice_agent_sync_updated_status before update of sync_status %s on {interviewer}
     for each row when (new.sync_status is distinct from old.sync_status %s)
     execute function voice_agent_sync.complete_sync_status(%s)',
    case when soft_deletes then ', deleted_at' end,
    case when soft_deletes then 'or new.deleted_at is distinct from old.deleted_at' end,
    case when soft_deletes then 'deleted_at' end
  );
end
$$;
