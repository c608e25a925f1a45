/** The refusals that wait for a person, with what they hold back. */
import * as v from 'valibot';
import { AuditReport } from './audit-report.ts';
import { CleanupEntry } from './cleanup-report.ts';
import { Failure } from './failure.ts';
import { ReportEntry, SyncReport } from './sync-report.ts';

/** `orphan_guard`: all but the orphaning was carried out; `account_mismatch`: nothing was. */
export const OrphanGuard = v.object({
  ...Failure.entries,
  plan: v.pipe(v.string(), v.description('Pass it as `confirm_orphans` to orphan just these.')),
  held_back: v.array(ReportEntry),
  run_id: v.exactOptional(v.nullable(v.number())),
  sync_result: v.exactOptional(SyncReport),
  message: v.exactOptional(v.pipe(v.string(), v.description('Of a scheduled sync, as are the next two.'))),
  audit_result: v.exactOptional(v.nullable(AuditReport)),
  timestamp: v.exactOptional(v.pipe(v.string(), v.isoTimestamp())),
});
export type OrphanGuard = v.InferOutput<typeof OrphanGuard>;

export const CleanupGuard = v.object({
  ...Failure.entries,
  candidates: v.pipe(v.number(), v.integer(), v.description('Pass it as `confirm`.')),
  cleaned_agents: v.array(CleanupEntry),
});
export type CleanupGuard = v.InferOutput<typeof CleanupGuard>;
