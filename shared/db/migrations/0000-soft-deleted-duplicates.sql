-- 0001 keeps one row of each agent in use, and knows of soft-deleted rows by the column deleted_at alone. Under another name
-- it could take the soft-deleted row: refused with the statement that says which rows are out of use.

do $$
declare
  is_set text;
  agent text;
begin
  if to_regclass('{interviewer}') is null or to_regclass('voice_agent_sync.retell_agent') is not null then
    return;
  end if;
  select case atttypid when 'boolean'::regtype then quote_ident(attname) else format('%I is not null', attname) end
  into is_set
  from pg_attribute
  where attrelid = to_regclass('{interviewer}') and not attisdropped
    and (
      attname in ('deleted_at', 'deletedAt') and atttypid <> 'boolean'::regtype and not attnotnull
      or attname in ('is_deleted', 'isDeleted', 'deleted') and atttypid = 'boolean'::regtype
    )
  order by attname = 'deleted_at' desc, attnum
  limit 1;
  if is_set is null or is_set = 'deleted_at is not null' then
    return;
  end if;
  execute format(
    'select agent_id from {interviewer}
     where agent_id <> '''' and to_jsonb(interviewer) ->> ''sync_status'' is distinct from ''deleted''
     group by agent_id having bool_or(%1$s) and not bool_and(coalesce(%1$s, false))
     order by agent_id limit 1',
    is_set
  ) into agent;
  if agent is not null then
    raise exception using
      message = format('Agent %s has a soft-deleted interviewer (%s) beside another one', agent, is_set),
      hint = format('Take the soft-deleted ones out of use with "alter table interviewer add column if not exists sync_status '
        'text; update interviewer set sync_status = ''deleted'' where %s", and run the migrations again.', is_set);
  end if;
end
$$;
