/** The points of the trend. */
import type { Run, Status } from '../data/api-types.ts';
import { COMPARISONS } from '../operations/current-notice.ts';
import { counted } from '../ui/format.ts';

export interface PlottedPoint {
  readonly run_id: number;
  /** Milliseconds. */
  readonly at: number;
  /** null: a gap. */
  readonly score: number | null;
  readonly outOfSync: number | null;
  /** Why there is no score: the comparison failed, or it did not cover every agent. */
  readonly gap: Gap | null;
}

const GAPS = ['failed', 'not scored'] as const;
type Gap = (typeof GAPS)[number];

const HOUR = 3_600_000;

export const RANGES = [
  { name: '24h', word: '24 hours', ms: 24 * HOUR },
  { name: '7d', word: '7 days', ms: 7 * 24 * HOUR },
  { name: '30d', word: '30 days', ms: 30 * 24 * HOUR },
  { name: '90d', word: '90 days', ms: 90 * 24 * HOUR },
] as const;
export type Range = (typeof RANGES)[number];

export function parseRange(name: string | undefined): Range {
  return RANGES.find((range) => range.name === name) ?? RANGES[0];
}

/** Leaves out running comparisons, so that a query that selects these has no new data when one makes progress. */
export function unscoredComparisons(runs: readonly Run[]): readonly Run[] {
  return runs.filter(isUnscored);
}

/** Scored runs and comparisons without a score, oldest first. `runs` may list a run twice. */
export function trendPoints(trend: readonly Status['trend'][number][], runs: readonly Run[]): readonly PlottedPoint[] {
  const scored = trend.map(({ run_id, timestamp, health_score, discrepancies }) => ({
    run_id,
    at: Date.parse(timestamp),
    score: health_score,
    outOfSync: discrepancies,
    gap: null,
  }));
  const unscored = new Map(unscoredComparisons(runs).map((run) => [run.id, gapOf(run)]));
  return [...scored, ...unscored.values()].toSorted((one, other) => one.at - other.at);
}

function isUnscored({ kind, status, health_score }: Run): boolean {
  return COMPARISONS.has(kind) && status !== 'running' && health_score === null;
}

function gapOf({ id, started_at, status }: Run): PlottedPoint {
  const gap = status === 'failed' ? 'failed' : 'not scored';
  return { run_id: id, at: Date.parse(started_at), score: null, outOfSync: null, gap };
}

export function within(points: readonly PlottedPoint[], { ms }: Range, now: number): readonly PlottedPoint[] {
  return points.filter(({ at }) => at >= now - ms);
}

/** Describes the plot to screen readers. */
export function trendSummary(points: readonly PlottedPoint[]): string {
  const scores = points.flatMap(({ score }) => score ?? []);
  const [first] = scores;
  if (first === undefined) return 'No check has succeeded in this time.';
  const gaps = GAPS.map((gap) => ({ gap, times: points.filter((point) => point.gap === gap).length }))
    .filter(({ times }) => times > 0)
    .map(({ gap, times }) => ` ${times} ${gap}.`);
  const checks = counted(scores.length, 'check');
  return `Health from ${first} to ${scores.at(-1)} over ${checks}, ${Math.min(...scores)} at its lowest.${gaps.join('')}`;
}
