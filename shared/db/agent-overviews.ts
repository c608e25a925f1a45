/** Everything that is known of each agent, for people who look. */
import type { SyncStatus } from '../domain/agent.ts';
import type { RememberedAgent } from '../domain/agent-overview.ts';
import type { Query } from './pool.ts';

interface JoinedRow {
  readonly agent_id: string;
  /** null: never read. */
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
  readonly kept: boolean | null;
  readonly skip_name: string | null;
  readonly skip_reason: string | null;
  readonly archived_name: string | null;
  readonly archived_reason: string | null;
}

/** A page in the order of the ids; `after` is the last id of the page before. Agents that a listing alone ruled out come from the last sync's skips. */
export async function listRememberedAgents(query: Query, limit: number, after: string): Promise<RememberedAgent[]> {
  const rows = await query<JoinedRow>(
    `with linked as (
       select distinct on (agent_id) agent_id::text as agent_id, id::text as id, name, voice_id, language,
         orphan_reason, last_synced_at, sync_status,
         exists (select from voice_agent_sync.archived_interviewer copy
           where copy.interviewer_id = interviewer.id::text and copy.kept and copy.restored_at is null) as kept
       from interviewer where agent_id <> '' order by agent_id, sync_status = 'deleted', interviewer.id
     ), skipped as (
       select distinct on (entry ->> 'agent_id') entry ->> 'agent_id' as agent_id, entry ->> 'name' as skip_name,
         entry ->> 'reason' as skip_reason
       from voice_agent_sync.skip_list cross join jsonb_array_elements(entries) as entry
       where digest = (
         select skip_list_digest from voice_agent_sync.run
         where kind in ('sync', 'scheduled') and status in ('succeeded', 'partial', 'held')
           and error_code is distinct from 'account_mismatch'
         order by run.id desc limit 1)
     ), archived as (
       select distinct on (agent_id) agent_id, name as archived_name, reason as archived_reason
       from voice_agent_sync.archived_interviewer where restored_at is null and agent_id <> '' and not kept
       order by agent_id, id desc
     )
     select agent_id, gone, agent_name, known.voice_id as agent_voice_id, known.language as agent_language,
       linked.id, linked.name, linked.voice_id, linked.language, orphan_reason, last_synced_at, sync_status, linked.kept,
       skip_name, skip_reason, archived_name, archived_reason
     from voice_agent_sync.retell_agent known
     full join linked using (agent_id)
     full join skipped using (agent_id)
     full join archived using (agent_id)
     where agent_id > $2 order by agent_id limit $1`,
    [limit, after],
  );
  return rows.map(toRemembered);
}

function toRemembered(row: JoinedRow): RememberedAgent {
  const { agent_id, agent_name, agent_voice_id, agent_language, gone, id, name, voice_id, language } = row;
  const { orphan_reason, last_synced_at, sync_status } = row;
  return {
    agent_id,
    agent:
      gone === null
        ? undefined
        : gone
          ? null
          : { agent_id, agent_name, voice_id: agent_voice_id, language: agent_language },
    row: id === null ? null : { id, agent_id, name, voice_id, language, orphan_reason, last_synced_at, sync_status },
    kept: row.kept ?? false,
    skip: row.skip_reason === null ? null : { name: row.skip_name ?? 'unknown', reason: row.skip_reason },
    archived: row.archived_name === null ? null : { name: row.archived_name, reason: row.archived_reason ?? '' },
  };
}
