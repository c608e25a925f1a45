-- The trend reads 90 days of scores: from this index alone, not from the wide rows.

create index run_trend on voice_agent_sync.run (started_at desc)
  include (id, finished_at, health_score, discrepancies) where health_score is not null;

drop index voice_agent_sync.run_scored;
