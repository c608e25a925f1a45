/** Reads from Retell only the agents that must be read. */
import { type Progress, saveObservations } from '../db/observations.ts';
import type { ListedAgent, Observation } from '../domain/agent.ts';
import { type ObservedState, type ReadRules, readNeeds } from '../domain/observed-state.ts';
import { AppError } from '../errors.ts';
import type { Result } from '../result.ts';
import type { ComparedState, Sides } from './compare-sides.ts';
import type { RunContext } from './run.ts';

export interface ReadPlan extends Sides {
  readonly state: ComparedState;
  readonly evidence_since: Date;
  /** Saves observations, on the way as well, so that a run which is killed loses only the last of them. */
  readonly save: (observations: readonly Observation[], progress?: Omit<Progress, 'run_id'>) => Promise<void>;
}

/** Saves what a run reads, with its progress; a dry run stores nothing. */
export function saverOf({ id: run_id, services }: RunContext): ReadPlan['save'] {
  const { query } = services.database;
  const { rules } = services.config;
  return async (observations, progress) => {
    if (run_id === null) return;
    await saveObservations(query, observations, { rules, ...(progress && { progress: { run_id, ...progress } }) });
  };
}

/** Reads details first and evidence last, so that a run which could not read everything orphans nothing. */
export async function readObservedState(run: RunContext, plan: ReadPlan): Promise<ObservedState> {
  const { listing, state, evidence_since } = plan;
  const wanted = agentsToRead(run, plan);
  const observations = new Map(state.observations);
  const unreadable = new Map(listing.unusable);
  const pending = new Set(wanted);
  const timedOut: string[] = [];
  const readOne = async (
    agent_id: string,
    { failFast }: { readonly failFast: boolean },
  ): Promise<Observation | null> => {
    const known = { listed: listing.agents.get(agent_id), previous: state.observations.get(agent_id) };
    const result = await readAgent(run, agent_id, { ...known, failFast });
    if (!result.ok && result.cause === 'out_of_time') return null;
    if (!result.ok && result.cause === 'timeout' && failFast) {
      timedOut.push(agent_id);
      return null;
    }
    pending.delete(agent_id);
    if (result.ok) observations.set(agent_id, result.value);
    else unreadable.set(agent_id, { name: null, reason: result.reason });
    return result.ok ? result.value : null;
  };
  const checkpoints = createCheckpoints(plan.save, wanted.length);
  const readEach = (agent_ids: readonly string[], { failFast }: { readonly failFast: boolean }) =>
    mapConcurrently(agent_ids, run.services.retell.concurrency, async (agent_id) =>
      checkpoints.add(await readOne(agent_id, { failFast })),
    );
  await readEach(wanted, { failFast: true });
  // Agents that time out come last, so that they do not take the time of the others.
  await readEach(timedOut, { failFast: false });
  await checkpoints.end();
  const read = wanted.filter((agent_id) => !pending.has(agent_id) && !unreadable.has(agent_id)).length;
  const { listed, left_out } = state;
  const { unidentified } = listing;
  return { listed, left_out, observations, unreadable, unidentified, pending, read, evidence_since };
}

function agentsToRead({ services }: RunContext, { listing, state, stale_before, evidence_since }: ReadPlan): string[] {
  const rules: ReadRules = { eligibility: services.config.rules, stale_before, evidence_since };
  const { details, evidence } = readNeeds(state, rules);
  return [...details, ...evidence].filter((agent_id) => !listing.unusable.has(agent_id));
}

/** Each interval is twice the one before: progress shows early, and a run of 15 minutes adds seven statements. */
const FIRST_CHECKPOINT_MS = 5_000;

interface Checkpoints {
  /** Called after each agent; null: it could not be read. */
  add(observation: Observation | null): Promise<void>;
  /** Saves what is left. */
  end(): Promise<void>;
}

function createCheckpoints(save: ReadPlan['save'], total: number): Checkpoints {
  let interval_ms = FIRST_CHECKPOINT_MS;
  let unsaved: Observation[] = [];
  let done = 0;
  let due = performance.now() + interval_ms;
  let saved = Promise.resolve();
  return {
    async add(observation) {
      if (observation !== null) unsaved.push(observation);
      done += 1;
      if (performance.now() < due) return;
      const [observations, so_far] = [unsaved, done];
      unsaved = [];
      interval_ms *= 2;
      due = performance.now() + interval_ms;
      // One after another: a Lambda has a single connection, and a statement that waits too long for it fails.
      saved = saved.then(() => save(observations, { done: so_far, total }));
      await saved;
    },
    async end() {
      if (unsaved.length > 0) await save(unsaved);
    },
  };
}

export interface ReadOptions {
  readonly listed?: ListedAgent | undefined;
  readonly previous?: Observation | undefined;
  /** Do not retry after a timeout. */
  readonly failFast?: boolean;
}

/** Why an agent could not be read; `out_of_time`: the run's time is over. */
export type ReadResult = Result<Observation, { readonly cause: 'out_of_time' | 'timeout' | 'refused' }>;

export const OUT_OF_TIME = 'there was no time left';

/** One `get-agent`, as an observation. */
export async function readAgent(
  { session, now }: Pick<RunContext, 'session' | 'now'>,
  agent_id: string,
  { listed, previous, failFast = false }: ReadOptions = {},
): Promise<ReadResult> {
  const read_at = now();
  try {
    const result = await session.readAgent(agent_id, { failFast });
    if (!result.ok) {
      return { ok: false, reason: result.reason, cause: result.timedOut ? 'timeout' : 'refused' };
    }
    const agent = result.value;
    // A version that goes backwards may be a stale response: it is taken, but read again by the next sync.
    const backwards = agent !== null && agent.version < (previous?.agent?.version ?? 0);
    const listed_timestamp = backwards ? null : (listed?.user_modified_timestamp ?? null);
    return { ok: true, value: { agent_id, read_at, listed_timestamp, agent } };
  } catch (error) {
    if (error instanceof AppError && error.code === 'deadline_exceeded') {
      return { ok: false, reason: OUT_OF_TIME, cause: 'out_of_time' };
    }
    throw error;
  }
}

/**
 * Like Promise.all over `items`, with at most `concurrency` of them at once. After a failure no new item starts, and the
 * failure is thrown once the running ones have ended, so that nothing continues in the background.
 */
export async function mapConcurrently<Item, Mapped>(
  items: readonly Item[],
  concurrency: number,
  work: (item: Item) => Promise<Mapped>,
): Promise<Mapped[]> {
  const results: Mapped[] = [];
  // The workers share one generator: each takes the next item, and the first failure ends it for all.
  const queue = numbered(items);
  const worker = async () => {
    for (const [index, item] of queue) results[index] = await work(item);
  };
  const workers = Array.from({ length: Math.min(concurrency, items.length) }, worker);
  for (const settled of await Promise.allSettled(workers)) {
    if (settled.status === 'rejected') throw settled.reason;
  }
  return results;
}

/** Unlike an array's own iterator, a generator ends for all workers once one `for` loop leaves it. */
function* numbered<Item>(items: readonly Item[]): Generator<[number, Item]> {
  yield* items.entries();
}
