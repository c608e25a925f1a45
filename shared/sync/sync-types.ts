/** What a sync is asked for, and what it results in. */
import type { AuditReport } from '../api/audit.ts';
import type { SyncReport } from '../api/sync.ts';
import type { Continuation } from '../db/runs.ts';
import type { Change } from '../domain/change.ts';
import type { Confirmation } from '../domain/guard.ts';
import type { BlockedOrphans } from './guard-error.ts';
import type { RunOptions } from './run.ts';

export interface SyncRequest extends RunOptions {
  readonly kind: 'sync' | 'scheduled';
  /** Read every agent again. */
  readonly full: boolean;
  readonly confirm_orphans: Confirmation;
  /** Set when this run continues a partial one. */
  readonly continuation?: Continuation;
}

export interface SyncResult {
  readonly report: SyncReport;
  /** Uncut, unlike the report's lists. */
  readonly changes: readonly Change[];
  /** Agents read in this run. */
  readonly read: number;
  /** Of the same observed state, uncut; null when not everything could be read. */
  readonly audit: AuditReport | null;
  /** null: nothing is blocked. */
  readonly blocked: BlockedOrphans | null;
  /** Of the newest scored run before this one. */
  readonly previous_score: number | null;
}
