/** Everything that is stored about each agent, without a call to Retell. */
import type { SyncStatus } from '../api/fields.ts';
import type { AgentRecord } from '../domain/agent-overview.ts';
import type { Query } from './pool.ts';

/** The agents that the last sync skipped, in rows of `agent_id`, `name` and `reason`. */
const LAST_SKIPS = `
  select distinct on (entry ->> 'agent_id') entry ->> 'agent_id' as agent_id, entry ->> 'name' as name,
    entry ->> 'reason' as reason
  from voice_agent_sync.skip_list cross join jsonb_array_elements(entries) as entry
  where digest = (
    select skip_list_digest from voice_agent_sync.run
    where kind in ('sync', 'scheduled') and status in ('succeeded', 'partial', 'held')
      and error_code is distinct from 'account_mismatch'
    order by run.id desc limit 1)`;

interface JoinedRow {
  readonly agent_id: string;
  /** null: the agent was never read. */
  readonly gone: boolean | null;
  readonly agent_name: string | null;
  readonly agent_voice_id: string | null;
  readonly agent_language: string | null;
  readonly id: string | null;
  readonly name: string;
  readonly voice_id: string | null;
  readonly language: string | null;
  readonly orphan_reason: string | null;
  readonly last_synced_at: Date | null;
  readonly sync_status: SyncStatus;
  readonly base_retell_name: string | null;
  readonly base_database_name: string | null;
  readonly kept: boolean | null;
  readonly skip_name: string | null;
  readonly skip_reason: string | null;
  readonly archived_name: string | null;
  readonly archived_reason: string | null;
}

/**
 * A page in the order of the ids; `after` is the last id of the previous page. Agents that only a listing ruled out
 * come from the skips of the last sync.
 */
export async function listAgentRecords(query: Query, limit: number, after: string): Promise<AgentRecord[]> {
  const rows = await query<JoinedRow>(
    `with linked as (
       select distinct on (interviewer.agent_id) interviewer.agent_id::text as agent_id, interviewer.id::text as id,
         interviewer.name, voice_id, language, base.name as base_retell_name,
         coalesce(base.database_name, base.name) as base_database_name,
         orphan_reason, last_synced_at, sync_status,
         exists (select from voice_agent_sync.archived_interviewer copy
           where copy.interviewer_id = interviewer.id::text and copy.kept and copy.restored_at is null) as kept
       from {interviewer} left join voice_agent_sync.agreement base
         on base.agent_id = interviewer.agent_id and sync_status <> 'deleted'
           and (base.interviewer_id is null or base.interviewer_id = interviewer.id::text)
       where interviewer.agent_id <> ''
       order by interviewer.agent_id, sync_status = 'deleted', interviewer.id
     ), skipped as (
       select agent_id, name as skip_name, reason as skip_reason from (${LAST_SKIPS}) as last_skips
     ), archived as (
       select distinct on (agent_id) agent_id, name as archived_name, reason as archived_reason
       from voice_agent_sync.archived_interviewer where restored_at is null and agent_id <> '' and not kept
       order by agent_id, id desc
     )
     select agent_id, gone, agent_name, observed.voice_id as agent_voice_id,
       observed.language as agent_language,
       linked.id, linked.name, linked.voice_id, linked.language, orphan_reason, last_synced_at, sync_status, linked.kept,
       base_retell_name, base_database_name, skip_name, skip_reason, archived_name, archived_reason
     from voice_agent_sync.retell_agent observed
     full join linked using (agent_id)
     full join skipped using (agent_id)
     full join archived using (agent_id)
     where agent_id > $2 order by agent_id limit $1`,
    [limit, after],
  );
  return rows.map(toRecord);
}

function toRecord(row: JoinedRow): AgentRecord {
  const { agent_id, agent_name, agent_voice_id, agent_language, gone, id, name, voice_id, language } = row;
  const { orphan_reason, last_synced_at, sync_status, base_retell_name, base_database_name } = row;
  const status = { orphan_reason, last_synced_at, sync_status, base_retell_name, base_database_name };
  return {
    agent_id,
    agent:
      gone === null
        ? undefined
        : gone
          ? null
          : { agent_id, agent_name, voice_id: agent_voice_id, language: agent_language },
    row: id === null ? null : { id, agent_id, name, voice_id, language, ...status },
    kept: row.kept ?? false,
    skip: row.skip_reason === null ? null : { name: row.skip_name ?? agent_id, reason: row.skip_reason },
    archived: row.archived_name === null ? null : { name: row.archived_name, reason: row.archived_reason ?? '' },
  };
}

/** Why the last sync skipped an agent that only the listing showed: `get-agent` never returned it. null: it did not. */
export async function findUnreadSkip(query: Query, agent_id: string): Promise<string | null> {
  const [skip] = await query<{ reason: string }>(
    `select reason from (${LAST_SKIPS}) as last_skips
     where agent_id = $1
       and not exists (select from voice_agent_sync.retell_agent where retell_agent.agent_id = $1 and not gone)`,
    [agent_id],
  );
  return skip?.reason ?? null;
}
