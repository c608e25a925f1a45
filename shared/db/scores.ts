/** The scored runs of the history, which the status shows (`voice_agent_sync.run`, `warning_list`). */
import type { HealthStatus } from '../api/audit.ts';
import type { TrendPoint } from '../api/scheduled-sync.ts';
import type { StoredWarning } from '../domain/warnings.ts';
import type { Query } from './pool.ts';
import { isoTime } from './rows.ts';
import { RUN_COLUMNS, type StoredRun } from './runs.ts';

/**
 * The scored runs of 90 days, oldest first: the newest unchanged, older ones as the lowest score of ten minutes (up to
 * a day), of two hours (up to a week), and of each day before. A plot cannot show more points than that.
 */
export async function listTrend(query: Query, newest: number): Promise<TrendPoint[]> {
  return query<TrendPoint>(
    `select run_id::float8 as run_id, ${isoTime('finished_at', 'timestamp')}, health_score, discrepancies from (
       select distinct on (width, bucket) id as run_id, finished_at, health_score, discrepancies
       from (
         select *, case when width = 0 then id else floor(epoch / width) end as bucket
         from (
           select id, finished_at, health_score, discrepancies, extract(epoch from started_at)::float8 as epoch,
             case when started_at >= newest.since then 0
               when started_at > clock_timestamp() - interval '1 day' then 600
               when started_at > clock_timestamp() - interval '7 days' then 7200
               else 86400 end as width
           from voice_agent_sync.run, (
             select min(started_at) as since from (
               select started_at from voice_agent_sync.run where health_score is not null order by started_at desc limit $1
             ) as latest
           ) as newest
           where health_score is not null and started_at > clock_timestamp() - interval '90 days'
         ) as scored
       ) as bucketed
       order by width, bucket, health_score, id desc
     ) as points order by run_id`,
    [newest],
  );
}

export interface ScoredRun extends StoredRun {
  readonly health_score: number;
  /** null for runs older than the column. */
  readonly health_status: HealthStatus | null;
  readonly warnings: readonly StoredWarning[];
}

/** The newest scored run, of this account. */
export async function findScored(query: Query): Promise<ScoredRun | undefined> {
  const rows = await query<ScoredRun>(
    `select ${RUN_COLUMNS}, health_status, coalesce((
       select entries from voice_agent_sync.warning_list where digest = warning_list_digest
     ), '[]') as warnings
     from voice_agent_sync.run where health_score is not null and error_code is distinct from 'account_mismatch'
     order by id desc limit 1`,
  );
  return rows[0];
}

/** When a sync last completed, even if orphans wait for a confirmation. */
export async function findLastSync(query: Query): Promise<string | null> {
  const rows = await query<{ last_sync: string | null }>(
    `select ${isoTime('finished_at', 'last_sync')} from voice_agent_sync.run
     where kind in ('sync', 'scheduled') and status in ('succeeded', 'held')
       and error_code is distinct from 'account_mismatch'
     order by id desc limit 1`,
  );
  return rows[0]?.last_sync ?? null;
}
