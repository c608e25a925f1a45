/** Filters the history and folds quiet runs into one line. */
import type { Run } from '../data/api-types.ts';
import type { RunFilter } from '../data/run-filter.ts';
import { countLabel } from '../labels.ts';
import type { Params } from '../routing/route.ts';

/** The filter offers one kind for manual and scheduled syncs. */
export const KINDS = ['sync', 'check', 'webhook', 'cleanup', 'restore', 'undo'] as const;
export type Kind = (typeof KINDS)[number];

const KIND_OF: Readonly<Record<Run['kind'], Kind>> = {
  sync: 'sync',
  sync_agent: 'sync',
  scheduled: 'sync',
  audit: 'check',
  webhook: 'webhook',
  cleanup: 'cleanup',
  restore: 'restore',
  undo: 'undo',
};

export const RESULTS: readonly Run['status'][] = ['succeeded', 'failed', 'held', 'partial'];

export interface RunChoice {
  /** null: all. */
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

/** The service's kind of the same meaning. The page itself picks out syncs, which are several kinds. */
const SERVICE_KINDS: Readonly<Record<Kind, Run['kind'] | null>> = {
  sync: null,
  check: 'audit',
  webhook: 'webhook',
  cleanup: 'cleanup',
  restore: 'restore',
  undo: 'undo',
};

/** The part of the choice that the service filters by, over its whole history. */
export function serviceFilter({ kind, result, changed }: RunChoice): RunFilter {
  const named = kind === null ? null : SERVICE_KINDS[kind];
  return {
    ...(named === null ? {} : { kind: named }),
    ...(result === null ? {} : { status: result }),
    ...(changed ? { changed: 'true' } : {}),
  };
}

/** Chooses among the runs that the service returned. */
export function chooseRuns(runs: readonly Run[], { kind }: RunChoice): readonly Run[] {
  return runs.filter((run) => kind === null || KIND_OF[run.kind] === kind);
}

const UNCHANGED: ReadonlySet<string> = new Set(['skipped', 'unchanged', 'pending', 'kept']);

/** Counts of changes and problems: `[['created', 3]]`. */
export function changesIn({ counts }: Pick<Run, 'counts'>): readonly (readonly [name: string, count: number])[] {
  return Object.entries(counts).filter(([name, count]) => count > 0 && !UNCHANGED.has(name));
}

/** `3 created, 1 conflict`; empty without changes. */
export function changesText(run: Pick<Run, 'counts'>): string {
  return changesIn(run)
    .map(([name, count]) => countLabel(name, count))
    .join(', ');
}

/** Several quiet runs in a row. */
export interface QuietRuns {
  readonly kind: 'quiet';
  readonly runs: readonly Run[];
  /** The lines of its runs follow. */
  readonly open: boolean;
}

export type HistoryLine = { readonly kind: 'run'; readonly run: Run } | QuietRuns;

/** Names a group of quiet runs: newer ones may join it. */
export function oldestOf({ runs }: QuietRuns): number {
  return runs.at(-1)?.id ?? 0;
}

/** Fewer quiet runs in a row are not folded. */
const FEWEST_FOLDED = 3;

/** `runs`: newest first. Never folds the newest run, which shows when the service last ran. */
export function foldQuietRuns(runs: readonly Run[], isOpen: (oldest: number) => boolean): readonly HistoryLine[] {
  const lines: HistoryLine[] = [];
  let quiet: Run[] = [];
  const flush = () => {
    lines.push(...linesOf(quiet, isOpen));
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

function linesOf(quiet: readonly Run[], isOpen: (oldest: number) => boolean): readonly HistoryLine[] {
  const each = quiet.map((run) => ({ kind: 'run', run }) as const);
  if (quiet.length < FEWEST_FOLDED) return each;
  const open = isOpen(quiet.at(-1)?.id ?? 0);
  return [{ kind: 'quiet', runs: quiet, open }, ...(open ? each : [])];
}

/** The runs that are not folded, in their order: a drawer steps through these. */
export function unfoldedIds(lines: readonly HistoryLine[]): readonly string[] {
  return lines.flatMap((line) => (line.kind === 'run' ? [String(line.run.id)] : []));
}

/** Quiet: succeeded without changes and with the score of the run before. */
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
  undo: 'undos',
};
