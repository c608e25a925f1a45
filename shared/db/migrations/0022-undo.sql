-- An undo is a run that names the run it undid, and puts back the names that the log of that run has.

alter table voice_agent_sync.run drop constraint run_kind_check;
alter table voice_agent_sync.run add constraint run_kind_check check (
  kind in ('sync', 'sync_agent', 'audit', 'scheduled', 'cleanup', 'restore', 'undo', 'webhook')
);

alter table voice_agent_sync.run add column undoes bigint;
comment on column voice_agent_sync.run.undoes is 'The run that this one undid.';
create index run_undoes on voice_agent_sync.run (undoes) where undoes is not null;

alter table voice_agent_sync.audit_log add column names jsonb;
comment on column voice_agent_sync.audit_log.names is
  'The names of both sides that an undo puts back, and those that the change left: {before, after}, each {retell_name, database_name}. null: no name changed, or from before this column.';
