/** Goals, and whether this run met them. */
import { MEMORY_MB } from './harness.ts';
import { type BenchResults, type Comparison, comparisons } from './results.ts';
import type { Scenario } from './scenarios.ts';

export interface Goal {
  readonly goal: string;
  readonly measured: string;
  readonly met: boolean;
}

interface Limit {
  readonly scenario: Scenario;
  readonly size: number;
  readonly latency_ms: number;
  readonly most: number;
}

const MOST_OF_FETCH: readonly Limit[] = [
  { scenario: 'first sync', size: 10_000, latency_ms: 0, most: 1.3 },
  { scenario: 'idle sync', size: 10_000, latency_ms: 0, most: 1.5 },
  { scenario: 'idle sync', size: 10_000, latency_ms: 50, most: 1.15 },
  { scenario: 'idle sync', size: 100_000, latency_ms: 0, most: 1.5 },
];
const MOST_MEGABYTES: readonly Limit[] = [
  { scenario: 'idle sync', size: 100_000, latency_ms: 0, most: 200 },
  { scenario: 'first sync', size: 100_000, latency_ms: 0, most: 400 },
];
/** A long run adds up to seven checkpoints. */
const MOST_STATEMENTS: Readonly<Record<Scenario, number>> = { 'first sync': 25, 'idle sync': 12, 'ten changed': 25 };
const LAMBDA_MS = 900_000;

export function checkGoals(results: BenchResults): readonly Goal[] {
  const all = comparisons(results.cells);
  return [
    ...MOST_OF_FETCH.flatMap((limit) => ratio(all, limit)),
    ...MOST_MEGABYTES.flatMap((limit) => megabytes(all, limit)),
    idleCalls(all),
    ...statements(all),
    memory(results),
    ...continuation(results),
    rateLimit(results),
    webhooks(results),
    webhookImport(results),
  ];
}

function ratio(all: readonly Comparison[], limit: Limit): readonly Goal[] {
  return measuredAt(all, limit).map(({ of_fetch }) => ({
    goal: `${named(limit)}: at most ${limit.most} times bare \`fetch\``,
    measured: of_fetch.toFixed(2),
    met: of_fetch <= limit.most,
  }));
}

function megabytes(all: readonly Comparison[], limit: Limit): readonly Goal[] {
  return measuredAt(all, limit).map(({ cell }) => {
    const measured = Math.ceil(cell.peak_bytes / 2 ** 20);
    return {
      goal: `${named(limit)}: at most ${limit.most} MB`,
      measured: `${measured} MB`,
      met: measured <= limit.most,
    };
  });
}

function named({ scenario, size, latency_ms }: Limit): string {
  return `${scenario} of ${size.toLocaleString('en-US')} agents at ${latency_ms} ms`;
}

/** Empty if this run did not measure it. */
function measuredAt(all: readonly Comparison[], { scenario, size, latency_ms }: Limit): readonly Comparison[] {
  return all.filter(({ cell }) => cell.scenario === scenario && cell.size === size && cell.latency_ms === latency_ms);
}

function idleCalls(all: readonly Comparison[]): Goal {
  const idle = all.filter(({ cell }) => cell.scenario === 'idle sync');
  const over = idle.filter(({ cell }) => cell.calls !== Math.ceil(cell.size / 1000));
  const measured = over.length === 0 ? 'the pages, at every size' : `${over.length} sizes with more`;
  return { goal: 'idle sync: calls to Retell are the pages of the listing', measured, met: over.length === 0 };
}

function statements(all: readonly Comparison[]): readonly Goal[] {
  const byScenario = Map.groupBy(all, ({ cell }) => cell.scenario);
  return [...byScenario].map(([scenario, list]) => {
    const counts = [...new Set(list.map(({ cell }) => cell.statements))];
    return {
      goal: `${scenario}: at most ${MOST_STATEMENTS[scenario]} statements at every size`,
      measured: counts.join(', '),
      met: Math.max(...counts) <= MOST_STATEMENTS[scenario],
    };
  });
}

function memory({ cells, continuation }: BenchResults): Goal {
  const peaks = cells.filter(({ subject }) => subject === 'system').map(({ peak_bytes }) => peak_bytes);
  const most = Math.max(...peaks, ...(continuation?.runs ?? []).map(({ peak_bytes }) => peak_bytes));
  const megabytes = most / 2 ** 20;
  return {
    goal: `every process within ${MEMORY_MB} MB`,
    measured: `${Math.ceil(megabytes)} MB`,
    met: megabytes <= MEMORY_MB,
  };
}

function continuation({ continuation }: BenchResults): readonly Goal[] {
  if (continuation === null) return [];
  const { plan, runs, interviewers, read_again } = continuation;
  const killed = runs.find((run) => run.killed)?.read ?? 0;
  const longest = Math.max(...runs.map(({ ms }) => ms));
  return [
    {
      goal: `${plan.agents} agents at ${plan.latency_ms} ms by continued runs: none missed`,
      measured: `${interviewers} interviewers after ${runs.length} runs`,
      met: interviewers === plan.agents,
    },
    {
      goal: 'none read twice, except since the last checkpoint of the killed run',
      measured: `${read_again} again, of ${killed} that it had read`,
      met: read_again <= killed,
    },
    {
      goal: `each run within its ${plan.next_ms / 1000} s`,
      measured: `${(longest / 1000).toFixed(1)} s`,
      met: longest <= Math.min(plan.next_ms, LAMBDA_MS),
    },
  ];
}

function rateLimit({ rate_limit }: BenchResults): Goal {
  const { ms, least_ms, errors, per_second, throttled } = rate_limit;
  const ratio = ms / least_ms;
  return {
    goal: `limit of ${per_second} requests a second: within 15 % of it, no error`,
    measured: `${ratio.toFixed(2)} times the least time, ${throttled} refused, ${errors} errors`,
    met: ratio <= 1.15 && errors === 0,
  };
}

function webhooks({ webhooks }: BenchResults): Goal {
  const above = webhooks.ms - webhooks.empty_ms;
  return {
    goal: 'webhook with nothing to read: p50 at most 3 ms above an empty handler',
    measured: `${above.toFixed(2)} ms`,
    met: above <= 3,
  };
}

function webhookImport({ import_ms }: BenchResults): Goal {
  const goal = "import of the webhook's bundle at most 60 ms";
  return { goal, measured: `${import_ms.toFixed(0)} ms`, met: import_ms <= 60 };
}
