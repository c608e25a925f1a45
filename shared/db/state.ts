/** The facts in the history from which the state of both sides follows. */
import type { ComparisonOutcome, StateFacts } from '../domain/state.ts';
import type { Query } from './pool.ts';
import { firstRow } from './rows.ts';

export type StoredFacts = Omit<StateFacts, 'schedule_ms'>;

interface FactsRow {
  readonly now: Date;
  readonly last_status: string | null;
  readonly last_error_code: string | null;
  readonly last_message: string | null;
  readonly last_scored: boolean | null;
  readonly last_errors: number | null;
  readonly compared_at: Date | null;
  readonly discrepancies: number | null;
  readonly blocked_id: number | null;
  readonly blocked_at: Date | null;
}

/** One statement, so that all facts are from the same moment. */
export async function findStateFacts(query: Query): Promise<StoredFacts> {
  const rows = await query<FactsRow>(
    `select clock_timestamp() as now, last.status as last_status, last.error_code as last_error_code,
       last.message as last_message, last.health_score is not null as last_scored,
       coalesce((last.counts ->> 'errors')::integer, 0) as last_errors,
       scored.finished_at as compared_at, scored.discrepancies,
       blocked.id::float8 as blocked_id, blocked.finished_at as blocked_at
     from (values (1)) as one
     left join lateral (
       select * from voice_agent_sync.run
       where kind in ('sync', 'scheduled', 'audit') and status <> 'running' order by id desc limit 1
     ) last on true
     left join lateral (
       select * from voice_agent_sync.run
       where health_score is not null and error_code is distinct from 'account_mismatch' order by id desc limit 1
     ) scored on true
     left join lateral (
       select * from voice_agent_sync.run
       where error_code = 'orphan_guard' and id > coalesce((
         select id from voice_agent_sync.run
         where kind in ('sync', 'scheduled') and status = 'succeeded' order by id desc limit 1
       ), 0)
       order by id desc limit 1
     ) blocked on true`,
  );
  const row = firstRow(rows);
  const { now, compared_at, discrepancies, blocked_id, blocked_at } = row;
  return {
    now,
    outcome: outcomeOf(row),
    compared: compared_at === null ? null : { at: compared_at, discrepancies: discrepancies ?? 0 },
    blocked: blocked_id === null || blocked_at === null ? null : { run_id: blocked_id, at: blocked_at },
  };
}

function outcomeOf(row: FactsRow): ComparisonOutcome | null {
  if (row.last_status === null) return null;
  if (row.last_error_code === 'account_mismatch') return { kind: 'other_account' };
  if (row.last_status === 'failed') return { kind: 'failed', message: row.last_message ?? 'without a message' };
  if (row.last_status === 'partial') return { kind: 'partial' };
  return row.last_scored === true ? { kind: 'compared' } : { kind: 'unread', agents: row.last_errors ?? 0 };
}
