-- Every run looks for pushes that an earlier one may have left unfinished: there are few, among as many merge bases as agents.

create index agreement_under_way on voice_agent_sync.agreement (agent_id) where push_base_version is not null;
