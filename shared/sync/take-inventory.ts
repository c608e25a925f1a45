/** Asks Retell: the whole listing, then just the agents that must be read. */
import type { Interviewer, ListedAgent, Reading } from '../domain/agent.ts';
import { type Inventory, type ReadingRules, readingNeeds } from '../domain/inventory.ts';
import { AppError } from '../errors.ts';
import type { RetellSession } from '../retell/client.ts';
import { mapConcurrently } from './map-concurrently.ts';

/** What a run asks with. */
export interface Inquiry {
  readonly session: RetellSession;
  readonly concurrency: number;
  /** How long the run may read. */
  readonly reading_ms: number;
  /** The database's clock. */
  readonly now: () => Date;
  /** Keeps a share of the readings, so that a run which is killed has not read them in vain. */
  keep(readings: readonly Reading[], done: number, total: number): Promise<void>;
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
export async function takeInventory(
  inquiry: Inquiry,
  listed: Listed,
  remembered: ReadonlyMap<string, Reading>,
  rows: readonly Interviewer[],
  rules: ReadingRules,
): Promise<Inventory> {
  const needs = readingNeeds(listed.agents, remembered, rows, rules);
  const wanted = [...needs.details, ...needs.evidence].filter((agent_id) => !listed.unusable.has(agent_id));
  const readings = new Map(remembered);
  const unreadable = new Map(listed.unusable);
  const pending = new Set(wanted);
  const silent: string[] = [];
  const readOne = async (agent_id: string, hasty: boolean): Promise<Reading | null> => {
    const known = { listed: listed.agents.get(agent_id), previous: remembered.get(agent_id) };
    const answer = await readAgent(inquiry, agent_id, known, hasty);
    if (answer === null) return null;
    if (hasty && 'problem' in answer && answer.silent) {
      silent.push(agent_id);
      return null;
    }
    pending.delete(agent_id);
    if ('problem' in answer) unreadable.set(agent_id, answer.problem);
    else readings.set(agent_id, answer);
    return 'problem' in answer ? null : answer;
  };
  await readInShares(inquiry, wanted, (agent_id) => readOne(agent_id, true));
  // Last of all: some that never answer would else take the time of all who do.
  await readInShares(inquiry, silent, (agent_id) => readOne(agent_id, false));
  const read = wanted.filter((agent_id) => !pending.has(agent_id) && !unreadable.has(agent_id)).length;
  const { unusable_names } = listed;
  return {
    listed: listed.agents,
    readings,
    unreadable,
    unusable_names,
    pending,
    read,
    evidence_since: rules.evidence_since,
  };
}

/** A run that is killed has read in vain what came since the last checkpoint: a sixteenth of its work or time at most. */
async function readInShares(
  inquiry: Inquiry,
  wanted: readonly string[],
  readOne: (agent_id: string) => Promise<Reading | null>,
): Promise<void> {
  const total = wanted.length;
  const every = inquiry.reading_ms / CHECKPOINTS;
  let unkept: Reading[] = [];
  let done = 0;
  let due = performance.now() + every;
  let kept = Promise.resolve();
  const checkpoint = (): Promise<void> => {
    const readings = unkept;
    const so_far = done;
    unkept = [];
    due = performance.now() + every;
    // One after another: a Lambda has a single connection, and who waits for it too long gives up.
    kept = kept.then(() => inquiry.keep(readings, so_far, total));
    return kept;
  };
  await mapConcurrently(wanted, inquiry.concurrency, async (agent_id) => {
    const reading = await readOne(agent_id);
    if (reading !== null) unkept.push(reading);
    const share = Math.floor((done * CHECKPOINTS) / total);
    done += 1;
    if (Math.floor((done * CHECKPOINTS) / total) > share || performance.now() >= due) await checkpoint();
  });
}

/** Retell's word on one agent; null when there was no time left to ask. */
export async function readAgent(
  inquiry: Pick<Inquiry, 'session' | 'now'>,
  agent_id: string,
  { listed, previous }: { readonly listed?: ListedAgent | undefined; readonly previous?: Reading | undefined } = {},
  hasty = false,
): Promise<Reading | { readonly problem: string; readonly silent: boolean } | null> {
  const read_at = inquiry.now();
  try {
    const answer = await inquiry.session.readAgent(agent_id, hasty);
    if (answer.kind === 'problem') return { problem: answer.reason, silent: answer.silent };
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
