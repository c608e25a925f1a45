/** Reads from Retell only the agents that must be read. */
import { type Progress, saveObservations } from '../db/observations.ts';
import { saveUnreadAgents } from '../db/unread-agents.ts';
import type { ListedAgent, Observation } from '../domain/agent.ts';
import { NOTHING_PENDING, type ObservedState, type ReadRules, readNeeds } from '../domain/observed-state.ts';
import { agentsToRemember, type FailedReads } from '../domain/unread-agents.ts';
import { AppError, type Result } from '../errors.ts';
import type { ReadLimits } from '../retell/client.ts';
import type { ComparedState } from './compare-sides.ts';
import type { RunContext } from './run.ts';

/** For all agents together that an earlier run could not read, because they may never respond again. */
const LAST_READS_MS = 2_000;

/** With less time than this an agent is left for the next run, because it would count as tried without a chance. */
const SHORTEST_READ_MS = 200;

/**
 * Reads details first and evidence last, so that a run which could not read everything orphans nothing. Agents that an
 * earlier run could not read come after all others, and no continuation is requested for them.
 */
export async function readObservedState(
  run: RunContext,
  state: ComparedState,
  evidence_since: Date,
): Promise<ObservedState> {
  const wanted = agentsToRead(run, state, evidence_since);
  const { unread_before, rows } = state;
  const results = createReadResults(state, wanted);
  const checkpoints = createCheckpoints(run, wanted.length);
  const readEach = (agent_ids: readonly string[], limitOf: () => ReadLimits) =>
    mapConcurrently(agent_ids, run.services.retell.concurrency, async (agent_id) => {
      const limit = limitOf();
      if (limit.within_ms !== undefined && limit.within_ms < SHORTEST_READ_MS) return;
      const result = await readAgent(run, agent_id, { ...knownOf(state, agent_id), ...limit });
      results.add(agent_id, result, { last: limit.failFast !== true });
      await checkpoints.add(result.ok ? result.value : null);
    });
  const [first, last] = inTwo(wanted, unread_before);
  await readEach(first, () => ({ failFast: true }));
  // Agents that time out come last, so that they do not take the time of the others.
  await readEach([...results.timedOut().keys()], () => ({}));
  const end = run.session.now() + LAST_READS_MS;
  await readEach(last, () => ({ failFast: true, within_ms: end - run.session.now() }));
  results.giveUp(last);
  await checkpoints.end();
  const observed = observedState(state, results, { wanted, evidence_since });
  await rememberUnread(run, { observed, rows, tried: results.tried, timedOut: results.timedOut() });
  return observed;
}

function observedState(
  { listing: { unidentified }, listed, left_out, ...state }: ComparedState,
  { observations, unreadable, pending }: ReadResults,
  { wanted, evidence_since }: { readonly wanted: readonly string[]; readonly evidence_since: Date },
): ObservedState {
  const unread_before = new Set(state.unread_before.keys());
  const read = wanted.filter((agent_id) => !pending.has(agent_id) && !unreadable.has(agent_id)).length;
  const sides = { listed, left_out, observations, unreadable, unidentified, unread_before };
  return { ...sides, ...NOTHING_PENDING, pending, read, evidence_since };
}

function knownOf({ listing, observations }: ComparedState, agent_id: string): Pick<ReadOptions, 'listed' | 'previous'> {
  return { listed: listing.agents.get(agent_id), previous: observations.get(agent_id) };
}

/** The agents that no earlier run failed to read, and the others: the longest unread first. */
function inTwo(
  wanted: readonly string[],
  unread_before: ReadonlyMap<string, string>,
): readonly [first: readonly string[], last: readonly string[]] {
  const needed = new Set(wanted);
  const last = [...unread_before.keys()].filter((agent_id) => needed.has(agent_id));
  return [wanted.filter((agent_id) => !unread_before.has(agent_id)), last];
}

function agentsToRead({ services }: RunContext, state: ComparedState, evidence_since: Date): string[] {
  const rules: ReadRules = { eligibility: services.config.rules, stale_before: state.stale_before, evidence_since };
  const needs = readNeeds(state, rules);
  return [...needs.details, ...needs.evidence].filter((agent_id) => !state.listing.unusable.has(agent_id));
}

/** Why an agent could not be read; `out_of_time`: no time is left for the run, or for this agent. */
type ReadResult = Result<Observation, { readonly cause: 'out_of_time' | 'timeout' | 'refused' }>;

export const OUT_OF_TIME = 'there was no time left';

