-- Which agents the rules passed: a run need not look at them again while nothing changes.

alter table voice_agent_sync.retell_agent add column rules_passed text;
comment on column voice_agent_sync.retell_agent.rules_passed is
  'Fingerprint of the rules that found this version eligible and without a warning; null: they did not, or have not judged it.';
