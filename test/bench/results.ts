import type { ContinuationResult } from './continuation.ts';
import type { ImportResult } from './imports.ts';
import type { WebhookMeasurement } from './measurement.ts';
import type { RateLimitResult } from './rate-limit.ts';
import type { Cell, Scenario } from './scenarios.ts';

/** All results of a bench run; also the JSON file. */
export interface BenchResults {
  readonly measured_at: string;
  readonly node: string;
  readonly cpus: number;
  readonly cells: readonly Cell[];
  readonly continuation: ContinuationResult | null;
  readonly rate_limit: RateLimitResult;
  readonly webhooks: WebhookMeasurement;
  readonly imports: readonly ImportResult[];
}

/** A cell of the system beside those of the floor and the baseline. */
export interface Comparison {
  readonly cell: Cell;
  readonly floor: Cell | undefined;
  readonly baseline: Cell | undefined;
}

export function comparisons(cells: readonly Cell[]): readonly Comparison[] {
  return cells
    .filter(({ subject }) => subject === 'system')
    .map((cell) => ({ cell, floor: find(cells, cell, 'floor'), baseline: find(cells, cell, 'baseline') }));
}

/** An audit and a scheduled sync without changes compare with an idle sync; the baseline does the same work each time. */
const MEASURED_AS: Readonly<Record<'floor' | 'baseline', Partial<Record<Scenario, Scenario>>>> = {
  floor: { audit: 'idle sync', 'scheduled sync': 'idle sync' },
  baseline: {
    'idle sync': 'first sync',
    '1 % changed': 'first sync',
    audit: 'first sync',
    'scheduled sync': 'first sync',
  },
};

function find(cells: readonly Cell[], { size, latency_ms, scenario }: Cell, subject: 'floor' | 'baseline') {
  const wanted = MEASURED_AS[subject][scenario] ?? scenario;
  return cells.find(
    (cell) =>
      cell.subject === subject && cell.size === size && cell.latency_ms === latency_ms && cell.scenario === wanted,
  );
}
