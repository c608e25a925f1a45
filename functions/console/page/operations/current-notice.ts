/** Which one notice stands above the view: what needs a person first, then what the last operation led to. */
import type { Run } from '../data/api-types.ts';

export type OperationName = 'dry_run' | 'sync' | 'full' | 'confirm' | 'check';

export interface LastOperation {
  /** null: nothing is running. */
  readonly busy: OperationName | null;
  /** What the last one came to; null: there was none. A plan is the outcome of a dry run. */
  readonly result: 'failed' | 'blocked' | 'plan' | 'report' | 'audit' | null;
  /** The newest run that the page knew when it began. */
  readonly after: number;
}

export type CurrentNotice =
  | { readonly kind: 'blocked'; readonly run: Run }
  | { readonly kind: 'failed_run'; readonly run: Run }
  /** Of the last operation itself. */
  | { readonly kind: 'failure' }
  | { readonly kind: 'outcome' };

/** `runs` newest first. No notice of before stands beside an operation that is running; a dry run leaves the guard as it is. */
export function currentNotice({ busy, result, after }: LastOperation, runs: readonly Run[]): CurrentNotice | null {
  if (busy !== null && busy !== 'dry_run') return null;
  const comparisons = runs.filter(({ kind, status }) => COMPARISONS.has(kind) && status !== 'running');
  const since = comparisons.filter(({ id }) => id > after);
  if (result === 'failed' && !since.some(({ status }) => status === 'succeeded')) return { kind: 'failure' };
  const sync = comparisons.find(({ kind }) => kind !== 'audit');
  if (sync?.status === 'held') return { kind: 'blocked', run: sync };
  const last = comparisons[0];
  if (last?.status === 'failed' && busy === null) return { kind: 'failed_run', run: last };
  // The operation's own run is one; what it says no longer holds once there is another.
  return (result === 'report' || result === 'audit') && since.length <= 1 ? { kind: 'outcome' } : null;
}

/** Runs that compare both sides in full: the page shows nothing newer than the last of them. */
export const COMPARISONS: ReadonlySet<Run['kind']> = new Set(['sync', 'scheduled', 'audit']);
