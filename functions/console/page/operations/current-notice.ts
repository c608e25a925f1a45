/** Which one notice stands above the view: what needs a person first, then what the last operation led to. */
import type { AuditReport, Run, SyncReport } from '../data/api-types.ts';
import type { RequestError } from '../data/request-error.ts';
import type { Operations } from './use-operations.tsx';

export type CurrentNotice =
  | { readonly kind: 'failure'; readonly error: RequestError }
  | { readonly kind: 'blocked'; readonly run: Run }
  | { readonly kind: 'failed_run'; readonly run: Run }
  | { readonly kind: 'report'; readonly report: SyncReport }
  | { readonly kind: 'audit'; readonly audit: AuditReport };

type LastOperation = Pick<Operations, 'busy' | 'outcome' | 'error' | 'after'>;

/** `runs` newest first. No notice of before stands beside an operation that is running; a dry run leaves the guard as it is. */
export function currentNotice(
  { busy, outcome, error, after }: LastOperation,
  runs: readonly Run[],
): CurrentNotice | null {
  if (busy !== null && busy !== 'dry_run') return null;
  const comparisons = runs.filter(({ kind, status }) => COMPARISONS.has(kind) && status !== 'running');
  const since = comparisons.filter(({ id }) => id > after);
  if (error !== null && !since.some(({ status }) => status === 'succeeded')) return { kind: 'failure', error };
  const sync = comparisons.find(({ kind }) => kind !== 'audit');
  if (sync?.status === 'held') return { kind: 'blocked', run: sync };
  if (busy !== null) return null;
  const last = comparisons[0];
  if (last?.status === 'failed') return { kind: 'failed_run', run: last };
  // The operation's own run is one; what it says no longer holds once there is another.
  if (outcome === null || since.length > 1) return null;
  if (outcome.kind === 'audit') return outcome;
  return outcome.kind === 'report' && !outcome.report.dry_run ? outcome : null;
}

/** Runs that compare both sides in full: the page shows nothing newer than the last of them. */
const COMPARISONS: ReadonlySet<Run['kind']> = new Set(['sync', 'scheduled', 'audit']);
