/** The points of the trend. */
import type { Run, Status } from '../data/api-types.ts';
import { COMPARISONS } from '../operations/current-notice.ts';

export interface TrendPoint {
  readonly run_id: number;
  /** Milliseconds. */
  readonly at: number;
  /** null: the comparison failed. */
  readonly score: number | null;
  readonly outOfSync: number | null;
}

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

/** Scored runs and failed comparisons, oldest first. */
export function trendPoints(trend: readonly Status['trend'][number][], runs: readonly Run[]): readonly TrendPoint[] {
  const scored = trend.map(({ run_id, timestamp, health_score, discrepancies }) => ({
    run_id,
    at: Date.parse(timestamp),
    score: health_score,
    outOfSync: discrepancies,
  }));
  const failed = runs
    .filter(({ kind, status }) => COMPARISONS.has(kind) && status === 'failed')
    .map(({ id, started_at }) => ({ run_id: id, at: Date.parse(started_at), score: null, outOfSync: null }));
  return [...scored, ...failed].toSorted((one, other) => one.at - other.at);
}

export function within(points: readonly TrendPoint[], { ms }: Range, now: number): readonly TrendPoint[] {
  return points.filter(({ at }) => at >= now - ms);
}

/** Describes the plot to screen readers. */
export function trendSummary(points: readonly TrendPoint[]): string {
  const scores = points.flatMap(({ score }) => score ?? []);
  const [first] = scores;
  if (first === undefined) return 'No check has succeeded in this time.';
  const failures = points.length - scores.length;
  const failed = failures === 0 ? '' : ` ${failures} failed.`;
  return `Health from ${first} to ${scores.at(-1)} over ${scores.length} checks, ${Math.min(...scores)} at its lowest.${failed}`;
}
