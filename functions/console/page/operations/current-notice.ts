/** Chooses the one notice above the view: what needs a decision first, then the outcome of the last operation. */
import type { Run } from '../data/api-types.ts';

export type OperationName = 'dry_run' | 'sync' | 'full' | 'confirm' | 'fix' | 'check';

export interface LastOperation {
  /** null: nothing is running. */
  readonly busy: OperationName | null;
  /** null: no operation yet. A dry run results in a plan. */
  readonly result: 'failed' | 'blocked' | 'plan' | 'report' | 'audit' | null;
  /** Id of the newest run at its start. */
  readonly after: number;
}

export type CurrentNotice =
  | { readonly kind: 'blocked'; readonly run: Run }
  | { readonly kind: 'failed_run'; readonly run: Run }
  /** Of the last operation itself. */
  | { readonly kind: 'failure' }
  | { readonly kind: 'outcome' };

/** `runs`: newest first. Progress hides older notices; a dry run does not hide the blocked guard, which it is to confirm. */
export function currentNotice({ busy, result, after }: LastOperation, runs: readonly Run[]): CurrentNotice | null {
  if (busy !== null && busy !== 'dry_run') return null;
  const all = runs.filter(({ kind }) => COMPARISONS.has(kind));
  const comparisons = all.filter(({ status }) => status !== 'running');
  const inProgress = busy !== null || comparisons.length < all.length;
  const since = comparisons.filter(({ id }) => id > after);
  if (result === 'failed' && !inProgress && !since.some(({ status }) => status === 'succeeded'))
    return { kind: 'failure' };
  const sync = comparisons.find(({ kind }) => kind !== 'audit');
  if (sync?.status === 'held') return { kind: 'blocked', run: sync };
  const last = comparisons[0];
  if (last?.status === 'failed' && !inProgress) return { kind: 'failed_run', run: last };
  // One comparison is the operation's own run; a second one makes its outcome obsolete.
  // The guard blocks the sync of one agent without a comparison.
  if (result === 'blocked') return since.length === 0 ? { kind: 'outcome' } : null;
  return (result === 'report' || result === 'audit') && since.length <= 1 ? { kind: 'outcome' } : null;
}

/** The kinds of run that compare both sides in full. */
export const COMPARISONS: ReadonlySet<Run['kind']> = new Set(['sync', 'scheduled', 'audit']);
