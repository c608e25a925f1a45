-- Runs share the lists that they name by digest, and later runs find a list by it. To lock a list against pruning the service
-- updates its digest to the same value, for which it needs the right to update it; another digest would replace the list.

create function voice_agent_sync.refuse_new_digest() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception 'The list % of finished runs keeps its digest', old.digest using errcode = 'object_not_in_prerequisite_state';
end
$$;

do $$
declare
  list text;
begin
  foreach list in array array['skip_list', 'discrepancy_list', 'warning_list'] loop
    execute format(
      'create trigger digest_stays before update on voice_agent_sync.%I
       for each row when (old.digest is distinct from new.digest)
       execute function voice_agent_sync.refuse_new_digest()',
      list
    );
  end loop;
end
$$;

select voice_agent_sync.close_to_others();
