/** Reads both sides: from Retell the whole listing, from the database what is not certainly in sync with it, then only the agents that must be read. */
import { compareListing } from '../db/comparison.ts';
import { listComparedRows } from '../db/interviewers.ts';
import { listObservations, saveObservations } from '../db/observations.ts';
import type { Query } from '../db/pool.ts';
import { saveProgress } from '../db/runs.ts';
import type { Interviewer, ListedAgent, Observation } from '../domain/agent.ts';
import { type ListedEntry, listedEntries, rulesFingerprint } from '../domain/comparison.ts';
import { type ObservedState, type ReadRules, readNeeds, type Unreadable } from '../domain/observed-state.ts';
import { AppError } from '../errors.ts';
import type { Result } from '../result.ts';
import type { RetellSession } from '../retell/client.ts';
import type { Services } from '../services.ts';
import type { RunContext } from './run.ts';

/** What a run compares: the listing with the tables. */
export interface Sides {
  readonly listing: AccountListing;
  /** Observations older than this are made again. */
  readonly stale_before: Date;
}

/** What the comparison of both sides leaves to decide; everything else is in sync, and counted in `left_out`. */
export interface ComparedState extends Pick<ObservedState, 'listed' | 'left_out' | 'observations'> {
  readonly rows: readonly Interviewer[];
  /** Agents that were created in Retell for rows, by the row's id. */
  readonly createdAgents: ReadonlyMap<string, string>;
}

/** `known`: observations of this run, which the tables may not have. */
export async function compareSides(
  query: Query,
  { config }: Pick<Services, 'config'>,
  { listing, stale_before }: Sides,
  known: ReadonlyMap<string, Observation> = new Map(),
): Promise<ComparedState> {
  const { rules } = config;
  const unusable = [...listing.unusable.keys()].map((agent_id) => ({ agent_id, name: null, stamp: null }));
  const entries = listedEntries(listing.agents, known, rules);
  const { unproven, to_load, seeks_rows, created, left_out } = await compareListing(query, {
    entries: [...entries, ...unusable],
    fingerprint: rulesFingerprint(rules),
    stale_before,
  });
  // Observations come after the rows, because another run may write in between: a name that it pulled must not look like
  // a name that only the platform changed, which would be pushed.
  const agentless = seeks_rows || createsAgents(config);
  const rows = agentless || to_load.length > 0 ? await listComparedRows(query, to_load, { agentless }) : [];
  const observations = to_load.length > 0 ? await listObservations(query, to_load) : new Map<string, Observation>();
  const open = new Set(unproven);
  const isOpen = ({ agent_id, name }: ListedEntry) => name === null || open.has(agent_id);
  const listed = new Map(
    entries.filter(isOpen).flatMap(({ agent_id }) => {
      const agent = listing.agents.get(agent_id);
      return agent === undefined ? [] : [[agent_id, agent] as const];
    }),
  );
  return { listed, rows, observations, createdAgents: new Map(Object.entries(created)), left_out };
}

/** Whether agents are created for rows that have none. */
export function createsAgents({ templateAgentId, direction }: Services['config']): boolean {
  return templateAgentId !== null && direction === 'both';
}

export interface Compared {
  readonly observed: ObservedState;
  readonly rows: readonly Interviewer[];
}

/** Both sides as the run leaves them: what it read and wrote is compared again. */
export async function compareAgain(
  query: Query,
  services: Pick<Services, 'config'>,
  { sides, observed }: { readonly sides: Sides; readonly observed: ObservedState },
): Promise<Compared> {
  const { listed, rows, observations, left_out } = await compareSides(query, services, sides, observed.observations);
  const concerned = new Set([...listed.keys(), ...rows.map(({ agent_id }) => agent_id)]);
  const newer = [...observed.observations.values()].filter(({ agent_id, read_at }) => {
    const stored = observations.get(agent_id);
    return concerned.has(agent_id) && (stored === undefined || stored.read_at <= read_at);
  });
  const newest = new Map([...observations, ...newer.map((one) => [one.agent_id, one] as const)]);
  return { observed: { ...observed, listed, observations: newest, left_out }, rows };
}

export interface AccountListing {
  readonly agents: ReadonlyMap<string, ListedAgent>;
  /** Agents that the listing shows in an unusable form. */
  readonly unusable: ReadonlyMap<string, Unreadable>;
  /** Why items without a usable id cannot be used. */
  readonly unidentified: readonly string[];
}

export async function listAccount(session: RetellSession): Promise<AccountListing> {
  const { agents, problems } = await session.listAgents();
  return {
    agents: new Map(agents.map((agent) => [agent.agent_id, agent])),
    unusable: new Map(
      problems.flatMap(({ agent_id, name, reason }) =>
        agent_id === null ? [] : [[agent_id, { name, reason }] as const],
      ),
    ),
    unidentified: problems.filter(({ agent_id }) => agent_id === null).map(({ reason }) => reason),
  };
}

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
  const readOne = async (agent_id: string, failFast: boolean): Promise<Observation | null> => {
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
  await readWithCheckpoints(run, plan, { agent_ids: wanted, readOne: (agent_id) => readOne(agent_id, true) });
  // Agents that time out come last, so that they do not take the time of the others.
  await readWithCheckpoints(run, plan, { agent_ids: timedOut, readOne: (agent_id) => readOne(agent_id, false) });
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
