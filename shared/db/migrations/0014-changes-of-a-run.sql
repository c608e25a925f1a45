-- What a run changed, as data: how long changes take to arrive is measured by it.

alter table voice_agent_sync.audit_log add column changes jsonb;
comment on column voice_agent_sync.audit_log.changes is 'A list of {field, from, to}; null: nothing that has values, or from before this column.';
