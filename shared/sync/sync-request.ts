/** What a sync is asked, and what it answers. */
import type { AuditReport } from '../domain/audit-report.ts';
import type { Outcome } from '../domain/change.ts';
import type { Confirmation } from '../domain/guard.ts';
import type { SyncReport } from '../domain/sync-report.ts';
import type { HeldBack } from './guard-errors.ts';
import type { RunOptions } from './run.ts';

export interface SyncRequest extends RunOptions {
  readonly kind: 'sync' | 'scheduled';
  /** Read every agent again. */
  readonly full: boolean;
  readonly confirm_orphans: Confirmation;
  /** Set when this run carries on what an earlier one had no time for. */
  readonly continuation?: Continuation;
}

/** What the runs of one continued sync have in common. */
export interface Continuation {
  /** When the first of them began. */
  readonly started_at: Date;
  /** Readings older than this are made again. */
  readonly stale_before: Date;
}

export interface SyncResult {
  readonly report: SyncReport;
  /** Uncut, unlike the report. */
  readonly outcome: Outcome;
  /** Agents read in this run. */
  readonly read: number;
  /** Of the same inventory, uncut; null when not everything could be read. */
  readonly audit: AuditReport | null;
  /** Orphans that wait for a person; null when there are none. */
  readonly held_back: HeldBack | null;
  /** Of the newest scored run before this one. */
  readonly previous_score: number | null;
}
