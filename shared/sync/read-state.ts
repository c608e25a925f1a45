/** Reads from Retell only the agents that must be read. */
import { saveObservations } from '../db/observations.ts';
import { saveProgress } from '../db/runs.ts';
import type { ListedAgent, Observation } from '../domain/agent.ts';
import { type ObservedState, type ReadRules, readNeeds } from '../domain/observed-state.ts';
import { AppError } from '../errors.ts';
import type { Result } from '../result.ts';
import type { ComparedState, Sides } from './compare-sides.ts';
import type { RunContext } from './run.ts';

export interface ReadPlan extends Sides {
  readonly state: ComparedState;
  readonly evidence_since: Date;
  /** Saves observations on the way, so that a run which is killed loses only the last of them. */
  readonly saveCheckpoint: (observations: readonly Observation[], done: number, total: number) => Promise<void>;
}

/** Saves checkpoints and shows the progress of a stored run; a dry run stores nothing. */
export function checkpointsOf({ id, services }: RunContext): ReadPlan['saveCheckpoint'] {
  const { query } = services.database;
  const { rules } = services.config;
  return async (observations, done, total) => {
    if (id === null) return;
    if (observations.length > 0) await saveObservations(query, observations, { rules });
    await saveProgress(query, id, { phase: 'Reading agents from Retell', done, total });
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
  await readWithCheckpoints(run, plan, {
    agent_ids: wanted,
    readOne: (agent_id) => readOne(agent_id, { failFast: true }),
  });
  // Agents that time out come last, so that they do not take the time of the others.
  await readWithCheckpoints(run, plan, {
    agent_ids: timedOut,
    readOne: (agent_id) => readOne(agent_id, { failFast: false }),
  });
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

/** How often a run saves checkpoints, by count and by time: a killed run loses at most a sixteenth of its reads. */
const CHECKPOINTS = 16;

interface Reads {
  readonly agent_ids: readonly string[];
  /** null: nothing to save. */
  readonly readOne: (agent_id: string) => Promise<Observation | null>;
}

async function readWithCheckpoints(run: RunContext, plan: ReadPlan, { agent_ids, readOne }: Reads): Promise<void> {
  const total = agent_ids.length;
  const interval_ms = run.read_budget_ms / CHECKPOINTS;
  let unsaved: Observation[] = [];
  let done = 0;
  let due = performance.now() + interval_ms;
  let saved = Promise.resolve();
  const checkpoint = (): Promise<void> => {
    const [observations, so_far] = [unsaved, done];
    unsaved = [];
    due = performance.now() + interval_ms;
    // One after another: a Lambda has a single connection, and a statement that waits too long for it fails.
    saved = saved.then(() => plan.saveCheckpoint(observations, so_far, total));
    return saved;
  };
  const part = () => Math.floor((done * CHECKPOINTS) / total);
  await mapConcurrently(agent_ids, run.services.retell.concurrency, async (agent_id) => {
    const observation = await readOne(agent_id);
    if (observation !== null) unsaved.push(observation);
    const before = part();
    done += 1;
    if (part() > before || performance.now() >= due) await checkpoint();
  });
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
