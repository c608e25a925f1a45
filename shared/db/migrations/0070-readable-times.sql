-- A time that neither Postgres nor JavaScript can hold would stop every comparison: such observations are made again.

delete from voice_agent_sync.retell_agent
where last_modification_timestamp not between 0 and 8640000000000000;

alter table voice_agent_sync.retell_agent add constraint retell_agent_readable_time
  check (last_modification_timestamp between 0 and 8640000000000000) not valid;
alter table voice_agent_sync.retell_agent validate constraint retell_agent_readable_time;

comment on column voice_agent_sync.retell_agent.seen_version is
  'The newest version that a webhook named: it is read once within a minute, whatever Retell returns.';
