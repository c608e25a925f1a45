-- A name is agreed on between an agent and a row: another row, or the same one made anew, meets the agent for the first time.

alter table voice_agent_sync.agreement add column interviewer_id text;
comment on column voice_agent_sync.agreement.interviewer_id is
  'The row that agreed on the name; null: not known, noted before rows were.';

update voice_agent_sync.agreement
set interviewer_id = interviewer.id::text
from {interviewer}
where interviewer.agent_id = agreement.agent_id and interviewer.sync_status <> 'deleted';
