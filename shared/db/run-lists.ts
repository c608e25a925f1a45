/** Lists that repeat from run to run, stored once for each distinct one (`skip_list`, `discrepancy_list`). */
import { createHash } from 'node:crypto';
import type { LostPoints } from '../api/runs.ts';
import type { AuditLogEntry } from '../api/sync.ts';
import type { Query } from './pool.ts';

/** The update locks the list against pruning. */
const SAVE_SKIPS = `insert into voice_agent_sync.skip_list (digest, entries) values ($1, $2)
  on conflict (digest) do update set digest = excluded.digest`;
const SAVE_DISCREPANCIES = `insert into voice_agent_sync.discrepancy_list (digest, entries) values ($1, $2)
  on conflict (digest) do update set digest = excluded.digest`;

export function saveSkipList(query: Query, skipped: readonly AuditLogEntry[]): Promise<string | null> {
  return saveList(
    query,
    SAVE_SKIPS,
    skipped.map(({ timestamp: _timestamp, ...entry }) => entry),
  );
}

export function saveDiscrepancyList(query: Query, lost: readonly LostPoints[]): Promise<string | null> {
  return saveList(query, SAVE_DISCREPANCIES, lost);
}

/** Returns the list's digest; null: it is empty. */
async function saveList(query: Query, statement: string, list: readonly object[]): Promise<string | null> {
  if (list.length === 0) return null;
  const entries = JSON.stringify(list);
  const digest = createHash('sha256').update(entries).digest('base64url');
  await query(statement, [digest, entries]);
  return digest;
}

/** The discrepancies of a run, with the points that each cost. */
export async function listLostPoints(query: Query, run_id: number, limit: number): Promise<LostPoints[]> {
  const rows = await query<{ entry: LostPoints }>(
    `select entry from voice_agent_sync.run
     join voice_agent_sync.discrepancy_list on digest = discrepancy_list_digest
     cross join jsonb_array_elements(entries) with ordinality as listed (entry, seq)
     where run.id = $1 order by seq limit $2`,
    [run_id, limit],
  );
  return rows.map(({ entry }) => entry);
}
