-- The health in a word as it was at the time of a run, which its score alone does not say.

alter table voice_agent_sync.run add column health_status text;
comment on column voice_agent_sync.run.health_status is
  'excellent, good, fair or poor; at most fair while an active interviewer has no agent. null: not scored, or from before this column.';

drop trigger finished_run_stays on voice_agent_sync.run;
create trigger finished_run_stays
  before update of
    status, finished_at, duration_ms, phase, progress_done, progress_total, message, error_code, retell_calls, counts,
    health_score, health_status, discrepancies, summary, recommendations, skip_list_digest
  on voice_agent_sync.run
  for each row
  when (old.status <> 'running' and old.error_code is distinct from 'died')
  execute function voice_agent_sync.refuse_change();
