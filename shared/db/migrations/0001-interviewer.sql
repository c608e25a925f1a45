-- The platform's own table: taken over as it is found, or made as FoloUp has it. The sync columns and their rules are
-- added, an agent's second row becomes 'deleted', and nothing of the platform's is dropped or changed. In migrations
-- {interviewer} stands for the table's qualified name, and names without a schema are those of Postgres itself.

do $$
begin
  -- "create table if not exists" would ask for rights on the schema even where the table exists.
  if to_regclass('{interviewer}') is null then
    create table {interviewer} (
      id serial primary key,
      created_at timestamptz default now(),
      agent_id text,
      name text not null,
      description text not null,
      image text not null,
      audio text,
      empathy integer not null,
      exploration integer not null,
      rapport integer not null,
      speed integer not null
    );
  end if;
  if (select relkind from pg_class where oid = to_regclass('{interviewer}')) not in ('r', 'p') then
    raise exception using
      message = 'interviewer is not a table',
      hint = 'Put the schema that holds the interviewer table first in the search_path of the role in DATABASE_URL.';
  end if;
  -- A unique index of a partitioned table must include the partition key.
  if exists (
    select from pg_partitioned_table
    where partrelid = to_regclass('{interviewer}') and partattrs::text is distinct from (
      select attnum::text from pg_attribute where attrelid = partrelid and attname = 'agent_id'
    )
  ) then
    raise exception using
      message = format(
        'interviewer is partitioned by %s, so Postgres cannot keep each agent to one row',
        pg_get_partkeydef(to_regclass('{interviewer}'))
      ),
      hint = 'Move the rows to a table named interviewer that is not partitioned, or is by agent_id, and run the migrations '
        'again.';
  end if;
end
$$;

lock table {interviewer} in access exclusive mode;

-- What follows must see every row and must not set off the platform's triggers, those that fire always included: they
-- would stamp an updated_at, and run whatever they call with the owner's rights. Both are put back at the end; all of
-- this is one transaction.
select
  set_config('voice_agent_sync.forced', relforcerowsecurity::text, true),
  set_config(
    'voice_agent_sync.triggers',
    (
      select coalesce(jsonb_object_agg(tgname, tgenabled), '{}')::text
      from pg_trigger
      where tgrelid = '{interviewer}'::regclass and not tgisinternal and tgenabled in ('O', 'A')
    ),
    true
  )
from pg_class
where oid = '{interviewer}'::regclass;

do $$
declare
  trigger_name text;
begin
  if current_setting('voice_agent_sync.forced')::boolean then
    alter table {interviewer} no force row level security;
  end if;
  for trigger_name in select jsonb_object_keys(current_setting('voice_agent_sync.triggers')::jsonb) loop
    execute format('alter table {interviewer} disable trigger %I', trigger_name);
  end loop;
end
$$;

alter table {interviewer}
  add column if not exists voice_id text,
  add column if not exists agent_version integer,
  add column if not exists language text,
  add column if not exists retell_modified_at timestamptz,
  add column if not exists orphaned_at timestamptz,
  add column if not exists orphan_reason text,
  add column if not exists last_synced_at timestamptz,
  add column if not exists sync_status text not null default 'active';

-- Sync columns of earlier versions come as enums, short varchars, or timestamps without a time zone, which are UTC.
do $$
declare
  col record;
  dependents text;
