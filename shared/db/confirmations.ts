/** What a guard blocked and what a person confirmed, as stored with the runs. */
import type { Confirmation } from '../domain/guard.ts';
import type { Query } from './pool.ts';
import type { Continuation } from './runs.ts';

/** The token of what the newest blocked cleanup listed; null: no cleanup is blocked, or it was done since. */
export async function findBlockedCleanup(query: Query): Promise<string | null> {
  const rows = await query<{ plan: string | null }>(
    `select plan from voice_agent_sync.run
     where kind = 'cleanup' and status in ('held', 'succeeded') order by id desc limit 1`,
  );
  return rows[0]?.plan ?? null;
}

interface PartialRun {
  readonly continuation: Continuation;
  readonly confirmation: Confirmation;
  /** Whether a later run resumed or completed it, and so used up what was confirmed for it. */
  readonly is_done: boolean;
}

/** The partial sync to continue, with what was confirmed; null: there is no such run, or it is more than a day old. */
export async function findPartialRun(query: Query, run_id: number): Promise<PartialRun | null> {
  const rows = await query<Continuation & { confirmation: Confirmation | null; is_done: boolean }>(
    `select evidence_since as started_at, stale_before, confirmation, exists (
       select from voice_agent_sync.run later
       where later.id > run.id and later.kind in ('sync', 'scheduled') and (
         later.status = 'succeeded' or (later.status = 'partial' and later.evidence_since = run.evidence_since)
       )
     ) as is_done
     from voice_agent_sync.run
     where id = $1 and kind in ('sync', 'scheduled') and status = 'partial' and stale_before is not null
       and evidence_since > clock_timestamp() - interval '1 day'`,
    [run_id],
  );
  const [row] = rows;
  if (row === undefined) return null;
  const { started_at, stale_before, confirmation, is_done } = row;
  return { continuation: { started_at, stale_before }, confirmation: confirmation ?? false, is_done };
}
