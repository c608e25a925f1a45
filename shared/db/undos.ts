/** What an undo reads: the undos before it, and the rows that the run removed or restored. */
import type { CleanupCandidate } from '../domain/cleanup.ts';
import type { FinishedUndo, RemovedRow } from '../domain/undo.ts';
import { type RestoreCandidate, TAKEN } from './archive.ts';
import type { Query } from './pool.ts';
import { firstRow } from './rows.ts';
import { CHANGES } from './runs.ts';

/** The undos that put something back, and all that they could, oldest first. */
export function listUndos(query: Query): Promise<FinishedUndo[]> {
  return query<FinishedUndo>(
    `select id::float8 as id, undoes::float8 as undoes from voice_agent_sync.run
     where undoes is not null and status = 'succeeded' and exists (
       select from jsonb_each_text(counts) as counted (name, number) where name = any($1) and number <> '0'
     ) order by run.id`,
    [CHANGES],
  );
}

/** Closes an undo of the run that has had no result for `seconds`, because its process was killed. */
export async function closeDeadUndo(query: Query, run_id: number, seconds: number): Promise<void> {
  await query(
    `update voice_agent_sync.run set status = 'failed', finished_at = clock_timestamp(), error_code = 'died',
       message = 'The undo ended without a result: its process was killed or ran out of time'
     where undoes = $1 and status = 'running' and started_at < clock_timestamp() - make_interval(secs => $2)`,
    [run_id, seconds],
  );
}

/** The running undo of the run; null if no undo of it is running. */
export async function findRunningUndo(query: Query, run_id: number): Promise<number | null> {
  const rows = await query<{ id: number | null }>(
    `select max(id)::float8 as id from voice_agent_sync.run where undoes = $1 and status = 'running'`,
    [run_id],
  );
  return firstRow(rows).id;
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
       -- Columns that were added to the table since then are not a change of the row.
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
