/** Asks Retell: the whole listing, then just the agents that must be read. */
import type { Interviewer, ListedAgent, Observation } from '../domain/agent.ts';
import { type ObservedState, type ReadRules, readNeeds } from '../domain/observed-state.ts';
import { AppError } from '../errors.ts';
import type { RetellSession } from '../retell/client.ts';
import { mapConcurrently } from './map-concurrently.ts';

/** What a run asks with. */
export interface ReadContext {
  readonly session: RetellSession;
  readonly concurrency: number;
  /** How long the run may read. */
  readonly read_budget_ms: number;
  /** The database's clock. */
  readonly now: () => Date;
  /** Keeps a share of the readings, so that a run which is killed has not read them in vain. */
  keep(observations: readonly Observation[], done: number, total: number): Promise<void>;
}

/** So often are the readings of a run kept on the way, by their number and by time: it does not grow with them. */
const CHECKPOINTS = 16;

export interface Listed {
  readonly agents: ReadonlyMap<string, ListedAgent>;
  /** Agents that the listing shows in a form that cannot be used. */
  readonly unusable: ReadonlyMap<string, string>;
  /** Of those, the names that are told. */
  readonly unusable_names: ReadonlyMap<string, string>;
  /** Items of the listing that do not even have an id. */
  readonly nameless: readonly string[];
}

export async function listAccount(session: RetellSession): Promise<Listed> {
  const listing = await session.listAgents();
  return {
    agents: new Map(listing.agents.map((agent) => [agent.agent_id, agent])),
    unusable: new Map(
      listing.problems.flatMap(({ agent_id, reason }) => (agent_id === null ? [] : [[agent_id, reason] as const])),
    ),
    unusable_names: new Map(
      listing.problems.flatMap(({ agent_id, name }) =>
        agent_id === null || name === null ? [] : [[agent_id, name] as const],
      ),
    ),
    nameless: listing.problems.filter(({ agent_id }) => agent_id === null).map(({ reason }) => reason),
  };
}

/** Reads details first and evidence last, so that nothing is orphaned by a run that could not read everything. */
export async function readObservedState(
  context: ReadContext,
  listed: Listed,
  remembered: ReadonlyMap<string, Observation>,
  rows: readonly Interviewer[],
  rules: ReadRules,
): Promise<ObservedState> {
  const needs = readNeeds(listed.agents, remembered, rows, rules);
  const wanted = [...needs.details, ...needs.evidence].filter((agent_id) => !listed.unusable.has(agent_id));
  const observations = new Map(remembered);
  const unreadable = new Map(listed.unusable);
  const pending = new Set(wanted);
  const timedOut: string[] = [];
  const readOne = async (agent_id: string, failFast: boolean): Promise<Observation | null> => {
    const known = { listed: listed.agents.get(agent_id), previous: remembered.get(agent_id) };
    const answer = await readAgent(context, agent_id, known, failFast);
    if (answer === null) return null;
    if (failFast && 'problem' in answer && answer.timedOut) {
      timedOut.push(agent_id);
      return null;
    }
    pending.delete(agent_id);
    if ('problem' in answer) unreadable.set(agent_id, answer.problem);
    else observations.set(agent_id, answer);
    return 'problem' in answer ? null : answer;
  };
  await readWithCheckpoints(context, wanted, (agent_id) => readOne(agent_id, true));
  // Last of all: some that never answer would else take the time of all who do.
  await readWithCheckpoints(context, timedOut, (agent_id) => readOne(agent_id, false));
  const read = wanted.filter((agent_id) => !pending.has(agent_id) && !unreadable.has(agent_id)).length;
  const { unusable_names } = listed;
  return {
    listed: listed.agents,
    observations,
    unreadable,
    unusable_names,
    pending,
    read,
    evidence_since: rules.evidence_since,
  };
}

/** A run that is killed has read in vain what came since the last checkpoint: a sixteenth of its work or time at most. */
async function readWithCheckpoints(
  context: ReadContext,
  wanted: readonly string[],
  readOne: (agent_id: string) => Promise<Observation | null>,
): Promise<void> {
  const total = wanted.length;
  const every = context.read_budget_ms / CHECKPOINTS;
  let unkept: Observation[] = [];
  let done = 0;
  let due = performance.now() + every;
  let kept = Promise.resolve();
  const checkpoint = (): Promise<void> => {
    const observations = unkept;
    const so_far = done;
    unkept = [];
    due = performance.now() + every;
    // One after another: a Lambda has a single connection, and who waits for it too long gives up.
    kept = kept.then(() => context.keep(observations, so_far, total));
    return kept;
  };
  await mapConcurrently(wanted, context.concurrency, async (agent_id) => {
    const observation = await readOne(agent_id);
    if (observation !== null) unkept.push(observation);
    const share = Math.floor((done * CHECKPOINTS) / total);
    done += 1;
    if (Math.floor((done * CHECKPOINTS) / total) > share || performance.now() >= due) await checkpoint();
  });
}

/** Retell's word on one agent; null when there was no time left to ask. */
export async function readAgent(
  context: Pick<ReadContext, 'session' | 'now'>,
  agent_id: string,
  { listed, previous }: { readonly listed?: ListedAgent | undefined; readonly previous?: Observation | undefined } = {},
  failFast = false,
): Promise<Observation | { readonly problem: string; readonly timedOut: boolean } | null> {
  const read_at = context.now();
  try {
    const answer = await context.session.readAgent(agent_id, failFast);
    if (answer.kind === 'problem') return { problem: answer.reason, timedOut: answer.timedOut };
    const agent = answer.kind === 'agent' ? answer.agent : null;
    // A version that goes backwards may be a stale answer: it is taken, but asked for again next time.
    const backwards = agent !== null && agent.version < (previous?.agent?.version ?? 0);
    const listed_timestamp = backwards ? null : (listed?.user_modified_timestamp ?? null);
    return { agent_id, read_at, listed_timestamp, agent };
  } catch (error) {
    if (error instanceof AppError && error.code === 'deadline_exceeded') return null;
    throw error;
  }
}
