import type { ContinuationResult } from './continuation.ts';
import type { ImportResult } from './imports.ts';
import type { WebhookMeasurement } from './measurement.ts';
import type { RateLimitResult } from './rate-limit.ts';
import type { Cell, Scenario } from './scenarios.ts';

/** Everything that one run of the bench found out; also the JSON file. */
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

/** The system's cell with those that it is compared with. */
export interface Comparison {
  readonly cell: Cell;
  readonly limit: Cell | undefined;
  readonly today: Cell | undefined;
}

export function comparisons(cells: readonly Cell[]): readonly Comparison[] {
  return cells
    .filter(({ subject }) => subject === 'system')
    .map((cell) => ({ cell, limit: find(cells, cell, 'limit'), today: find(cells, cell, 'today') }));
}

/** An audit and a scheduled sync of what is in step need what an idle sync needs; today's way does the same each time. */
const MEASURED_AS: Readonly<Record<'limit' | 'today', Partial<Record<Scenario, Scenario>>>> = {
  limit: { audit: 'idle sync', 'scheduled sync': 'idle sync' },
  today: {
    'idle sync': 'first sync',
    '1 % changed': 'first sync',
    audit: 'first sync',
    'scheduled sync': 'first sync',
  },
};

function find(cells: readonly Cell[], { size, latency_ms, scenario }: Cell, subject: 'limit' | 'today') {
  const wanted = MEASURED_AS[subject][scenario] ?? scenario;
  return cells.find(
    (cell) =>
      cell.subject === subject && cell.size === size && cell.latency_ms === latency_ms && cell.scenario === wanted,
  );
}
