/** A first sync that takes several invocations, one of which is killed. */
import { setTimeout as delay } from 'node:timers/promises';
import { startAccount } from './account.ts';
import type { Harness, Place } from './harness.ts';
import type { SystemTask } from './measurement.ts';

export interface ContinuationPlan {
  readonly agents: number;
  readonly latency_ms: number;
  /** Time of the first invocation, started by a person; Lambda gives it 29 s. */
  readonly first_ms: number;
  /** Time of each later invocation; Lambda gives it 15 minutes. */
  readonly next_ms: number;
  /** Milliseconds after which the second invocation is killed; null: never. */
  readonly kill_after_ms: number | null;
}

export interface ContinuationRun {
  readonly ms: number;
  /** Details read in it. */
  readonly read: number;
  readonly peak_bytes: number;
  readonly killed: boolean;
}

export interface ContinuationResult {
  readonly plan: ContinuationPlan;
  readonly runs: readonly ContinuationRun[];
  /** Details that were read more than once. */
  readonly read_again: number;
  readonly interviewers: number;
  readonly ms: number;
}

/** More invocations than this count as endless. */
const MOST_RUNS = 30;

export async function measureContinuation(
  harness: Harness,
  plan: ContinuationPlan,
  progress: (what: string) => void,
): Promise<ContinuationResult> {
  const account = await startAccount(plan);
  const place = { account, databaseUrl: await harness.database('continued') };
  const runs: ContinuationRun[] = [];
  let task: SystemTask | null = { invoke: 'sync', remaining_ms: plan.first_ms };
  const began = performance.now();
  while (task !== null) {
    if (runs.length === MOST_RUNS) throw new Error(`The sync does not end: ${MOST_RUNS} runs`);
    progress(`${plan.agents} agents, continued: run ${runs.length + 1}`);
    const killed = runs.length === 1 && plan.kill_after_ms !== null;
    const { run, next }: Step = killed
      ? { run: await killedRun(harness, place, task, plan.kill_after_ms ?? 0), next: task }
      : await finishedRun(harness, place, task, plan.next_ms);
    runs.push({ ...run, read: (await account.requests()).details });
    task = next;
  }
  const ms = performance.now() - began;
  const interviewers = await harness.count(place.databaseUrl);
  await account.close();
  await harness.drop('continued');
  const read_again = runs.reduce((sum, { read }) => sum + read, 0) - plan.agents;
  return { plan, runs, read_again, interviewers, ms };
}

type Unread = Omit<ContinuationRun, 'read'>;

interface Step {
  readonly run: Unread;
  /** null when the sync is complete. */
  readonly next: SystemTask | null;
}

async function finishedRun(harness: Harness, place: Place, task: SystemTask, next_ms: number): Promise<Step> {
  const { ms, peak_bytes, continuation, errors } = await harness.measure('system', place, task);
  if (errors > 0) throw new Error(`${errors} agents could not be read`);
  const next: SystemTask | null =
    continuation === null ? null : { invoke: 'continuation', remaining_ms: next_ms, detail: continuation };
  return { run: { ms, peak_bytes, killed: false }, next };
}

/** Kills a run; EventBridge then delivers the same event again. */
async function killedRun(harness: Harness, place: Place, task: SystemTask, after_ms: number): Promise<Unread> {
  const started = await harness.start('system', place, task);
  const outcome = started.answer.then(
    () => 'answered',
    () => 'killed',
  );
  await delay(after_ms);
  await started.kill();
  if ((await outcome) === 'answered') throw new Error('The run to be killed had already ended');
  return { ms: after_ms, peak_bytes: 0, killed: true };
}
