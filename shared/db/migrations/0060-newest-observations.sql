-- The newest observations show whether a page must load anything again; without an index that would read them all.

create index retell_agent_read_at on voice_agent_sync.retell_agent (read_at desc);
