/** Which runs the history shows, and which of them fold into one line. */
import type { Run } from '../data/api-types.ts';
import type { Params } from '../routing/route.ts';

/** What people look for: both kinds of sync are syncs to them. */
export const KINDS = ['sync', 'check', 'webhook', 'cleanup', 'restore'] as const;
export type Kind = (typeof KINDS)[number];

const KIND_OF: Readonly<Record<Run['kind'], Kind>> = {
  sync: 'sync',
  scheduled: 'sync',
  audit: 'check',
  webhook: 'webhook',
  cleanup: 'cleanup',
  restore: 'restore',
};

export const RESULTS: readonly Run['status'][] = ['succeeded', 'failed', 'held', 'partial'];

export interface RunChoice {
  /** null: all, here and below. */
  readonly kind: Kind | null;
  readonly result: Run['status'] | null;
  /** Only runs that changed something. */
  readonly changed: boolean;
}

export function parseRunChoice({ kind, result, changed }: Params): RunChoice {
  return {
    kind: KINDS.find((name) => name === kind) ?? null,
    result: RESULTS.find((name) => name === result) ?? null,
    changed: changed === 'yes',
  };
}

export function runChoiceParams({ kind, result, changed }: RunChoice): Readonly<Record<string, string | null>> {
  return { kind, result, changed: changed ? 'yes' : null };
}

export function chooseRuns(runs: readonly Run[], { kind, result, changed }: RunChoice): readonly Run[] {
  return runs.filter(
    (run) =>
      (kind === null || KIND_OF[run.kind] === kind) &&
      (result === null || run.status === result) &&
      (!changed || changesIn(run).length > 0),
  );
}

const UNCHANGED: ReadonlySet<string> = new Set(['skipped', 'unchanged', 'pending', 'kept']);

/** The counts of what a run changed or met: `[['created', 3]]`. */
export function changesIn({ counts }: Pick<Run, 'counts'>): readonly (readonly [name: string, count: number])[] {
  return Object.entries(counts).filter(([name, count]) => count > 0 && !UNCHANGED.has(name));
}

/** A run, or several in a row that are not worth a line each. */
export type HistoryLine =
  | { readonly kind: 'run'; readonly run: Run }
  | { readonly kind: 'quiet'; readonly runs: readonly Run[] };

/** Fewer are shown as they are. */
const FEWEST_FOLDED = 3;

/** `runs` newest first. The newest one is never folded: it says when the last run was. */
export function foldQuietRuns(runs: readonly Run[]): readonly HistoryLine[] {
  const lines: HistoryLine[] = [];
  let quiet: Run[] = [];
  const flush = () => {
    if (quiet.length >= FEWEST_FOLDED) lines.push({ kind: 'quiet', runs: quiet });
    else lines.push(...quiet.map((run) => ({ kind: 'run', run }) as const));
    quiet = [];
  };
  for (const [index, run] of runs.entries()) {
    const before = quiet[0];
    const alike = before === undefined || KIND_OF[before.kind] === KIND_OF[run.kind];
    if (!alike) flush();
    if (index > 0 && isQuiet(run, runs[index + 1])) quiet.push(run);
    else {
      flush();
      lines.push({ kind: 'run', run });
    }
  }
  flush();
  return lines;
}

/** Nothing changed in it, and the score stayed as the run before left it. */
function isQuiet(run: Run, before: Run | undefined): boolean {
  const sameScore =
    run.health_score === null || before === undefined || before.health_score === null
      ? true
      : run.health_score === before.health_score;
  return run.status === 'succeeded' && changesIn(run).length === 0 && sameScore;
}

/** `23 quiet syncs`. */
export function quietWords(runs: readonly Run[]): string {
  const kind = KIND_OF[runs[0]?.kind ?? 'sync'];
  return `${runs.length} quiet ${QUIET_NOUNS[kind]}`;
}

const QUIET_NOUNS: Readonly<Record<Kind, string>> = {
  sync: 'syncs',
  check: 'checks',
  webhook: 'webhooks',
  cleanup: 'cleanups',
  restore: 'restores',
};
