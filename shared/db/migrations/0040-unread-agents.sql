-- Agents that a run could not read: the next run reads them last and briefly, and scores the others without them.

create table voice_agent_sync.unread_agent (
  agent_id text primary key,
  name text not null,
  reason text not null,
  unread_since timestamptz not null default clock_timestamp(),
  tried_at timestamptz not null default clock_timestamp()
);
comment on table voice_agent_sync.unread_agent is
  'What the last comparison could not read, a hundred agents at most. An agent that is read, or need not be, is forgotten.';
comment on column voice_agent_sync.unread_agent.tried_at is
  'When a run last failed to read it: the agents that waited longest are tried first.';

select voice_agent_sync.close_to_others();
