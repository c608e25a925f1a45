-- What a run did stays told, whoever holds the service's password: a finished run is not changed any more, and only what is
-- older than a day is forgotten. Which rights the service has besides is in service-role.sql.

create function voice_agent_sync.refuse_change() returns trigger
language plpgsql
as $$
begin
  raise exception 'Run % is finished, and stays as it is', old.id using errcode = 'object_not_in_prerequisite_state';
end
$$;

-- One that was given up for dead may yet come to its end. The columns are those that the service may set.
create trigger finished_run_stays
  before update of
    status, finished_at, duration_ms, phase, progress_done, progress_total, message, error_code, retell_calls, counts,
    health_score, discrepancies, summary, recommendations, skip_list_digest
  on voice_agent_sync.run
  for each row
  when (old.status <> 'running' and old.error_code is distinct from 'died')
  execute function voice_agent_sync.refuse_change();

-- With its owner's rights, so that who calls it needs none of them.
create function voice_agent_sync.prune_history(keep_days integer) returns void
language sql
security definer
set search_path = pg_catalog, pg_temp
as $$
  -- Every listed agent is read daily, so one that was not read for so long is in no listing any more. A reading that the
  -- clock has long to come to, as it was set back, would pass for newer than whatever is read meanwhile.
  delete from voice_agent_sync.retell_agent
  where read_at < clock_timestamp() - make_interval(days => greatest(keep_days, 1))
    or read_at > clock_timestamp() + interval '1 minute';
  delete from voice_agent_sync.run
  where started_at < clock_timestamp() - make_interval(days => greatest(keep_days, 1));
  delete from voice_agent_sync.skip_list
  where not exists (select from voice_agent_sync.run where run.skip_list_digest = skip_list.digest);
$$;
revoke execute on function voice_agent_sync.prune_history(integer) from public;
