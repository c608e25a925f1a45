/** The history of runs and its trend (`voice_agent_sync.run`, `skip_list`). */
import type { AuditSummary, HealthStatus } from '../api/audit.ts';
import type { RunKind, RunStatus, RunTrigger } from '../api/run-kind.ts';
import type { LostPoints, Run, RunCounts } from '../api/runs.ts';
import type { AuditLogEntry } from '../api/sync.ts';
import type { Confirmation } from '../domain/guard.ts';
import type { StoredWarning } from '../domain/warnings.ts';
import { MOST_UNKNOWN_AGENTS } from './observations.ts';
import type { Query } from './pool.ts';
import { firstRow, isoTime } from './rows.ts';
import { storedList } from './run-lists.ts';

export interface FinishedRun {
  readonly status: Exclude<RunStatus, 'running'>;
  readonly message: string;
  readonly error_code?: string;
  readonly duration_ms: number;
  readonly retell_calls: number;
  readonly counts?: RunCounts;
  readonly health_score?: number | null;
  readonly health_status?: HealthStatus;
  readonly discrepancies?: number;
  /** Each discrepancy with the points that it cost. */
  readonly lost?: readonly LostPoints[];
  readonly summary?: AuditSummary;
  readonly recommendations?: readonly string[];
  readonly warnings?: readonly StoredWarning[];
  readonly skipped?: readonly AuditLogEntry[];
  /** What a person has confirmed. */
  readonly confirmation?: Confirmation;
  /** The token of what a guard blocked. */
  readonly plan?: string;
  /** How many changes a guard blocked. */
  readonly blocked?: number;
  /** Of a partial run: where its continuation resumes. */
  readonly continuation?: Continuation;
}

/** What the runs of one continued sync share. */
export interface Continuation {
  /** When the first of them began. */
  readonly started_at: Date;
  /** Agents with older observations are read again. */
  readonly stale_before: Date;
}

interface FailedRun extends Pick<FinishedRun, 'message' | 'duration_ms' | 'retell_calls'> {
  readonly status: 'held' | 'failed';
  readonly error_code: string;
  readonly plan?: string | null;
  readonly hint?: string;
  readonly request_id?: string | null;
  readonly blocked?: number | null;
}

/** The columns of a `StoredRun`. */
export const RUN_COLUMNS = `id::float8 as id, kind, trigger, status, ${isoTime('started_at')}, ${isoTime('finished_at')}, duration_ms,
  phase, progress_done, progress_total, message, error_code, hint, request_id, blocked, retell_calls, counts, health_score, discrepancies, summary, recommendations,
  undoes::float8 as undoes`;

/** A run as it is stored: other runs show whether it is undone. */
export type StoredRun = Omit<Run, 'undone_by'>;

interface NewRun {
  readonly kind: RunKind;
  readonly trigger: RunTrigger;
  /** Of an undo: the run that it undoes. */
  readonly undoes?: number | undefined;
}

type BegunRun = { readonly id: number; readonly started_at: Date };

/**
 * Starts a run, and forgets unknown agents; `started_at` is the database's clock, by which all observations of the run are
 * dated. undefined: another undo of the same run is running.
 */
export async function beginRun(query: Query, { kind, trigger, undoes }: NewRun): Promise<BegunRun | undefined> {
  const rows = await query<BegunRun>(
    `insert into voice_agent_sync.run (kind, trigger, phase, undoes)
     values ($1, $2, 'Listing agents in Retell', $3)
     on conflict (undoes) where undoes is not null and status = 'running' do nothing
     returning id::float8 as id, started_at, (select voice_agent_sync.prune_unknown_agents($4)) as pruned`,
    [kind, trigger, undoes ?? null, MOST_UNKNOWN_AGENTS],
  );
  return rows[0];
}

export async function databaseClock(query: Query): Promise<Date> {
  return firstRow(await query<{ now: Date }>('select clock_timestamp() as now')).now;
}

/**
 * Records a run's result, even if the run was closed as died; a recorded result never changes. Returns the score of the
 * newest scored run before it.
 */
export async function finishRun(query: Query, run_id: number, run: FinishedRun): Promise<number | null> {
  const rows = await query<{ previous_score: number | null }>(
    `with skipped as (
       insert into voice_agent_sync.skip_list (digest, entries) select $12, $19::jsonb where $12::text is not null
       -- The update locks the list, so that pruning cannot delete it.
       on conflict (digest) do update set digest = excluded.digest
     ), lost as (
       insert into voice_agent_sync.discrepancy_list (digest, entries) select $18, $20::jsonb where $18::text is not null
       on conflict (digest) do update set digest = excluded.digest
     ), warned as (
       insert into voice_agent_sync.warning_list (digest, entries) select $21, $22::jsonb where $21::text is not null
       on conflict (digest) do update set digest = excluded.digest
     ), finished as (
       update voice_agent_sync.run
       set status = $2, finished_at = clock_timestamp(), message = $3, error_code = $4, duration_ms = $5,
         retell_calls = $6, counts = $7, health_score = $8, discrepancies = $9, summary = $10, recommendations = $11,
         skip_list_digest = $12, health_status = $13, confirmation = $14, plan = $15,
         evidence_since = $16, stale_before = $17, discrepancy_list_digest = $18, warning_list_digest = $21, blocked = $23,
         phase = null, progress_done = null, progress_total = null
       where id = $1 and (status = 'running' or error_code = 'died')
     )
     select health_score as previous_score from voice_agent_sync.run
     where health_score is not null and id < $1 order by id desc limit 1`,
    valuesOf(run_id, run),
  );
  return rows[0]?.previous_score ?? null;
}