begin
  for col in
    select
      a.attname as name,
      case t.typnamespace when 'pg_catalog'::regnamespace then format_type(a.atttypid, a.atttypmod) else t.typname end
        as found,
      wanted.type as wanted,
      case when a.atttypid = 'timestamp'::regtype then format('%I at time zone ''UTC''', a.attname)
           else format('%I::text::%s', a.attname, wanted.type)
      end as conversion
    from pg_attribute a
    join (values
      ('voice_id', 'text'), ('agent_version', 'integer'), ('language', 'text'), ('retell_modified_at', 'timestamptz'),
      ('orphaned_at', 'timestamptz'), ('orphan_reason', 'text'), ('last_synced_at', 'timestamptz'),
      ('sync_status', 'text')
    ) as wanted (name, type) on wanted.name = a.attname
    join pg_type t on t.oid = a.atttypid
    where a.attrelid = '{interviewer}'::regclass
      and a.atttypid <> wanted.type::regtype
      -- A varchar that is long enough does as it is; a limit is stored with 4 added.
      and not (
        wanted.type = 'text' and a.atttypid = 'varchar'::regtype
        and (a.atttypmod = -1 or a.atttypmod >= case wanted.name when 'sync_status' then 12 else 259 end)
      )
  loop
    begin
      execute format('alter table {interviewer} alter column %I drop default', col.name);
      execute format('alter table {interviewer} alter column %I type %s using %s', col.name, col.wanted, col.conversion);
    exception when others then
      select string_agg(distinct pg_describe_object(classid, objid, 0), ', ') into dependents
      from pg_depend
      join pg_attribute on attrelid = refobjid and attnum = refobjsubid
      where refclassid = 'pg_class'::regclass and refobjid = '{interviewer}'::regclass and attname = col.name
        and classid <> 'pg_attrdef'::regclass;
      raise exception using
        errcode = sqlstate,
        message = format('interviewer.%s is of type %s and cannot be made %s: %s', col.name, col.found, col.wanted, sqlerrm),
        hint = format('Drop what depends on interviewer.%s (%s), run the migrations, and create it again.',
          col.name, coalesce(dependents, 'a view, a rule, a policy, an index, a check'));
    end;
  end loop;
end
$$;

-- A check on sync_status alone that refuses our own values is one of an earlier version; it is replaced below.
do $$
declare
  rule record;
  bears_ours boolean;
begin
  for rule in
    select conname, pg_get_expr(conbin, conrelid) as expression
    from pg_constraint
    where conrelid = '{interviewer}'::regclass
      and contype = 'c'
      and conkey = array(
        select attnum from pg_attribute where attrelid = '{interviewer}'::regclass and attname = 'sync_status'
      )
  loop
    execute format(
      'select bool_and(%s) from (values (''active''::text), (''orphaned''), (''deleted'')) as ours (sync_status)',
      rule.expression
    ) into bears_ours;
    if not bears_ours then
      execute format('alter table {interviewer} drop constraint %I', rule.conname);
    end if;
  end loop;
end
$$;

-- The clock of an orphan of unknown age starts now: a cleanup must not remove it at once.
update {interviewer}
set
  sync_status = case when sync_status in ('orphaned', 'deleted') then sync_status else 'active' end,
  orphaned_at = case sync_status
    when 'orphaned' then coalesce(orphaned_at, now())
    when 'deleted' then orphaned_at
  end
where sync_status is null
  or sync_status not in ('active', 'orphaned', 'deleted')
  or (sync_status = 'orphaned' and orphaned_at is null)
  or (sync_status = 'active' and orphaned_at is not null);

-- A row that the platform soft-deleted is out of use.
do $$
begin
  if exists (
    select from pg_attribute
    where attrelid = '{interviewer}'::regclass and attname = 'deleted_at' and not attisdropped and not attnotnull
  ) then
    update {interviewer} set sync_status = 'deleted' where deleted_at is not null and sync_status <> 'deleted';
  end if;
end
$$;

-- Rows of different names that share an agent are no duplicates: which of them stays in use is the platform's decision.
do $$
declare
  shared record;
begin
  select
    agent_id,
    string_agg(format('%s (id %s)', to_json(coalesce(name, '')), id), ', ' order by id) as named,
    string_agg(quote_literal(id), ', ' order by id) filter (where id <> first) as others,
    count(*) over () as agents
  into shared
  from (
    select agent_id, name, id::text, min(id::text) over (partition by agent_id) as first
    from {interviewer}
    where agent_id <> '' and sync_status = 'active'
  ) as used
  group by agent_id
  having count(distinct lower(btrim(coalesce(name, '')))) > 1
  order by agent_id
  limit 1;
  if found then
    raise exception using
      message = format('Agent %s belongs to several interviewers in use, %s%s', shared.agent_id, shared.named,
        case when shared.agents > 1 then format(' (agents shared like this: %s)', shared.agents) end),
      hint = format('An agent has one interviewer: give the others agents of their own, or take them out of use with '
        '"alter table interviewer add column if not exists sync_status text; '
        'update interviewer set sync_status = ''deleted'' where id in (%s)", and run the migrations again.', shared.others);
  end if;
