import type { ContinuationResult } from './continuation.ts';
import type { FreshnessResult } from './freshness.ts';
import type { RateLimitResult } from './rate-limit.ts';
import type { Cell } from './scenarios.ts';
import type { WebhookResult } from './webhooks.ts';

/** All results of a bench run; also the JSON file. */
export interface BenchResults {
  readonly measured_at: string;
  readonly command: string;
  readonly node: string;
  readonly cpus: number;
  /** The machine's load average over a minute, when the run began. */
  readonly load: number;
  readonly cells: readonly Cell[];
  readonly continuation: ContinuationResult | null;
  readonly rate_limit: RateLimitResult;
  readonly webhooks: WebhookResult;
  readonly freshness: FreshnessResult;
  /** Import of the webhook's bundle. */
  readonly import_ms: number;
}

/** A cell of the system, and its time divided by that of either floor. */
export interface Comparison {
  readonly cell: Cell;
  readonly of_fetch: number;
  readonly of_http: number;
}

export function comparisons(cells: readonly Cell[]): readonly Comparison[] {
  return cells
    .filter(({ subject }) => subject === 'system')
    .map((cell) => ({ cell, of_fetch: ratio(cells, cell, 'fetch'), of_http: ratio(cells, cell, 'node:http') }));
}

function ratio(cells: readonly Cell[], { ms, size, latency_ms, scenario }: Cell, subject: Cell['subject']): number {
  const floor = cells.find(
    (cell) =>
      cell.subject === subject && cell.size === size && cell.latency_ms === latency_ms && cell.scenario === scenario,
  );
  return ms / (floor?.ms ?? Number.NaN);
}
