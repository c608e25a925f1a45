-- An agent's settings that have no column of their own, for the platform to read: one more column that Retell owns.

alter table {interviewer} add column if not exists retell_metadata jsonb;
comment on column {interviewer}.retell_metadata is
  'Settings of the agent (model, speed, volume, ...) as the Retell API gives them. Owned by Retell: overwritten by each sync.';

do $$
begin
  if (select atttypid from pg_attribute where attrelid = '{interviewer}'::regclass and attname = 'retell_metadata')
    <> 'jsonb'::regtype
  then
    raise exception using
      message = 'interviewer.retell_metadata is not of type jsonb',
      hint = 'Rename or drop the platform''s own column retell_metadata, and run the migrations again.';
  end if;
end
$$;

-- What webhook_url and webhook_events say of a platform's network stays out of its own table, which browsers may read.
alter table voice_agent_sync.retell_agent
  add column metadata jsonb not null default '{}',
  add column webhook_url text,
  add column webhook_events text[];
comment on column voice_agent_sync.retell_agent.webhook_url is 'The agent''s own webhook URL; null: the account''s is used.';
comment on column voice_agent_sync.retell_agent.webhook_events is 'The events that the agent sends; null: the default ones.';

-- The stored observations lack the new fields: the next sync reads each agent again.
update voice_agent_sync.retell_agent set listed_timestamp = null;

-- The columns of interviewer that Retell owns: what the service may update. Each migration that adds one adds it here.
create table voice_agent_sync.synced_column (
  name text primary key
);
insert into voice_agent_sync.synced_column (name)
values ('voice_id'), ('agent_version'), ('language'), ('retell_modified_at'), ('retell_metadata');

-- A service role made before this migration gets the right to the new column.
do $$
declare
  service regrole;
begin
  for service in
    select distinct grantee::regrole
    from pg_attribute cross join aclexplode(attacl)
    where attrelid = '{interviewer}'::regclass and attname = 'voice_id' and privilege_type = 'UPDATE' and grantee <> 0
  loop
    execute format('grant update (retell_metadata) on {interviewer} to %s', service);
  end loop;
end
$$;

-- FoloUp names some rows otherwise than their agents: each side has its own name in the merge base.
alter table voice_agent_sync.agreement add column database_name text;
comment on column voice_agent_sync.agreement.name is 'The agent''s name when both sides last agreed.';
comment on column voice_agent_sync.agreement.database_name is 'The row''s name at that moment; null: the same.';
