/** What a run read from Retell, and which agents it must still read. */
import type { Agent, Interviewer, LinkedInterviewer, ListedAgent, Observation } from './agent.ts';
import { type EligibilityRules, fromAgent, fromListing, isEligible } from './eligibility.ts';

export interface ObservedState {
  /** The agents that the listing shows, without those in `left_out`. */
  readonly listed: ReadonlyMap<string, ListedAgent>;
  readonly left_out: LeftOut;
  /** The newest observation of each agent: made in this run, or stored and still matching the listing. */
  readonly observations: ReadonlyMap<string, Observation>;
  /** Agents that could not be read, or whose listing or detail was unusable. */
  readonly unreadable: ReadonlyMap<string, Unreadable>;
  /** Why items of the listing that have no usable id cannot be used. */
  readonly unidentified: readonly string[];
  /** Agents that an earlier run could not read, which this one read last. */
  readonly unread_before: ReadonlySet<string>;
  /** Agents that the run had no time to read. Without all evidence, nothing is orphaned or scored. */
  readonly pending: ReadonlySet<string>;
  /** How many names and new agents the run had no time to push. */
  readonly unpushed: number;
  /** How many pushes the run had no time to read back. */
  readonly unverified: number;
  /** How many agents were read in this run; those that could not be read do not count. */
  readonly read: number;
  /** Observations at least this new are evidence on which a row may be orphaned. */
  readonly evidence_since: Date;
}

/** Both sides, as a run read them. */
export interface BothSides {
  readonly observed: ObservedState;
  readonly rows: readonly Interviewer[];
}

/** What the database did not hand over because no decision, score or warning depends on it, as counts. */
export interface LeftOut {
  /** Listed agents that are in sync with their active row, and of which there is no warning. */
  readonly in_sync: number;
  /** Rows that have an agent: of the agents in sync, and rows out of use whose agents are not listed. */
  readonly linked_rows: number;
  readonly orphaned_rows: number;
}

export const NOTHING_LEFT_OUT: LeftOut = { in_sync: 0, linked_rows: 0, orphaned_rows: 0 };

/** What a continuation does. */
export type Pending = Pick<ObservedState, 'pending' | 'unpushed' | 'unverified'>;

export const NOTHING_PENDING: Pending = { pending: new Set(), unpushed: 0, unverified: 0 };

/** What was pushed counts as pushed, although it was not read back. */
export function countPending({ pending, unpushed }: Pending): number {
  return pending.size + unpushed;
}

export function isPartial(left: Pending): boolean {
  return countPending(left) + left.unverified > 0;
}

export interface Unreadable {
  readonly reason: string;
  /** null: the listing does not give a usable one. */
  readonly name: string | null;
}

/**
 * The observed state of a webhook or a cleanup: only the agents that were read, as if listed; each observation is evidence.
 */
export function observedStateOf(observations: readonly Observation[]): ObservedState {
  const agents = observations.map(({ agent }) => agent).filter((agent) => agent !== null);
  return {
    listed: new Map(agents.map((agent) => [agent.agent_id, asListed(agent)])),
    left_out: NOTHING_LEFT_OUT,
    observations: new Map(observations.map((observation) => [observation.agent_id, observation])),
    unreadable: new Map(),
    unidentified: [],
    unread_before: new Set(),
    ...NOTHING_PENDING,
    read: observations.length,
    evidence_since: new Date(0),
  };
}

function asListed({ agent_id, agent_name, last_modification_timestamp }: Agent): ListedAgent {
  return { agent_id, agent_name, channel: 'voice', user_modified_timestamp: last_modification_timestamp };
}

interface ReadNeeds {
  /** Agents whose stored observation does not match the listing. */
  readonly details: readonly string[];
  /** Agents of active rows that look gone or ineligible: read before a row is orphaned. */
  readonly evidence: readonly string[];
}

export interface ReadRules {
  readonly eligibility: EligibilityRules;
  /** Agents with older observations are read again, whatever the listing says. */
  readonly stale_before: Date;
  readonly evidence_since: Date;
}

/** What is known before any agent is read. */
interface KnownState extends Pick<ObservedState, 'listed' | 'observations'>, Pick<BothSides, 'rows'> {}

/** Which agents must be read: the eligible ones that are new or changed, and those about to be orphaned. */
export function readNeeds({ listed, observations, rows }: KnownState, rules: ReadRules): ReadNeeds {
  const linked = linkedRows(rows);
  const details = [...listed.values()]
    .filter((agent) => isEligible(fromListing(agent), rules.eligibility))
    .filter((agent) => linked.get(agent.agent_id)?.sync_status !== 'deleted')
    .filter((agent) => needsRead(agent, observations.get(agent.agent_id), rules.stale_before))
    .map((agent) => agent.agent_id);
  const reading = new Set(details);
  const evidence = [...new Set(activeAgents(rows))]
    .filter((id) => !reading.has(id))
    .filter((id) => looksGone(listed.get(id), observations.get(id), rules.eligibility))
    .filter((id) => !isEvidence(observations.get(id), rules.evidence_since));
  return { details, evidence };
}

/** Whether the row is linked to an agent in Retell; others belong to other providers, or wait for their agent. */
export function isLinked(row: Interviewer): row is LinkedInterviewer {
  return row.agent_id !== null && row.agent_id !== '';
}

/** The row of each agent: the row in use, otherwise the row that the platform deleted. */
export function linkedRows(rows: readonly Interviewer[]): ReadonlyMap<string, LinkedInterviewer> {
  const linked = new Map<string, LinkedInterviewer>();
  for (const row of rows.filter(isLinked)) {
    const other = linked.get(row.agent_id);
    if (other === undefined || other.sync_status === 'deleted') linked.set(row.agent_id, row);
  }
  return linked;
}

/** The agents of active rows. */
export function activeAgents(rows: readonly Interviewer[]): readonly string[] {
  return rows
    .filter(isLinked)
    .filter((row) => row.sync_status === 'active')
    .map((row) => row.agent_id);
}

/** How many agents the listing shows. */
export function countListed({ listed, left_out }: Pick<ObservedState, 'listed' | 'left_out'>): number {
  return listed.size + left_out.in_sync;
}

/** Agents with a voice, without those left out: by the channel until they are read, by their voice afterwards. */
export function voicedAgents({ listed, observations }: ObservedState): readonly ListedAgent[] {
  return [...listed.values()].filter((agent) => {
    const observation = observations.get(agent.agent_id);
    return agent.channel === 'voice' && (observation === undefined || (observation.agent?.voice_id ?? null) !== null);
  });
}

export function isEvidence(observation: Observation | undefined, since: Date): boolean {
  return observation !== undefined && observation.read_at.getTime() >= since.getTime();
}

function needsRead(agent: ListedAgent, observation: Observation | undefined, staleBefore: Date): boolean {
  return (
    observation === undefined ||
    observation.agent === null ||
    observation.listed_timestamp !== agent.user_modified_timestamp ||
    observation.read_at.getTime() < staleBefore.getTime()
  );
}

function looksGone(
  listed: ListedAgent | undefined,
  observation: Observation | undefined,
  rules: EligibilityRules,
): boolean {
  if (listed === undefined || !isEligible(fromListing(listed), rules)) return true;
  return observation === undefined || observation.agent === null || !isEligible(fromAgent(observation.agent), rules);
}
