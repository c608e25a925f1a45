-- Which run holds a claim: its statements may be sent twice, and it may come back when another run has taken over.

alter table voice_agent_sync.agreement add column push_run_id bigint;
comment on column voice_agent_sync.agreement.push_run_id is 'The run that claimed the push at push_started_at.';

alter table voice_agent_sync.creation add column run_id bigint;
comment on column voice_agent_sync.creation.run_id is 'The run that claimed the creation at started_at.';
