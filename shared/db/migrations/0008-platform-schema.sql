-- Where the platform's table is, noted by the migrations (migrate.ts): the service finds it here and by no search path.

create table voice_agent_sync.platform (
  only_row boolean primary key default true check (only_row),
  interviewer_schema text not null
);
comment on table voice_agent_sync.platform is 'The schema of the interviewer table that is kept in sync.';

alter function voice_agent_sync.refuse_change() set search_path = pg_catalog, pg_temp;
