/** Syncs of accounts of one size, beside the floors. */
import type { BenchAccount } from './account.ts';
import { startAccount } from './account.ts';
import type { Harness } from './harness.ts';
import type { BareTask, Measurement, SystemTask } from './measurement.ts';
import { median } from './statistics.ts';

export type Scenario = 'first sync' | 'idle sync' | 'ten changed';

/** Medians over the rounds. */
export interface Cell extends Pick<Measurement, 'ms' | 'statements' | 'peak_bytes'> {
  readonly size: number;
  readonly latency_ms: number;
  readonly scenario: Scenario;
  /** The system, or the floor with this client. */
  readonly subject: 'system' | BareTask['client'];
  /** Requests that reached Retell. */
  readonly calls: number;
  readonly rounds: number;
}

/** The default of `RETELL_CONCURRENCY`. */
const CONCURRENCY = 10;
/** The scheduled Lambda's 15 minutes. */
const REMAINING_MS = 900_000;
const CHANGED = 10;

type Step = { readonly scenario: Scenario } & (
  | { readonly subject: 'system'; readonly task: SystemTask }
  | { readonly subject: BareTask['client']; readonly task: BareTask }
);

/** Each scenario by the system and by both floors. */
function steps(
  scenario: Scenario,
  invoke: SystemTask['invoke'],
  { read, write }: Pick<BareTask, 'read' | 'write'>,
): readonly Step[] {
  const bare = (client: BareTask['client']): Step => ({
    scenario,
    subject: client,
    task: { client, read, write, concurrency: CONCURRENCY },
  });
  return [
    { scenario, subject: 'system', task: { invoke, remaining_ms: REMAINING_MS } },
    bare('fetch'),
    bare('node:http'),
  ];
}

export async function measureScenarios(
  harness: Harness,
  size: number,
  latency_ms: number,
  progress: (what: string) => void,
): Promise<readonly Cell[]> {
  const rounds = roundsFor(size, latency_ms);
  const cells: Cell[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const account = await startAccount({ agents: size, latency_ms });
    const report = ({ scenario, subject }: Step) =>
      progress(`${size} agents, ${latency_ms} ms: ${scenario}, ${subject} (${round} of ${rounds})`);
    cells.push(...(await measureRound(harness, account, { size, latency_ms, rounds }, report)));
    await account.close();
  }
  return mediansOf(cells);
}

/** Times that latency dominates repeat; short computing times need a median. */
function roundsFor(size: number, latency_ms: number): number {
  return latency_ms === 0 && size <= 10_000 ? 3 : 1;
}

async function measureRound(
  harness: Harness,
  account: BenchAccount,
  facts: Pick<Cell, 'size' | 'latency_ms' | 'rounds'>,
  report: (step: Step) => void,
): Promise<readonly Cell[]> {
  const urls = {
    system: await harness.database('bench_system'),
    fetch: await harness.database('bench_fetch'),
    'node:http': await harness.database('bench_http'),
  };
  const cells: Cell[] = [];
  const measure = async (step: Step) => {
    report(step);
    const { scenario, subject, task } = step;
    const place = { account, databaseUrl: urls[subject] };
    const result = await harness.measure(subject === 'system' ? 'system' : 'floor', place, task);
    refuseUnfinished(step, result);
    const { pages, details } = await account.requests();
    const { ms, statements, peak_bytes } = result;
    cells.push({ ...facts, scenario, subject, calls: pages + details, ms, statements, peak_bytes });
  };
  for (const step of steps('first sync', 'scheduled', { read: 'all', write: 'insert' })) await measure(step);
  for (const step of steps('idle sync', 'sync', { read: [], write: 'update' })) await measure(step);
  const changed = await account.change(Math.min(CHANGED, facts.size));
  for (const step of steps('ten changed', 'sync', { read: [...changed], write: 'update' })) await measure(step);
  for (const name of ['bench_system', 'bench_fetch', 'bench_http']) await harness.drop(name);
  return cells;
}

function refuseUnfinished({ scenario }: Step, { partial, errors }: Measurement): void {
  if (partial || errors > 0) throw new Error(`The ${scenario} did not finish: partial ${partial}, ${errors} errors`);
}

function mediansOf(cells: readonly Cell[]): readonly Cell[] {
  return [...Map.groupBy(cells, ({ scenario, subject }) => `${scenario} ${subject}`).values()].flatMap((group) =>
    group.slice(0, 1).map((cell) => medianOf(cell, group)),
  );
}

function medianOf({ size, latency_ms, scenario, subject, rounds }: Cell, group: readonly Cell[]): Cell {
  const of = (field: 'ms' | 'statements' | 'peak_bytes' | 'calls') => median(group.map((cell) => cell[field]));
  return {
    size,
    latency_ms,
    scenario,
    subject,
    rounds,
    ms: of('ms'),
    statements: of('statements'),
    peak_bytes: of('peak_bytes'),
    calls: of('calls'),
  };
}
