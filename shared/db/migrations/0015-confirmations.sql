-- What a person confirmed is stored with the run: a continuation reads it from here, and an event of the bus carries none.

alter table voice_agent_sync.run
  add column confirmation jsonb,
  add column plan text,
  add column evidence_since timestamptz,
  add column stale_before timestamptz;
comment on column voice_agent_sync.run.confirmation is 'true or the plan token that a person sent with the run; null: nothing was confirmed.';
comment on column voice_agent_sync.run.plan is 'The token of what a guard blocked.';
comment on column voice_agent_sync.run.evidence_since is 'Of a partial run: when the first run of its chain began.';
comment on column voice_agent_sync.run.stale_before is 'Of a partial run: its continuation makes older observations again.';

drop trigger finished_run_stays on voice_agent_sync.run;
create trigger finished_run_stays
  before update of
    status, finished_at, duration_ms, phase, progress_done, progress_total, message, error_code, retell_calls, counts,
    health_score, health_status, discrepancies, summary, recommendations, skip_list_digest, confirmation, plan,
    evidence_since, stale_before
  on voice_agent_sync.run
  for each row
  when (old.status <> 'running' and old.error_code is distinct from 'died')
  execute function voice_agent_sync.refuse_change();
