/** The scheduled sync: sync, then audit on the same inventory. */
import { LIMITS } from '../contract.ts';
import { type AuditReport, cutAuditReport } from '../domain/audit-report.ts';
import { counted } from '../domain/counted.ts';
import type { SyncReport } from '../domain/sync-report.ts';
import { AppError } from '../errors.ts';
import type { Services } from '../services.ts';
import { orphanGuardError } from './guard-errors.ts';
import { sync } from './sync.ts';
import type { SyncRequest, SyncResult } from './sync-request.ts';

export interface ScheduledSyncResult {
  readonly success: boolean;
  readonly message: string;
  readonly sync_result: SyncReport;
  /** null when not everything could be read, so that there is no honest score. */
  readonly audit_result: AuditReport | null;
  readonly timestamp: string;
}

/**
 * Throws what `sync` throws. What a caller is told with a failing status is in `failure`: orphans that are held back, as the
 * schedule never confirms (409), and agents that could not be read, so that nothing was scored (502).
 */
export async function scheduledSync(
  services: Services,
  request: Omit<SyncRequest, 'kind' | 'dry_run'>,
): Promise<{ answer: ScheduledSyncResult; failure: AppError | null }> {
  const result = await sync(services, { ...request, kind: 'scheduled', dry_run: false });
  const guard = result.held_back === null ? null : orphanGuardError(result.held_back, result.report);
  const answer = {
    success: guard === null && (result.audit !== null || result.report.partial),
    message: message(result, guard),
    sync_result: result.report,
    audit_result: result.audit === null ? null : cutAuditReport(result.audit, LIMITS.answerListEntries),
    timestamp: services.now().toISOString(),
  };
  const failure = guard ?? (answer.success ? null : auditIncomplete(answer.message));
  return { answer, failure: failure === null ? null : withAnswer(failure, answer) };
}

function auditIncomplete(reason: string): AppError {
  const hint = 'The sync was carried out; sync_result.errors names the agents. Try again in a few minutes.';
  return new AppError(502, 'audit_incomplete', `${reason}.`, hint);
}

function withAnswer({ status, code, message, hint, details }: AppError, answer: ScheduledSyncResult): AppError {
  return new AppError(status, code, message, hint, { details: { ...details, ...answer } });
}

function message({ report, audit }: SyncResult, guard: AppError | null): string {
  if (guard !== null) return guard.message;
  if (audit !== null) return `${report.message}; health ${audit.health_score} (${audit.health_status})`;
  if (report.partial) return report.message;
  return `${report.message}; no audit, because ${counted(report.counts.errors, 'agent')} could not be read`;
}
