/** A run from its first row in the history to its last, whatever happens in between. */
import { LIMITS, METRICS } from '../contract.ts';
import type { Query } from '../db/pool.ts';
import { beginRun, databaseClock, failRun, isCommitted, type RunKind, type RunTrigger } from '../db/runs.ts';
import { AppError } from '../errors.ts';
import type { RetellSession } from '../retell/client.ts';
import type { Services } from '../services.ts';

export interface RunOptions {
  readonly kind: RunKind;
  readonly trigger: RunTrigger;
  /** A dry run is stored nowhere. */
  readonly dry_run: boolean;
  /** Milliseconds until the Lambda ends. */
  remainingMs(): number;
  /** Given when Retell was asked before there was a run; otherwise the run opens its own. */
  readonly session?: RetellSession;
}

export interface RunningRun {
  /** null: a dry run. */
  readonly id: number | null;
  readonly started_at: Date;
  readonly session: RetellSession;
  /** How long Retell may be asked. */
  readonly read_budget_ms: number;
  /** The database's clock, by which readings are dated: the clocks of two hosts may differ. */
  readonly now: () => Date;
  duration_ms(): number;
}

/**
 * Runs `work` and records its failure; what succeeds is recorded by `work`, together with what it wrote. When it ends, so
 * does the run's session with Retell.
 */
export async function inRun<Result>(
  services: Services,
  options: RunOptions,
  work: (run: RunningRun) => Promise<Result>,
): Promise<Result> {
  const ending = new AbortController();
  const run = await startRun(services, options, ending.signal).catch((error: unknown) => {
    countFailure(services, options, error);
    throw error;
  });
  try {
    return await work(run).finally(() => ending.abort());
  } catch (error) {
    await recordFailure(services, options, run, error);
    throw error;
  }
}

/**
 * One transaction for everything that a run writes: `work` carries it out and records the run, last of all. It may be run
 * again, as in `Database.transaction`, but not once it was committed, however that answer was lost. A dry run writes
 * nothing, and needs none.
 */
export function commitRun<Result>(
  { database }: Pick<Services, 'database'>,
  { id }: Pick<RunningRun, 'id'>,
  work: (query: Query) => Promise<Result>,
): Promise<Result> {
  if (id === null) return work(database.query);
  let committing: { readonly result: Result } | undefined;
  return database.transaction(async (query) => {
    if (committing === undefined || !(await isCommitted(query, id))) committing = { result: await work(query) };
    return committing.result;
  });
}

async function startRun(services: Services, options: RunOptions, signal: AbortSignal): Promise<RunningRun> {
  const { query } = services.database;
  const { id, started_at } = options.dry_run
    ? { id: null, started_at: await databaseClock(query) }
    : await beginRun(query, options.kind, options.trigger);
  const began = performance.now();
  const read_budget_ms = readBudget(options.remainingMs());
  const elapsed = () => Math.round(performance.now() - began);
  return {
    id,
    started_at,
    session: options.session ?? services.retell.session({ deadline: Date.now() + read_budget_ms, signal }),
    read_budget_ms,
    now: () => new Date(started_at.getTime() + elapsed()),
    duration_ms: elapsed,
  };
}

/** Retell is asked no longer than leaves time to write what was read: at least a tenth of the invocation. */
function readBudget(remainingMs: number): number {
  return remainingMs - Math.max(LIMITS.reserveMs, remainingMs / 10);
}

function isHeld(error: unknown): boolean {
  return error instanceof AppError && error.status === 409;
}

/** Also when there is no run yet, because there is no database: who only looks at the alarms must hear of it. */
function countFailure(
  { metrics }: Services,
  { kind, dry_run }: Pick<RunOptions, 'kind' | 'dry_run'>,
  error: unknown,
): void {
  if (dry_run || (kind !== 'sync' && kind !== 'scheduled')) return;
  metrics.record({ [isHeld(error) ? METRICS.orphanGuardTripped : METRICS.syncFailures]: 1 });
}

async function recordFailure(services: Services, options: RunOptions, run: RunningRun, error: unknown): Promise<void> {
  const held = isHeld(error);
  services.log[held ? 'warn' : 'error'](held ? 'A run waits for a person' : 'A run failed', {
    run_id: run.id,
    kind: options.kind,
    error,
  });
  countFailure(services, options, error);
  if (run.id === null) return;
  try {
    await failRun(services.database.query, run.id, {
      status: held ? 'held' : 'failed',
      message: error instanceof AppError ? error.message : 'Something unexpected went wrong; the log has the cause',
      error_code: error instanceof AppError ? error.code : 'internal_error',
      duration_ms: run.duration_ms(),
      retell_calls: run.session.calls(),
    });
  } catch (cause) {
    // The failure that led here is the one to answer; the next run closes this one.
    services.log.warn('The failed run could not be recorded', { run_id: run.id, error: cause });
  }
}
