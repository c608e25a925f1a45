-- Refused and unusable webhook events have rings of their own: whatever is sent, they push out no event that changed
-- something or failed. Their slots are negative, which no event of the large ring has.

create sequence voice_agent_sync.webhook_refused_slot as integer minvalue 1 maxvalue 20 cycle owned by voice_agent_sync.webhook_event.slot;
create sequence voice_agent_sync.webhook_invalid_slot as integer minvalue 21 maxvalue 40 cycle owned by voice_agent_sync.webhook_event.slot;
comment on table voice_agent_sync.webhook_event is
  'The last 200 webhook events that changed something or failed, and the last 20 each that were refused or not usable.';

select voice_agent_sync.close_to_others();
