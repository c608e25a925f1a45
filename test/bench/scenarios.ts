/** Syncs and audits of accounts of one size, beside the floor and the baseline. */
import type { BenchAccount, Requests } from './account.ts';
import { startAccount } from './account.ts';
import type { Harness, Subject } from './harness.ts';
import type { BareTask, Measurement, SystemTask } from './measurement.ts';
import { median } from './statistics.ts';

export type Scenario = 'first sync' | 'idle sync' | '1 % changed' | 'audit' | 'scheduled sync';

/** Medians over the rounds. */
export interface Cell extends Pick<Measurement, 'ms' | 'statements' | 'answer_bytes' | 'peak_bytes'> {
  readonly size: number;
  readonly latency_ms: number;
  readonly scenario: Scenario;
  readonly subject: Subject;
  /** Requests that reached Retell. */
  readonly calls: number;
  readonly rounds: number;
}

/** The default of `RETELL_CONCURRENCY`. */
const CONCURRENCY = 10;
/** The scheduled Lambda's 15 minutes. */
const REMAINING_MS = 900_000;

interface Step {
  readonly scenario: Scenario;
  readonly subject: Subject;
  readonly task: (changed: readonly string[]) => SystemTask | BareTask;
}

const system = (scenario: Scenario, invoke: SystemTask['invoke']): Step => ({
  scenario,
  subject: 'system',
  task: () => ({ invoke, remaining_ms: REMAINING_MS }),
});
const bare = (
  scenario: Scenario,
  subject: Subject,
  read: 'all' | 'none' | 'changed',
  write: BareTask['write'],
): Step => ({
  scenario,
  subject,
  task: (changed) => ({ read: read === 'changed' ? [...changed] : read, write, concurrency: CONCURRENCY }),
});

const BEFORE_CHANGE: readonly Step[] = [
  system('first sync', 'start'),
  bare('first sync', 'floor', 'all', 'insert'),
  bare('first sync', 'baseline', 'all', 'insert'),
  system('idle sync', 'sync'),
  bare('idle sync', 'floor', 'none', 'update'),
];
const AFTER_CHANGE: readonly Step[] = [
  system('1 % changed', 'sync'),
  bare('1 % changed', 'floor', 'changed', 'update'),
  system('audit', 'audit'),
  system('scheduled sync', 'scheduled'),
];

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
  const urls = new Map<Subject, string>();
  for (const subject of ['system', 'floor', 'baseline'] as const)
    urls.set(subject, await harness.database(`bench_${subject}`));
  const cells: Cell[] = [];
  const measure = async (steps: readonly Step[], changed: readonly string[]) => {
    for (const step of steps) {
      report(step);
      const place = { account, databaseUrl: urls.get(step.subject) ?? '' };
      const result = await harness.measure(step.subject, place, step.task(changed));
      refuseUnfinished(step, result);
      const { ms, statements, answer_bytes, peak_bytes } = result;
      const { scenario, subject } = step;
      const calls = callsOf(await account.requests());
      cells.push({ ...facts, scenario, subject, calls, ms, statements, answer_bytes, peak_bytes });
    }
  };
  await measure(BEFORE_CHANGE, []);
  await measure(AFTER_CHANGE, await account.change(Math.ceil(facts.size / 100)));
  for (const subject of urls.keys()) await harness.drop(`bench_${subject}`);
  return cells;
}

function refuseUnfinished({ scenario }: Step, { partial, errors }: Measurement): void {
  if (partial || errors > 0) throw new Error(`The ${scenario} did not finish: partial ${partial}, ${errors} errors`);
}

function callsOf({ pages, details }: Requests): number {
  return pages + details;
}

function mediansOf(cells: readonly Cell[]): readonly Cell[] {
  return [...Map.groupBy(cells, ({ scenario, subject }) => `${scenario} ${subject}`).values()].flatMap((group) =>
    group.slice(0, 1).map((cell) => medianOf(cell, group)),
  );
}

function medianOf({ size, latency_ms, scenario, subject, rounds }: Cell, group: readonly Cell[]): Cell {
  const of = (field: 'ms' | 'statements' | 'answer_bytes' | 'peak_bytes' | 'calls') =>
    median(group.map((cell) => cell[field]));
  return {
    size,
    latency_ms,
    scenario,
    subject,
    rounds,
    ms: of('ms'),
    statements: of('statements'),
    answer_bytes: of('answer_bytes'),
    peak_bytes: of('peak_bytes'),
    calls: of('calls'),
  };
}
