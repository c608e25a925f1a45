/** A run: from its first row in the history to its recorded result, whether it succeeds or fails. */
import type { RunKind, RunTrigger } from '../api/run-kind.ts';
import { LIMITS, METRICS } from '../contract.ts';
import { insertAuditLog } from '../db/audit-log.ts';
import type { Query } from '../db/pool.ts';
import { beginRun, databaseClock, type FinishedRun, failRun, finishRun, isCommitted } from '../db/runs.ts';
import { closeDeadUndo, findRunningUndo } from '../db/undos.ts';
import type { StoredLogEntry } from '../domain/audit-log.ts';
import { STATE_METRIC } from '../domain/state.ts';
import { AppError, apiError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { RetellSession } from '../retell/client.ts';
import type { Services } from '../services.ts';
import { withoutFullStop } from '../text.ts';
import { GuardError } from './guard.ts';

export interface RunOptions {
  readonly kind: RunKind;
  readonly trigger: RunTrigger;
  /** The run that an undo undoes. */
  readonly undoes?: number;
  /** A dry run is not stored. */
  readonly dry_run: boolean;
  /** Milliseconds until the Lambda ends. */
  remainingMs(): number;
  /** Set when Retell was called before the run began; otherwise the run opens its own session. */
  readonly session?: RetellSession;
}

interface AnyRun {
  readonly services: Services;
  readonly started_at: Date;
  readonly session: RetellSession;
  /** The database's clock, which dates observations, because the clocks of two hosts may differ. */
  readonly now: () => Date;
  readonly duration_ms: () => number;
}

/** A run with a row in the history. */
export interface RecordedRun extends AnyRun {
  readonly id: number;
}

interface DryRun extends AnyRun {
  readonly id: null;
}

/** What every step of a run needs. */
export type RunContext = RecordedRun | DryRun;

/**
 * Runs `work` and records its failure; a success is recorded by `work`, together with its writes. The run's session with
 * Retell ends with it.
 */
export async function inRun<T>(
  services: Services,
  options: RunOptions,
  work: (run: RunContext) => Promise<T>,
): Promise<T> {
  const ending = new AbortController();
  const run = await startRun(services, options, ending.signal).catch((error: unknown) => {
    countFailure(services, options, error);
    throw error;
  });
  try {
    return await work(run).finally(() => ending.abort());
  } catch (error) {
    await recordFailure(run, options, error);
    throw error;
  }
}

/**
 * One transaction for all writes of a run: `work` applies them and records the result, last of all. It may run again, as in
 * `Database.transaction`, but not after a COMMIT whose confirmation was lost. A dry run writes nothing and needs none.
 */
export function commitRun<T>(
  { services: { database }, id }: Pick<RunContext, 'services' | 'id'>,
  work: (query: Query) => Promise<T>,
): Promise<T> {
  if (id === null) return work(database.query);
  let committing: { readonly result: T } | undefined;
  return database.transaction(async (query) => {
    if (committing === undefined || !(await isCommitted(query, id))) committing = { result: await work(query) };
    return committing.result;
  });
}

async function startRun(services: Services, options: RunOptions, signal: AbortSignal): Promise<RunContext> {
  const { query } = services.database;
  const { id, started_at } = options.dry_run
    ? { id: null, started_at: await databaseClock(query) }
    : await begin(query, options);
  const began = performance.now();
  const deadline = Date.now() + readBudget(options.remainingMs());
  const elapsed = () => Math.round(performance.now() - began);
  return {
    services,
    id,
    started_at,
    session: options.session ?? services.retell.session({ deadline, signal }),
    now: () => new Date(started_at.getTime() + elapsed()),
    duration_ms: elapsed,
  };
}

async function begin(query: Query, options: RunOptions): Promise<{ id: number; started_at: Date }> {
  const { undoes } = options;
  if (undoes !== undefined) await closeDeadUndo(query, undoes, LIMITS.undoMs / 1_000);
  const begun = await beginRun(query, options);
  if (begun !== undefined) return begun;
  throw undoRunning(undoes, undoes === undefined ? null : await findRunningUndo(query, undoes));
}

/** `running_undo` is null if it ended in this moment. */
function undoRunning(undoes: number | undefined, running_undo: number | null): AppError {
  const by = running_undo === null ? 'another run, which has just ended' : `run ${running_undo}`;
  const wait =
    running_undo === null ? 'Try again' : `Wait until GET /api/sync-runs shows that run ${running_undo} has ended`;
  return apiError('undo_running', {
    message: `Run ${undoes} is being undone by ${by}.`,
    hint: `${wait}; an undo that was killed is given up after ${LIMITS.undoMs / 1_000} s.`,
    details: { running_undo },
  });
}

/** Reading leaves at least a tenth of the invocation for the writes. */
function readBudget(remainingMs: number): number {
  return remainingMs - Math.max(LIMITS.reserveMs, remainingMs / 10);
}

/** The runs that compare both sides. */
const COMPARES: ReadonlySet<RunKind> = new Set(['sync', 'scheduled', 'audit']);

/** Counted even if no run row could be written, so that the alarm fires when the database is down. */
function countFailure({ metrics }: Services, { kind, dry_run }: RunOptions, error: unknown): void {
  if (dry_run || !COMPARES.has(kind)) return;
  // Both sides were not compared: only the guard for another account fails a sync in this way.
  metrics.record({ [METRICS.syncState]: STATE_METRIC.unknown });
  if (kind === 'audit') return;
  metrics.record({ [error instanceof GuardError ? METRICS.orphanGuardTripped : METRICS.syncFailures]: 1 });
}

async function recordFailure(run: RunContext, options: RunOptions, error: unknown): Promise<void> {
  const { services, id: run_id } = run;
  const { kind } = options;
  logFailure(services.log, { run_id, kind }, error);
  countFailure(services, options, error);
  if (run_id === null) return;
  try {
    const request_id = services.request_id ?? null;
    await failRun(services.database.query, run_id, { ...failureOf(error), ...usageOf(run), request_id });
  } catch (cause) {
    // The original failure is thrown; the next run closes this one.
    services.log.warn(`The failure of run ${run_id} could not be recorded; the next sync closes the run`, {
      run_id,
      error: cause,
    });
  }
}

const TITLES: Readonly<Record<RunKind, string>> = {
  sync: 'Sync',
  scheduled: 'Scheduled sync',
  sync_agent: 'Sync of one agent',
  audit: 'Audit',
  cleanup: 'Cleanup',
  restore: 'Restore',
  undo: 'Undo',
  webhook: 'Webhook',
};

interface LoggedRun {
  /** null: a dry run. */
  readonly run_id: number | null;
  readonly kind: RunKind;
}

/** A guard waits for a person, a request is refused, or a run failed; only the last is an error. What to do is in the fields. */
function logFailure(log: Log, run: LoggedRun, error: unknown): void {
  const title = TITLES[run.kind];
  if (error instanceof GuardError) {
    const { headline, confirm, message, code } = error;
    log.warn(`${headline}, ${nameOf(run)}`, { ...run, code, reason: message, confirm });
  } else if (!(error instanceof AppError)) {
    log.error(`${title} failed for an unexpected reason, ${nameOf(run)}`, { ...run, error });
  } else {
    const { code, hint, status, cause } = error;
    const fields = { ...run, code, hint, error: cause };
    const what = `${withoutFullStop(error.message)}, ${nameOf(run)}`;
    if (status < 500) log.warn(`${title} refused: ${what}`, fields);
    else log.error(`${title} failed: ${what}`, fields);
  }
}

function nameOf({ run_id }: LoggedRun): string {
  return run_id === null ? 'dry run' : `run ${run_id}`;
}

function planOf({ details: { plan } }: AppError): string | null {
  return typeof plan === 'string' ? plan : null;
}

function failureOf(error: unknown) {
  const known = error instanceof AppError;
  return {
    status: error instanceof GuardError ? ('held' as const) : ('failed' as const),
    message: known ? error.message : 'Unexpected error; the log has the cause',
    error_code: known ? error.code : 'internal_error',
    plan: known ? planOf(error) : null,
    hint: known ? error.hint : 'Search the log for the request_id.',
    blocked: error instanceof GuardError ? error.blocked : null,
  };
}

/** What a run did, with the log of its changes. */
interface RunResult extends Omit<FinishedRun, 'duration_ms' | 'retell_calls'> {
  readonly log: readonly StoredLogEntry[];
}

/**
 * Records the result of a run in the transaction of its writes, so that the history shows exactly what was written. Returns
 * the score of the newest scored run before it; a dry run is not recorded.
 */
export async function recordRun(query: Query, run: RunContext, { log, ...result }: RunResult): Promise<number | null> {
  if (run.id === null) return null;
  if (log.length > 0) await insertAuditLog(query, run.id, log);
  return finishRun(query, run.id, { ...result, ...usageOf(run) });
}

/** The time and calls of a run, for its result. */
export function usageOf(run: RunContext): { duration_ms: number; retell_calls: number } {
  return { duration_ms: run.duration_ms(), retell_calls: run.session.calls() };
}
