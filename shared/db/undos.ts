/** What an undo reads: the undos before it, and the rows that the run removed or restored. */
import type { CleanupCandidate } from '../domain/cleanup.ts';
import type { FinishedUndo, RemovedRow } from '../domain/undo.ts';
import { type RestoreCandidate, TAKEN } from './archive.ts';
import type { Query } from './pool.ts';

/** The undos that put everything back that they could, oldest first. */
export function listUndos(query: Query): Promise<FinishedUndo[]> {
  return query<FinishedUndo>(
    `select id::float8 as id, undoes::float8 as undoes from voice_agent_sync.run
     where undoes is not null and status = 'succeeded' order by run.id`,
  );
}

export type RemovedCandidate = RestoreCandidate & RemovedRow;

/** The rows that a run took out of use, as `listRestoreCandidates` sees them. */
export function listRemovedBy(query: Query, run_id: number): Promise<RemovedCandidate[]> {
  return query<RemovedCandidate>(
    `select archived.id::float8 as archive_id, archived.agent_id, interviewer_id, archived.name, kept,
       restored_at is not null as closed, ${TAKEN} as taken
     from voice_agent_sync.archived_interviewer archived
     where run_id = $1 and archived.agent_id is not null order by archive_id`,
    [run_id],
  );
}

/** A row that a run restored; it is a candidate for a cleanup again while it is the orphan that was restored. */
export interface RestoredRow extends CleanupCandidate {
  readonly agent_id: string;
  readonly unchanged: boolean;
}

export function listRestoredBy(query: Query, run_id: number): Promise<RestoredRow[]> {
  return query<RestoredRow>(
    `select interviewer.id::text as id, logged.agent_id, coalesce(interviewer.name, '') as name, last_synced_at,
       coalesce(orphaned_at, restored_at) as orphaned_at,
       -- Columns that the table got since are no change of the row.
       sync_status = 'orphaned' and to_jsonb(interviewer) - $2::text[] @> archived.whole - $2::text[] as unchanged
     from voice_agent_sync.audit_log logged
     join {interviewer} interviewer on interviewer.id::text = logged.interviewer_id and interviewer.agent_id = logged.agent_id
     cross join lateral (
       select copy.interviewer as whole, restored_at from voice_agent_sync.archived_interviewer copy
       where copy.interviewer_id = logged.interviewer_id and restored_at is not null order by copy.id desc limit 1
     ) archived
     where run_id = $1 and action = 'restored' order by seq`,
    [run_id, ['sync_status', 'orphaned_at']],
  );
}