/** What a run has read so far, and why it could not read the rest. */
interface ReadResults extends Pick<ObservedState, 'observations' | 'unreadable' | 'pending'> {
  /** `last`: the agent is not read again in this run. */
  add(agent_id: string, result: ReadResult, attempt: { readonly last: boolean }): void;
  /** Why agents that are still to be read did not respond in time. */
  timedOut(): ReadonlyMap<string, string>;
  /** Agents that were not read in time keep the reason of the earlier run. */
  giveUp(agent_ids: readonly string[]): void;
  /** Agents with a result, whatever it was. */
  readonly tried: ReadonlySet<string>;
}

function createReadResults(state: ComparedState, wanted: readonly string[]): ReadResults {
  const observations = new Map(state.observations);
  const unreadable = new Map(state.listing.unusable);
  const pending = new Set(wanted);
  const tried = new Set<string>();
  const timedOut = new Map<string, string>();
  const fail = (agent_id: string, reason: string): void => {
    pending.delete(agent_id);
    unreadable.set(agent_id, { name: null, reason });
  };
  return {
    observations,
    unreadable,
    pending,
    tried,
    add(agent_id, result, { last }) {
      tried.add(agent_id);
      if (result.ok) {
        pending.delete(agent_id);
        observations.set(agent_id, result.value);
      } else if (result.cause === 'refused' || (last && result.cause === 'timeout')) fail(agent_id, result.reason);
      else if (result.cause === 'timeout') timedOut.set(agent_id, result.reason);
    },
    timedOut: () => new Map([...timedOut].filter(([agent_id]) => pending.has(agent_id))),
    giveUp(agent_ids) {
      for (const agent_id of agent_ids.filter((id) => pending.has(id))) {
        fail(agent_id, timedOut.get(agent_id) ?? state.unread_before.get(agent_id) ?? OUT_OF_TIME);
      }
    },
  };
}

/**
 * Each interval is twice as long as the one before: progress shows early, and a run of 15 minutes adds seven
 * statements.
 */
const FIRST_CHECKPOINT_MS = 5_000;

interface Checkpoints {
  /** Called after each agent; null: it could not be read. */
  add(observation: Observation | null): Promise<void>;
  /** Saves the rest. */
  end(): Promise<void>;
}

/** Saves observations while the run is in progress, so that a killed run loses only the last of them. */
function createCheckpoints(run: RunContext, total: number): Checkpoints {
  let interval_ms = FIRST_CHECKPOINT_MS;
  let unsaved: Observation[] = [];
  let done = 0;
  const now = () => run.session.now();
  let due = now() + interval_ms;
  let saved = Promise.resolve();
  return {
    async add(observation) {
      if (observation !== null) unsaved.push(observation);
      done += 1;
      if (now() < due) return;
      const [observations, so_far] = [unsaved, done];
      unsaved = [];
      interval_ms *= 2;
      due = now() + interval_ms;
      // One after another, because a Lambda has a single connection, and a statement that waits too long for it fails.
      saved = saved.then(() => saveRead(run, observations, { done: so_far, total }));
      await saved;
    },
    end: () => saveRead(run, unsaved),
  };
}

/** Saves what a run read, with its progress; a dry run stores nothing. */
export async function saveRead(
  { id: run_id, services }: Pick<RunContext, 'id' | 'services'>,
  observations: readonly Observation[],
  progress?: Omit<Progress, 'run_id'>,
): Promise<void> {
  if (run_id === null || (observations.length === 0 && progress === undefined)) return;
  const { rules } = services.config;
  const options = { rules, ...(progress && { progress: { run_id, ...progress } }) };
  await saveObservations(services.database.query, observations, options);
}

/** Saves which agents a run could not read, so that the next run reads them last; a statement only if there are any. */
async function rememberUnread(
  { id, services }: RunContext,
  reads: FailedReads & { readonly tried: ReadonlySet<string> },
): Promise<void> {
  const agents = agentsToRemember(reads);
  if (id === null || (agents.length === 0 && reads.observed.unread_before.size === 0)) return;
  const records = agents.map((agent) => ({ ...agent, tried: reads.tried.has(agent.agent_id) }));
  await saveUnreadAgents(services.database.query, records);
}

interface ReadOptions extends ReadLimits {
  readonly listed?: ListedAgent | undefined;
  readonly previous?: Observation | undefined;
}

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
    // A version that goes backwards may be a stale response: it is accepted, but read again by the next sync.
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

/** Unlike an array's own iterator, a generator ends for all workers once a `for` loop leaves it. */
function* numbered<Item>(items: readonly Item[]): Generator<[number, Item]> {
  yield* items.entries();
}
