-- A role with the right TRIGGER can replace a trigger of this system by another of the same name, or give its own such a name. The
-- definition of each of ours is kept in its comment, so that each start restores what was replaced.

create or replace function voice_agent_sync.follow_soft_deletes(interviewer regclass) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  ours constant name[] := array['voice_agent_sync_inserted_status', 'voice_agent_sync_updated_status'];
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

  -- In a trigger's arguments each one ends in a NUL. Only the table's owner writes the comments.
  if 2 = (
    select count(*) from pg_trigger
    where tgrelid = interviewer and encode(tgargs, 'escape') = coalesce(flag || '\000', '')
      and tgname = any (ours) and pg_get_triggerdef(pg_trigger.oid) = obj_description(pg_trigger.oid, 'pg_trigger')
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
  for fires in
    select tgname as name, pg_get_triggerdef(pg_trigger.oid) as definition
    from pg_trigger where tgrelid = interviewer and tgname = any (ours)
  loop
    execute format('comment on trigger %I on %s is %L', fires.name, interviewer, fires.definition);
  end loop;
  if flag is null then
    return;
  end if;

  -- As in 0001, the platform's triggers must not run with the owner's rights, nor those of partitions and heirs. No other role
  -- may make a trigger with the function of ours. A partition's copy of a trigger is switched with the table's.
  with recursive relation (oid) as (
    select interviewer::oid
    union
    select inhrelid from relation join pg_inherits on inhparent = relation.oid
  )
  select coalesce(jsonb_agg(jsonb_build_object('place', tgrelid::regclass::text, 'name', tgname, 'mode', tgenabled)), '[]')
  into modes
  from relation join pg_trigger on tgrelid = relation.oid
  where not tgisinternal and tgenabled in ('O', 'A')
    and tgfoid <> 'voice_agent_sync.complete_sync_status()'::regprocedure
    and not exists (
      select from pg_depend where classid = 'pg_trigger'::regclass and objid = pg_trigger.oid and deptype = 'P'
    );
  for fires in select * from jsonb_to_recordset(modes) as x (place text, name text) loop
    execute format('alter table %s disable trigger %I', fires.place, fires.name);
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
  for fires in select * from jsonb_to_recordset(modes) as x (place text, name text, mode text) loop
    execute format(
      'alter table %s enable %s trigger %I', fires.place, case fires.mode when 'A' then 'always' end, fires.name
    );
  end loop;
end
$$;

select voice_agent_sync.follow_soft_deletes('{interviewer}');
select voice_agent_sync.close_to_others();
