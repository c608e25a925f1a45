/** The scheduled sync, and the continuation of a partial one: sync, then audit on the same observed state. */
import type { AuditReport } from '../api/audit.ts';
import type { ScheduledSyncResponse } from '../api/scheduled-sync.ts';
import { LIMITS } from '../contract.ts';
import { findPartialRun } from '../db/confirmations.ts';
import { cutAuditReport } from '../domain/audit-report.ts';
import { AppError } from '../errors.ts';
import type { Services } from '../services.ts';
import { counted } from '../text.ts';
import { orphanGuardError } from './guard.ts';
import type { SyncResult } from './publish-result.ts';
import { type SyncRequest, sync } from './sync.ts';

export interface ScheduledSyncResult {
  readonly report: ScheduledSyncResponse;
  /**
   * The error for HTTP callers: blocked orphans, because the schedule never confirms, or agents that could not be read.
   */
  readonly failure: AppError | null;
}

/** @throws what `sync` throws */
export async function scheduledSync(
  services: Services,
  request: Omit<SyncRequest, 'kind' | 'dry_run'>,
): Promise<ScheduledSyncResult> {
  const result = await sync(services, { ...request, kind: 'scheduled', dry_run: false });
  const guard = result.blocked === null ? null : orphanGuardError(result.blocked, result.report);
  const report = {
    success: guard === null && (result.audit !== null || result.report.partial),
    message: guard?.message ?? messageOf(result),
    sync_result: result.report,
    audit_result: result.audit === null ? null : cutAuditReport(result.audit, LIMITS.answerListEntries),
    timestamp: services.now().toISOString(),
  };
  const failure = guard ?? (report.success ? null : auditIncomplete(report.message));
  return { report, failure: failure === null ? null : withReport(failure, report) };
}

function auditIncomplete(reason: string): AppError {
  const hint = 'The sync was applied; sync_result.errors names the agents. Try again in a few minutes.';
  return new AppError({ status: 502, code: 'audit_incomplete', message: `${reason}.`, hint });
}

function withReport({ status, code, message, hint, details }: AppError, report: ScheduledSyncResponse): AppError {
  return new AppError({ status, code, message, hint, details: { ...details, ...report } });
}

function messageOf({ report, audit }: SyncResult): string {
  if (audit !== null)
    return `${report.message}; health ${audit.health_score} (${audit.health_status})${withoutOf(audit)}`;
  if (report.partial) return report.message;
  return `${report.message}; no audit, because ${counted(report.counts.errors, 'agent')} could not be read`;
}

function withoutOf({ unread }: AuditReport): string {
  return unread.length === 0 ? '' : ` without ${counted(unread.length, 'agent')} that could not be read`;
}

type ContinuationRequest = Pick<SyncRequest, 'trigger' | 'full' | 'confirm_orphans' | 'continuation'>;

/**
 * What a continuation event asks for: it names the run, and everything else is read from it. null: a later run did it
 * already, as when the event arrives twice, or is sent again for the sake of what was confirmed for that run.
 *
 * @throws AppError `not_partial`: any function that publishes events could name any run
 */
export async function continuationOf({ database }: Services, run_id: number): Promise<ContinuationRequest | null> {
  const partial = await findPartialRun(database.query, run_id);
  if (partial === null) {
    throw new AppError({
      status: 409,
      code: 'not_partial',
      message: `Run ${run_id} is not a partial sync of the last day, so there is nothing to continue.`,
      hint: 'The next scheduled sync reads what is missing.',
    });
  }
  if (partial.is_done) return null;
  const { confirmation, continuation } = partial;
  return { trigger: 'continuation', full: false, confirm_orphans: confirmation, continuation };
}
