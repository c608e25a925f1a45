/** Records and reports a sync, and reads the history. */

import type { AuditReport } from '../api/audit.ts';
import type { RunDetails, RunPage } from '../api/runs.ts';
import type { SyncReport } from '../api/sync.ts';
import { LIMITS } from '../contract.ts';
import { pageAuditLog } from '../db/audit-log.ts';
import type { Query } from '../db/pool.ts';
import { listLostPoints } from '../db/run-lists.ts';
import { type Continuation, findRun, listRuns, pruneHistory, type RunFilter } from '../db/runs.ts';
import { listUndos } from '../db/undos.ts';
import { skipLogOf, storedLogOf } from '../domain/audit-log.ts';
import type { Confirmation } from '../domain/guard.ts';
import type { ObservedState } from '../domain/observed-state.ts';
import { type AppliedChanges, countsOf, type SyncReportInput, syncMessage, syncReport } from '../domain/sync-report.ts';
import { undoneBy } from '../domain/undo.ts';
import { storedWarnings } from '../domain/warnings.ts';
import { type AppError, apiError } from '../errors.ts';
import type { CoreServices } from '../services.ts';
import { counted, cutList } from '../text.ts';
import type { BlockedOrphans } from './guard.ts';
import { type RunContext, recordRun, usageOf } from './run.ts';

export interface SyncRecord extends AppliedChanges {
  readonly observed: ObservedState;
  readonly audit: AuditReport | null;
  readonly partial: boolean;
  readonly blocked: BlockedOrphans | null;
  readonly confirmation: Confirmation;
  readonly continuation: Continuation;
}

/** Returns the score before the sync; a dry run is not recorded. */
export function recordSync(query: Query, run: RunContext, record: SyncRecord): Promise<number | null> {
  const { changes, observed, audit, partial, blocked, confirmation, continuation } = record;
  const counts = countsOf(record, observed);
  return recordRun(query, run, {
    status: blocked !== null ? 'held' : partial ? 'partial' : 'succeeded',
    message: `${syncMessage(counts, { dry_run: false, partial })}${blockedPart(blocked)}`,
    log: storedLogOf(changes, run.now()),
    ...(blocked === null ? {} : { error_code: 'orphan_guard', plan: blocked.plan, blocked: blocked.orphans.length }),
    ...(partial ? { continuation } : {}),
    confirmation,
    counts,
    ...(audit === null ? { health_score: null } : scoreOf(audit)),
    skipped: skipLogOf(changes, run.now()),
  });
}

type OfRun = 'rules' | 'run_id' | 'dry_run' | 'duration_ms' | 'retell_calls' | 'now';

/** The response of a sync, with what the run knows itself. */
export function reportSync(run: RunContext, input: Omit<SyncReportInput, OfRun>): SyncReport {
  const { rules } = run.services.config;
  const ofRun = { ...usageOf(run), rules, run_id: run.id, dry_run: run.id === null, now: run.now() };
  return syncReport({ ...input, ...ofRun }, LIMITS.responseListEntries);
}

function blockedPart(blocked: BlockedOrphans | null): string {
  return blocked === null ? '' : `; the orphan guard blocks ${counted(blocked.orphans.length, 'interviewer')}`;
}

/** The part of an audit that is stored with its run. */
export function scoreOf(report: AuditReport) {
  const { health_score, health_status, discrepancies, summary, recommendations, advice } = report;
  return {
    health_score,
    health_status,
    discrepancies: discrepancies.length,
    lost: discrepancies.map(({ agent_id, name, status, details, points }) => ({
      agent_id,
      name,
      status,
      details,
      points,
    })),
    summary,
    recommendations: recommendations.slice(0, LIMITS.storedRecommendations),
    warnings: storedWarnings(advice, LIMITS.responseListEntries),
  };
}

/** A failure does no harm: the next sync prunes what this one did not. */
export async function pruneOldHistory({ config, database, log }: CoreServices): Promise<void> {
  try {
    await pruneHistory(database.query, config.historyDays);
  } catch (error) {
    log.warn('The history could not be pruned; the next sync does it', { error });
  }
}

/** A response without its `success`. */
type Page<Response> = Omit<Response, 'success'>;

export async function readRuns({ database }: CoreServices, filter: RunFilter): Promise<Page<RunPage>> {
  const stored = await listRuns(database.query, filter);
  const undos = await listUndos(database.query);
  const runs = stored.map((run) => ({ ...run, undone_by: undoneBy(run.id, undos) }));
  return { runs, next: runs.length < filter.limit ? null : (runs.at(-1)?.id ?? null) };
}

export interface LogPage {
  readonly limit: number;
  readonly offset: number;
}

/** @throws AppError `run_not_found` */
export async function readRun(
  { database }: CoreServices,
  id: number,
  { limit, offset }: LogPage,
): Promise<Page<RunDetails>> {
  const stored = await findRun(database.query, id);
  if (stored === undefined) throw runNotFound(id);
  const run = { ...stored, undone_by: undoneBy(id, await listUndos(database.query)) };
  const { entries, total } = await pageAuditLog(database.query, id, { limit, offset });
  const audit_logs = cutList(entries, limit);
  const end = offset + audit_logs.length;
  const lost_points = cutList(await listLostPoints(database.query, id, LIMITS.responseListEntries));
  return { run, lost_points, audit_logs, total, next: audit_logs.length > 0 && end < total ? end : null };
}

export function runNotFound(id: number): AppError {
  return apiError('run_not_found', {
    message: `There is no run ${id}.`,
  });
}
