-- The warnings of a run, with their codes and agents: equal lists once, as with the discrepancies.

create table voice_agent_sync.warning_list (
  digest text primary key,
  entries jsonb not null
);
comment on table voice_agent_sync.warning_list is
  'The warnings of a run (code, text, action, agent_ids), stored once for each distinct list.';

alter table voice_agent_sync.run add column warning_list_digest text references voice_agent_sync.warning_list;
create index run_warning_list on voice_agent_sync.run (warning_list_digest) where warning_list_digest is not null;

drop trigger finished_run_stays on voice_agent_sync.run;
create trigger finished_run_stays
  before update of
    status, finished_at, duration_ms, phase, progress_done, progress_total, message, error_code, retell_calls, counts,
    health_score, health_status, discrepancies, summary, recommendations, skip_list_digest, discrepancy_list_digest,
    warning_list_digest, confirmation, plan, evidence_since, stale_before
  on voice_agent_sync.run
  for each row
  when (old.status <> 'running' and old.error_code is distinct from 'died')
  execute function voice_agent_sync.refuse_change();

create or replace function voice_agent_sync.prune_history(keep_days integer) returns void
language sql
security definer
set search_path = pg_catalog, pg_temp
as $$
  -- Every listed agent is read daily, so an agent that was not read for so long is in no listing. An observation dated
  -- in the future, because the clock was set back, would pass for newer than those made until then.
  delete from voice_agent_sync.retell_agent
  where read_at < clock_timestamp() - make_interval(days => greatest(keep_days, 1))
    or read_at > clock_timestamp() + interval '1 minute';
  delete from voice_agent_sync.run
  where started_at < clock_timestamp() - make_interval(days => greatest(keep_days, 1));
  delete from voice_agent_sync.skip_list
  where not exists (select from voice_agent_sync.run where run.skip_list_digest = skip_list.digest);
  delete from voice_agent_sync.discrepancy_list
  where not exists (select from voice_agent_sync.run where run.discrepancy_list_digest = discrepancy_list.digest);
  delete from voice_agent_sync.warning_list
  where not exists (select from voice_agent_sync.run where run.warning_list_digest = warning_list.digest);
  delete from voice_agent_sync.conflict
  where acknowledged_at < clock_timestamp() - make_interval(days => greatest(keep_days, 1));
  delete from voice_agent_sync.webhook_count
  where hour < clock_timestamp() - make_interval(days => greatest(keep_days, 1));
$$;

select voice_agent_sync.close_to_others();
