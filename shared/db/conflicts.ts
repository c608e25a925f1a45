/** Conflicts of names that are not acknowledged (`voice_agent_sync.conflict`). */
import type { OpenConflict } from '../api/scheduled-sync.ts';
import type { Query } from './pool.ts';
import { agentIds, isoTime } from './rows.ts';

/** The conflict of each agent that still has an interviewer, as a subquery. */
export const OPEN_CONFLICTS = `
  select conflict.agent_id, coalesce(interviewer.name, '') as name, retell_name, database_name,
    run_id::float8 as run_id, ${isoTime('decided_at')}
  from voice_agent_sync.conflict
  join {interviewer} on interviewer.agent_id = conflict.agent_id and sync_status <> 'deleted'
  where acknowledged_at is null`;

/** Newest first. */
export function listOpenConflicts(query: Query, limit: number): Promise<OpenConflict[]> {
  return query<OpenConflict>(`${OPEN_CONFLICTS} order by conflict.decided_at desc, conflict.agent_id limit $1`, [
    limit,
  ]);
}

/** Those of the agents that have an open conflict. */
export async function findConflicting(query: Query, agent_ids: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await query<{ agent_id: string }>(`${OPEN_CONFLICTS} and conflict.agent_id = any($1)`, [agent_ids]);
  return new Set(agentIds(rows));
}

/** Acknowledges conflicts that were decided up to this run, as the caller saw them; returns their agents. */
export async function acknowledgeConflicts(
  query: Query,
  agent_ids: readonly string[],
  run_id: number | null,
): Promise<string[]> {
  const rows = await query<{ agent_id: string }>(
    `update voice_agent_sync.conflict set acknowledged_at = clock_timestamp()
     where agent_id = any($1) and acknowledged_at is null and ($2::bigint is null or run_id <= $2)
     returning agent_id`,
    [agent_ids, run_id],
  );
  return agentIds(rows);
}
