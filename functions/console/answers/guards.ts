/** The refusals that wait for a person, with what they hold back. */
import * as v from 'valibot';
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
});
export type OrphanGuard = v.InferOutput<typeof OrphanGuard>;

export const CleanupGuard = v.object({
  ...Failure.entries,
  candidates: v.pipe(v.number(), v.integer(), v.description('Pass it as `confirm`.')),
  cleaned_agents: v.array(CleanupEntry),
});
export type CleanupGuard = v.InferOutput<typeof CleanupGuard>;
