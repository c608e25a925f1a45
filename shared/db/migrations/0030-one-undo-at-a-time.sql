-- A run is undone by one undo at a time: of several that begin at the same moment, Postgres admits the first.

-- Earlier versions admitted several; only the newest running one may still have a process.
update voice_agent_sync.run set status = 'failed', finished_at = clock_timestamp(), error_code = 'died',
  message = 'The undo ended without a result, or another undo of the same run was running'
where status = 'running' and undoes is not null and exists (
  select from voice_agent_sync.run newer
  where newer.undoes = run.undoes and newer.status = 'running' and newer.id > run.id
);

create unique index run_one_undo on voice_agent_sync.run (undoes) where undoes is not null and status = 'running';
