-- A failed run says what to do and which request it was; a blocked one how many changes wait for a confirmation.

alter table voice_agent_sync.run
  add column hint text,
  add column request_id text,
  add column blocked integer check (blocked >= 0);
comment on column voice_agent_sync.run.hint is 'Of a failed or blocked run: what to do next.';
comment on column voice_agent_sync.run.request_id is 'Of a failed or blocked run: finds the log entries of its request or invocation.';
comment on column voice_agent_sync.run.blocked is 'How many changes a guard blocked.';

create trigger finished_run_keeps_failure
  before update of hint, request_id, blocked on voice_agent_sync.run
  for each row
  when (old.status <> 'running' and old.error_code is distinct from 'died')
  execute function voice_agent_sync.refuse_change();
