/** Lists that repeat from run to run: each distinct list is stored once (`skip_list`, `discrepancy_list`). */
import { createHash } from 'node:crypto';
import type { LostPoints } from '../api/runs.ts';
import type { Query } from './pool.ts';

/** A list in its stored form; null: it is empty. */
export function storedList(list: readonly object[]): { readonly digest: string; readonly entries: string } | null {
  if (list.length === 0) return null;
  const entries = JSON.stringify(list);
  return { digest: createHash('sha256').update(entries).digest('base64url'), entries };
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
