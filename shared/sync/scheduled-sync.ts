/** The scheduled sync: sync, then audit on the same inventory. */
import { LIMITS } from '../contract.ts';
import { type AuditReport, cutAuditReport } from '../domain/audit-report.ts';
import type { SyncReport } from '../domain/sync-report.ts';
import { AppError } from '../errors.ts';
import type { Services } from '../services.ts';
import { orphanGuard } from './held-back.ts';
import { sync } from './sync.ts';
import type { SyncAnswer, SyncRequest } from './sync-request.ts';

export interface ScheduledSyncAnswer {
  readonly success: boolean;
  readonly message: string;
  readonly sync_result: SyncReport;
  /** null when not everything could be read, so that there is no honest score. */
  readonly audit_result: AuditReport | null;
  readonly timestamp: string;
}

/**
 * Throws what `sync` throws. Orphans that are held back are told in the message, as the schedule never confirms; `guard` is
 * the 409 that tells the same to whoever called.
 */
export async function scheduledSync(
  services: Services,
  request: Omit<SyncRequest, 'kind' | 'dry_run'>,
): Promise<{ answer: ScheduledSyncAnswer; guard: AppError | null }> {
  const result = await sync(services, { ...request, kind: 'scheduled', dry_run: false });
  const guard = result.held_back === null ? null : orphanGuard(result.held_back, result.report);
  const answer = {
    success: guard === null && (result.audit !== null || result.report.partial),
    message: message(result, guard),
    sync_result: result.report,
    audit_result: result.audit === null ? null : cutAuditReport(result.audit, LIMITS.answerListEntries),
    timestamp: services.now().toISOString(),
  };
  return { answer, guard: guard === null ? null : withAnswer(guard, answer) };
}

function withAnswer({ status, code, message, hint, details }: AppError, answer: ScheduledSyncAnswer): AppError {
  return new AppError(status, code, message, hint, { details: { ...details, ...answer } });
}

function message({ report, audit }: SyncAnswer, guard: AppError | null): string {
  if (guard !== null) return guard.message;
  if (audit !== null) return `${report.message}; health ${audit.health_score} (${audit.health_status})`;
  if (report.partial) return report.message;
  return `${report.message}; no audit, because ${report.counts.errors} agent(s) could not be read`;
}
