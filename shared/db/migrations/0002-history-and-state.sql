-- What this system itself remembers, in a schema of its own: it cannot collide with the platform's tables, and
-- Supabase's API does not publish it.

create table voice_agent_sync.skip_list (
  digest text primary key,
  entries jsonb not null
);
comment on table voice_agent_sync.skip_list is
  'The agents that a run skipped, stored once for each distinct list: run after run skips the same ones.';

create table voice_agent_sync.run (
  id bigint generated always as identity primary key,
  kind text not null check (kind in ('sync', 'audit', 'scheduled', 'cleanup', 'restore', 'webhook')),
  trigger text not null check (trigger in ('manual', 'schedule', 'start', 'webhook', 'continuation')),
  status text not null default 'running' check (status in ('running', 'succeeded', 'partial', 'held', 'failed')),
  started_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz,
  duration_ms integer check (duration_ms >= 0),
  phase text,
  progress_done integer,
  progress_total integer,
  message text,
  error_code text,
  retell_calls integer not null default 0,
  counts jsonb not null default '{}',
  health_score smallint check (health_score between 0 and 100),
  discrepancies integer check (discrepancies >= 0),
  summary jsonb,
  recommendations text[] not null default '{}',
  skip_list_digest text references voice_agent_sync.skip_list,
  constraint run_finished_unless_running check ((status = 'running') = (finished_at is null))
);
comment on column voice_agent_sync.run.status is
  'running; succeeded; partial: a continuation goes on; held: the orphan or account guard waits for a confirmation; failed.';
comment on column voice_agent_sync.run.phase is 'What a running run is at, with progress_done of progress_total.';
create index run_started_at on voice_agent_sync.run (started_at desc);
create index run_scored on voice_agent_sync.run (started_at desc) where health_score is not null;
create index run_skip_list on voice_agent_sync.run (skip_list_digest) where skip_list_digest is not null;

create table voice_agent_sync.audit_log (
  run_id bigint not null references voice_agent_sync.run on delete cascade,
  seq integer not null,
  -- The limit keeps an id within what an index entry holds.
  agent_id text check (char_length(agent_id) <= 255),
  interviewer_id text,
  name text,
  voice_id text,
  status text not null check (status in ('synced', 'skipped', 'error')),
  action text not null,
  reason text not null,
  logged_at timestamptz not null,
  primary key (run_id, seq)
);
create index audit_log_time on voice_agent_sync.audit_log (logged_at);
create index audit_log_agent on voice_agent_sync.audit_log (agent_id, logged_at desc);

create table voice_agent_sync.retell_agent (
  agent_id text primary key check (char_length(agent_id) <= 255),
  read_at timestamptz not null,
  listed_timestamp bigint,
  gone boolean not null,
  agent_name text,
  voice_id text,
  version integer,
  is_published boolean,
  language text,
  last_modification_timestamp bigint,
  draft_differs_in text[],
  seen_version integer,
  constraint retell_agent_gone_or_known check (
    gone or (version is not null and is_published is not null and last_modification_timestamp is not null)
  )
);
comment on table voice_agent_sync.retell_agent is 'What get-agent last said of each agent.';
comment on column voice_agent_sync.retell_agent.read_at is
  'When that request began, by this database''s clock: of two readings the later one is the newer.';
comment on column voice_agent_sync.retell_agent.listed_timestamp is
  'The listing''s user_modified_timestamp that the reading answers to; null: read again with the next sync.';
comment on column voice_agent_sync.retell_agent.draft_differs_in is
  'Fields in which this unpublished version differs from the published one; null: not compared yet.';

comment on column voice_agent_sync.retell_agent.seen_version is
  'The newest version that a webhook named: it is asked after once, whatever Retell then answers.';
create index retell_agent_name on voice_agent_sync.retell_agent (md5(agent_name));

create table voice_agent_sync.agreement (
  agent_id text primary key check (char_length(agent_id) <= 255),
  name text not null,
  agreed_at timestamptz not null,
  push_name text,
  push_base_version integer,
  push_started_at timestamptz
);
comment on table voice_agent_sync.agreement is
  'The name on which Retell and the platform last agreed, and a push of a new one to Retell that is under way.';

create table voice_agent_sync.creation (
  interviewer_id text primary key,
  name text not null,
  started_at timestamptz not null,
  agent_id text
);
comment on table voice_agent_sync.creation is
  'Agents being made in Retell for rows that have none; Retell knows no idempotency key, so the attempt is noted first.';

create table voice_agent_sync.archived_interviewer (
  id bigint generated always as identity primary key,
  interviewer_id text not null,
  agent_id text,
  name text not null,
  interviewer jsonb not null,
  reason text not null,
  archived_at timestamptz not null default clock_timestamp(),
  restored_at timestamptz,
  run_id bigint references voice_agent_sync.run on delete set null,
  kept boolean not null default false
);
comment on column voice_agent_sync.archived_interviewer.interviewer is 'The whole row as it was, the platform''s columns included.';
comment on column voice_agent_sync.archived_interviewer.kept is
  'Something referred to the row: it stayed where it is, as deleted. No other deleted row is a cleanup''s doing.';
create unique index archived_interviewer_in_archive
  on voice_agent_sync.archived_interviewer (interviewer_id)
  where restored_at is null;
create index archived_interviewer_run on voice_agent_sync.archived_interviewer (run_id) where run_id is not null;
