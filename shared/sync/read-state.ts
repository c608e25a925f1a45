/** Reads from Retell only the agents that must be read. */
import { type Progress, saveObservations } from '../db/observations.ts';
import type { ListedAgent, Observation } from '../domain/agent.ts';
import { type ObservedState, type ReadRules, readNeeds } from '../domain/observed-state.ts';
import { AppError } from '../errors.ts';
import type { Result } from '../result.ts';
import type { ReadOptions as RetellReadOptions } from '../retell/client.ts';
import { createCheckpoints } from './checkpoints.ts';
import type { ComparedState, Sides } from './compare-sides.ts';
import type { RunContext } from './run.ts';
import { rememberUnread } from './unread-agents.ts';

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

/** For all agents together that an earlier run could not read: they may have ended for good. */
const LAST_READS_MS = 2_000;

/**
 * Reads details first and evidence last, so that a run which could not read everything orphans nothing. Agents that an
 * earlier run could not read come after all others, and no continuation is requested for them.
 */
export async function readObservedState(run: RunContext, plan: ReadPlan): Promise<ObservedState> {
  const wanted = agentsToRead(run, plan);
  const { unread_before } = plan.state;
  const reading = createReading(run, plan, wanted);
  const checkpoints = createCheckpoints(plan.save, wanted.length);
  const readEach = (agent_ids: readonly string[], optionsOf: () => RetellReadOptions) =>
    mapConcurrently(agent_ids, run.services.retell.concurrency, async (agent_id) =>
      checkpoints.add(await reading.read(agent_id, optionsOf())),
    );
  await readEach(
    wanted.filter((agent_id) => !unread_before.has(agent_id)),
    () => ({ failFast: true }),
  );
  // Agents that time out come last, so that they do not take the time of the others.
  await readEach([...reading.timedOut().keys()], () => ({ failFast: false }));
  const needed = new Set(wanted);
  const last = [...unread_before.keys()].filter((agent_id) => needed.has(agent_id));
  const end = performance.now() + LAST_READS_MS;
  await readEach(last, () => ({ failFast: true, within_ms: end - performance.now() }));
  reading.giveUp(last);
  await checkpoints.end();
  const observed = reading.result();
  await rememberUnread(run, { observed, rows: plan.state.rows, timedOut: reading.timedOut(), tried: reading.tried });
  return observed;
}

interface Reading {
  /** null: the agent could not be read. */
  read(agent_id: string, options: RetellReadOptions): Promise<Observation | null>;
  /** Agents of which a request was sent. */
  readonly tried: ReadonlySet<string>;
  /** Why agents that are still to be read did not respond in time. */
  timedOut(): ReadonlyMap<string, string>;
  /** For those of these agents that were not read in time, the reason of the earlier run holds. */
  giveUp(agent_ids: readonly string[]): void;
  result(): ObservedState;
}

function createReading(
  run: RunContext,
  { listing, state, evidence_since }: ReadPlan,
  wanted: readonly string[],
): Reading {
  const observations = new Map(state.observations);
  const unreadable = new Map(listing.unusable);
  const pending = new Set(wanted);
  const tried = new Set<string>();
  const timedOut = new Map<string, string>();
  const fail = (agent_id: string, reason: string): void => {
    pending.delete(agent_id);
    unreadable.set(agent_id, { name: null, reason });
  };
  const isRead = (agent_id: string): boolean => !pending.has(agent_id) && !unreadable.has(agent_id);
  return {
    tried,
    async read(agent_id, options) {
      if (options.within_ms !== undefined && options.within_ms <= 0) return null;
      tried.add(agent_id);
      const known = { listed: listing.agents.get(agent_id), previous: state.observations.get(agent_id) };
      const result = await readAgent(run, agent_id, { ...known, ...options });
      if (result.ok) {
        pending.delete(agent_id);
        observations.set(agent_id, result.value);
        return result.value;
      }
      if (result.cause === 'timeout') timedOut.set(agent_id, result.reason);
      const isFinal = result.cause === 'refused' || (result.cause === 'timeout' && options.failFast !== true);
      if (isFinal) fail(agent_id, result.reason);
      return null;
    },
    timedOut: () => new Map([...timedOut].filter(([agent_id]) => pending.has(agent_id))),
    giveUp(agent_ids) {
      for (const agent_id of agent_ids.filter((id) => pending.has(id))) {
        fail(agent_id, timedOut.get(agent_id) ?? state.unread_before.get(agent_id) ?? OUT_OF_TIME);
      }
    },
    result: () => ({
      listed: state.listed,
      left_out: state.left_out,
      observations,
      unreadable,
      unidentified: listing.unidentified,
      unread_before: new Set(state.unread_before.keys()),
      pending,
      read: wanted.filter(isRead).length,
      evidence_since,
    }),
  };
}

function agentsToRead({ services }: RunContext, { listing, state, stale_before, evidence_since }: ReadPlan): string[] {
  const rules: ReadRules = { eligibility: services.config.rules, stale_before, evidence_since };
  const { details, evidence } = readNeeds(state, rules);
  return [...details, ...evidence].filter((agent_id) => !listing.unusable.has(agent_id));
}

export interface ReadOptions extends RetellReadOptions {
  readonly listed?: ListedAgent | undefined;
  readonly previous?: Observation | undefined;
}

/** Why an agent could not be read; `out_of_time`: the run's time is over. */
export type ReadResult = Result<Observation, { readonly cause: 'out_of_time' | 'timeout' | 'refused' }>;

export const OUT_OF_TIME = 'there was no time left';

/** One `get-agent`, as an observation. */
export async function readAgent(
  { session, now }: Pick<RunContext, 'session' | 'now'>,
  agent_id: string,
  { listed, previous, ...options }: ReadOptions = {},
): Promise<ReadResult> {
  const read_at = now();
  try {
    const result = await session.readAgent(agent_id, options);
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