end
$$;

-- Of an agent's duplicates one stays in use: the active one, then one that a foreign key points to, then the oldest.
-- Numbers tell the age, other ids do not.
do $$
declare
  age text := 'id';
  is_referenced text := (
    select string_agg(
      format('exists (select from %s as referring where %s)', conrelid::regclass, (
        select string_agg(format('referring.%I = interviewer.%I', ours.attname, theirs.attname), ' and ')
        from unnest(conkey, confkey) as pair (our_key, their_key)
        join pg_attribute as ours on ours.attrelid = conrelid and ours.attnum = pair.our_key
        join pg_attribute as theirs on theirs.attrelid = confrelid and theirs.attnum = pair.their_key
      )),
      ' or '
    )
    from pg_constraint
    join pg_class on pg_class.oid = conrelid
    where contype = 'f' and confrelid = '{interviewer}'::regclass and conparentid = 0
      and has_schema_privilege(relnamespace, 'usage') and has_table_privilege(conrelid, 'select')
  );
begin
  if exists (
    select from pg_attribute
    where attrelid = '{interviewer}'::regclass and attname = 'id'
      and atttypid not in ('smallint'::regtype, 'integer'::regtype, 'bigint'::regtype)
  ) and exists (
    select from pg_attribute where attrelid = '{interviewer}'::regclass and attname = 'created_at' and not attisdropped
  ) then
    age := 'created_at nulls last, id';
  end if;
  execute format(
    $update$
      update {interviewer}
      set sync_status = 'deleted'
      from (
        select
          tableoid as part,
          ctid as place,
          row_number() over (partition by agent_id order by sync_status = 'active' desc, %s desc, %s) as rank
        from {interviewer}
        where sync_status <> 'deleted' and agent_id in (
          select agent_id from {interviewer}
          where agent_id <> '' and sync_status <> 'deleted'
          group by agent_id having count(*) > 1
        )
      ) as ranked
      where interviewer.tableoid = ranked.part and interviewer.ctid = ranked.place and ranked.rank > 1
    $update$,
    coalesce('(' || is_referenced || ')', 'false'),
    age
  );
end
$$;

alter table {interviewer}
  alter column sync_status set default 'active',
  alter column sync_status set not null,
  add constraint interviewer_sync_status_known check (sync_status in ('active', 'orphaned', 'deleted')),
  add constraint interviewer_orphan_has_date check (sync_status <> 'orphaned' or orphaned_at is not null),
  add constraint interviewer_active_has_no_orphan_date check (sync_status <> 'active' or orphaned_at is null);

-- The database sees to it that no agent gets two rows, whoever writes at the same time.
create unique index interviewer_one_row_per_agent
  on {interviewer} (agent_id)
  where agent_id <> '' and sync_status <> 'deleted';

comment on column {interviewer}.agent_version is 'Version of the agent that the row shows.';
comment on column {interviewer}.retell_modified_at is 'last_modification_timestamp of that version.';
comment on column {interviewer}.orphaned_at is 'Since when the agent is known to be gone or no longer eligible; cleanup counts from here.';
comment on column {interviewer}.last_synced_at is 'When the row was last found or made equal to the agent.';
comment on column {interviewer}.sync_status is 'active; orphaned: its agent is gone or not eligible; deleted: out of use, never brought back by a sync.';

do $$
declare
  fires record;
begin
  for fires in select * from jsonb_each_text(current_setting('voice_agent_sync.triggers')::jsonb) as x (name, mode) loop
    execute format(
      'alter table {interviewer} enable %s trigger %I', case fires.mode when 'A' then 'always' end, fires.name
    );
  end loop;
  if current_setting('voice_agent_sync.forced')::boolean then
    alter table {interviewer} force row level security;
  end if;
  -- Without a policy of its own this role would see no row, and take every agent for a new one.
  if row_security_active('{interviewer}') then
    create policy voice_agent_sync on {interviewer} for all to current_user using (true) with check (true);
  end if;
end
$$;
