/** Reads the history of runs. */
import type { RunDetails, RunPage } from '../api/runs.ts';
import { LIMITS } from '../contract.ts';
import { pageAuditLog } from '../db/audit-log.ts';
import { listLostPoints } from '../db/run-lists.ts';
import { findRun, listRuns, type RunFilter } from '../db/runs.ts';
import { listUndos } from '../db/undos.ts';
import { undoneBy } from '../domain/undo.ts';
import { type AppError, apiError } from '../errors.ts';
import type { CoreServices } from '../services.ts';
import { cutList } from '../text.ts';

export async function readRuns({ database }: CoreServices, filter: RunFilter): Promise<RunPage> {
  const stored = await listRuns(database.query, filter);
  const undos = await listUndos(database.query);
  const runs = stored.map((run) => ({ ...run, undone_by: undoneBy(run.id, undos) }));
  return { success: true, runs, next: runs.length < filter.limit ? null : (runs.at(-1)?.id ?? null) };
}

interface LogPage {
  readonly limit: number;
  readonly offset: number;
}

/** @throws AppError `run_not_found` */
export async function readRun({ database }: CoreServices, id: number, { limit, offset }: LogPage): Promise<RunDetails> {
  const stored = await findRun(database.query, id);
  if (stored === undefined) throw runNotFound(id);
  const run = { ...stored, undone_by: undoneBy(id, await listUndos(database.query)) };
  const { entries, total } = await pageAuditLog(database.query, id, { limit, offset });
  const audit_logs = cutList(entries, limit);
  const end = offset + audit_logs.length;
  const lost_points = cutList(await listLostPoints(database.query, id, LIMITS.responseListEntries));
  const next = audit_logs.length > 0 && end < total ? end : null;
  return { success: true, run, lost_points, audit_logs, total, next };
}

export function runNotFound(id: number): AppError {
  return apiError('run_not_found', {
    message: `There is no run ${id}.`,
  });
}
