-- Events with ids that Retell does not know leave observations behind: they are few, and kept for an hour at most.

alter table voice_agent_sync.retell_agent add column is_unknown boolean not null default false;
comment on column voice_agent_sync.retell_agent.is_unknown is
  'Retell has no such agent, no listing showed it, and no row and no pending push has it.';

update voice_agent_sync.retell_agent set is_unknown = true
where gone and listed_timestamp is null
  and not exists (select from {interviewer} where interviewer.agent_id = retell_agent.agent_id)
  and not exists (select from voice_agent_sync.agreement where agreement.agent_id = retell_agent.agent_id)
  and not exists (select from voice_agent_sync.creation where creation.agent_id = retell_agent.agent_id);

create index retell_agent_unknown on voice_agent_sync.retell_agent (read_at) where is_unknown;

create function voice_agent_sync.prune_unknown_agents(most integer) returns void
language sql
security definer
set search_path = pg_catalog, pg_temp
as $$
  -- Locked rows are another event's or run's to delete: two of them must not wait for each other.
  delete from voice_agent_sync.retell_agent
  where agent_id in (
    select agent_id from voice_agent_sync.retell_agent
    where is_unknown and (
      read_at < clock_timestamp() - interval '1 hour'
      or agent_id in (
        select agent_id from voice_agent_sync.retell_agent where is_unknown order by read_at desc offset greatest(most, 0)
      )
    )
    for update skip locked
  );
$$;
revoke execute on function voice_agent_sync.prune_unknown_agents(integer) from public;

select voice_agent_sync.close_to_others();

-- A service role made before this migration may call it, as it may prune the history.
do $$
declare
  service regrole;
begin
  for service in
    select distinct grantee::regrole
    from pg_proc cross join aclexplode(proacl)
    where pg_proc.oid = 'voice_agent_sync.prune_history(integer)'::regprocedure and privilege_type = 'EXECUTE'
      and grantee <> 0 and grantee <> proowner
  loop
    execute format('grant execute on function voice_agent_sync.prune_unknown_agents(integer) to %s', service);
  end loop;
end
$$;