function valuesOf(run_id: number, run: FinishedRun): readonly unknown[] {
  const skipped = storedList((run.skipped ?? []).map(({ timestamp: _timestamp, ...entry }) => entry));
  const lost = storedList(run.lost ?? []);
  const warnings = storedList(run.warnings ?? []);
  return [
    run_id,
    run.status,
    run.message,
    run.error_code ?? null,
    run.duration_ms,
    run.retell_calls,
    JSON.stringify(run.counts ?? {}),
    run.health_score ?? null,
    run.discrepancies ?? null,
    run.summary === undefined ? null : JSON.stringify(run.summary),
    run.recommendations ?? [],
    skipped?.digest ?? null,
    run.health_status ?? null,
    run.confirmation === undefined || run.confirmation === false ? null : JSON.stringify(run.confirmation),
    run.plan ?? null,
    run.continuation?.started_at ?? null,
    run.continuation?.stale_before ?? null,
    lost?.digest ?? null,
    skipped?.entries ?? null,
    lost?.entries ?? null,
    warnings?.digest ?? null,
    warnings?.entries ?? null,
    run.blocked ?? null,
  ];
}

/** Records that a run failed, unless its result is already recorded. */
export async function failRun(query: Query, run_id: number, run: FailedRun): Promise<void> {
  await query(
    `update voice_agent_sync.run
     set status = $2, finished_at = clock_timestamp(), message = $3, error_code = $4, duration_ms = $5,
       retell_calls = $6, plan = $7, hint = $8, request_id = $9, blocked = $10, phase = null, progress_done = null, progress_total = null
     where id = $1 and status = 'running'`,
    [
      run_id,
      run.status,
      run.message,
      run.error_code,
      run.duration_ms,
      run.retell_calls,
      run.plan ?? null,
      run.hint ?? null,
      run.request_id ?? null,
      run.blocked ?? null,
    ],
  );
}

/**
 * Whether the run's result is recorded, and so was committed. Waits for a COMMIT that is still in progress; a run that
 * was closed as died recorded nothing.
 */
export async function isCommitted(query: Query, run_id: number): Promise<boolean> {
  const rows = await query<{ status: RunStatus }>('select status from voice_agent_sync.run where id = $1 for update', [
    run_id,
  ]);
  return rows.some(({ status }) => status !== 'running' && status !== 'failed');
}

export interface RunFilter {
  readonly limit: number;
  /** The id that the page continues from. */
  readonly before?: number | undefined;
  readonly kind?: RunKind | undefined;
  readonly status?: RunStatus | undefined;
  /** Only runs that changed something. */
  readonly changed?: 'true' | undefined;
  readonly since?: string | undefined;
}

/** The counts of a run that show that it changed something. */
export const CHANGES = [
  'created',
  'updated',
  'restored',
  'orphaned',
  'pushed',
  'archived',
  'marked_deleted',
  'set_back',
];

/** The newest runs first. */
export function listRuns(query: Query, filter: RunFilter): Promise<StoredRun[]> {
  const { limit, before, kind, status, changed, since } = filter;
  return query<StoredRun>(
    `select ${RUN_COLUMNS} from voice_agent_sync.run
     where ($2::bigint is null or id < $2) and ($3::text is null or kind = $3) and ($4::text is null or status = $4)
       and ($5::timestamptz is null or run.started_at >= $5)
       and ($6::text[] is null or exists (
         select from jsonb_each_text(counts) as counted (name, number) where name = any($6) and number <> '0'
       ))
     order by id desc limit $1`,
    [limit, before ?? null, kind ?? null, status ?? null, since ?? null, changed === undefined ? null : CHANGES],
  );
}

export async function findRun(query: Query, run_id: number): Promise<StoredRun | undefined> {
  return (await query<StoredRun>(`select ${RUN_COLUMNS} from voice_agent_sync.run where id = $1`, [run_id]))[0];
}

/** Closes the runs that killed invocations left open, and deletes what is older than `historyDays`. */
export async function pruneHistory(query: Query, historyDays: number): Promise<void> {
  await query(
    `with died as (
       update voice_agent_sync.run set status = 'failed', finished_at = clock_timestamp(), error_code = 'died',
         message = 'The run ended without a result: its process was killed or ran out of time'
       where status = 'running' and started_at < clock_timestamp() - interval '20 minutes'
         -- Older runs are deleted below, and one statement cannot both update and delete a row.
         and started_at >= clock_timestamp() - make_interval(days => greatest($1::integer, 1))
     )
     select voice_agent_sync.prune_history($1)`,
    [historyDays],
  );
}
