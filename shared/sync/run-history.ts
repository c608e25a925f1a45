/** What was done and how healthy it was: from the stored runs alone, without a call to Retell. */
import type { CoreServices } from '../core-services.ts';
import { pageAuditLog } from '../db/audit-log.ts';
import { withoutNames } from '../db/database-error.ts';
import { findLastSync, findRun, findScored, listRuns, listTrend, type Run, type TrendPoint } from '../db/runs.ts';
import type { AuditLogEntry } from '../domain/audit-log.ts';
import type { AuditSummary } from '../domain/audit-report.ts';
import { cutList } from '../domain/cut-list.ts';
import { type HealthStatus, healthStatus } from '../domain/health.ts';
import { AppError } from '../errors.ts';

export interface Status {
  /** When both sides were last compared in full. */
  readonly last_check: Date | null;
  /** When a sync last came to its end. */
  readonly last_sync: Date | null;
  /** null until the first check. */
  readonly health_score: number | null;
  readonly health_status: HealthStatus | null;
  /** How many things were out of step at the last check. */
  readonly discrepancies: number | null;
  /** What the last check counted; null until there was one. */
  readonly summary: AuditSummary | null;
  readonly recommendations: readonly string[];
  /** Oldest first. */
  readonly trend: readonly TrendPoint[];
}

const TREND_POINTS = 100;

export async function readStatus({ database }: CoreServices): Promise<Status> {
  const scored = await findScored(database.query);
  const last_sync = await findLastSync(database.query);
  const trend = await listTrend(database.query, TREND_POINTS);
  const health_score = scored?.health_score ?? null;
  return {
    last_check: scored?.finished_at ?? null,
    last_sync,
    health_score,
    health_status: health_score === null ? null : healthStatus(health_score),
    discrepancies: scored?.discrepancies ?? null,
    summary: scored?.summary ?? null,
    recommendations: scored?.recommendations ?? ['Run a sync: POST /api/sync-retell-agents'],
    trend,
  };
}

export interface RunPage {
  readonly runs: readonly Run[];
  /** Pass it as `before` for the next page; null: there is none. */
  readonly next: number | null;
}

export async function readRuns({ database }: CoreServices, limit: number, before: number | null): Promise<RunPage> {
  const runs = await listRuns(database.query, limit, before);
  return { runs, next: runs.length < limit ? null : (runs.at(-1)?.id ?? null) };
}

export interface RunDetails {
  readonly run: Run;
  readonly audit_logs: readonly AuditLogEntry[];
  readonly total: number;
  /** Pass it as `offset` for the next page; null: there is none. */
  readonly next: number | null;
}

/** @throws AppError `run_not_found` */
export async function readRun(
  { database }: CoreServices,
  id: number,
  limit: number,
  offset: number,
): Promise<RunDetails> {
  const run = await findRun(database.query, id);
  if (run === undefined) {
    throw new AppError(
      404,
      'run_not_found',
      `There is no run ${id}.`,
      'GET /api/sync-runs lists the runs that are kept.',
    );
  }
  const { entries, total } = await pageAuditLog(database.query, id, limit, offset);
  const audit_logs = cutList(entries, limit);
  const end = offset + audit_logs.length;
  return { run, audit_logs, total, next: audit_logs.length > 0 && end < total ? end : null };
}

/**
 * @throws AppError `database_unavailable` or `schema_mismatch` when the service cannot do its work; without the names of
 * server, user and database, because anyone may ask
 */
export async function readHealth({
  database,
}: CoreServices): Promise<{ readonly status: 'ok'; readonly database: 'ok' }> {
  try {
    await listRuns(database.query, 1, null);
  } catch (error) {
    throw withoutNames(error);
  }
  return { status: 'ok', database: 'ok' };
}
