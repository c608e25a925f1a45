/** What a run knows of Retell, and which agents it must still read to know enough. */
import type { Agent, Interviewer, LinkedInterviewer, ListedAgent, Observation } from './agent.ts';
import { fromAgent, fromListing, isEligible } from './eligibility.ts';

export interface ObservedState {
  readonly listed: ReadonlyMap<string, ListedAgent>;
  /** The newest word on each agent: read in this run, or remembered and still answering to the listing. */
  readonly observations: ReadonlyMap<string, Observation>;
  /** Agents that Retell could not be asked about, or whose answer was unusable, with the reason. */
  readonly unreadable: ReadonlyMap<string, string>;
  /** Names, as far as they are told, of agents that are listed in a form that cannot be used. */
  readonly unusable_names: ReadonlyMap<string, string>;
  /** Agents that the run had no time to read. */
  readonly pending: ReadonlySet<string>;
  /** How many agents were read in this run; those that could not be read do not count. */
  readonly read: number;
  /** Readings at least this new are evidence on which a row may be orphaned. */
  readonly evidence_since: Date;
}

/** The inventory of a webhook or a cleanup: just the agents that were read, as if listed; each reading is evidence. */
export function observedStateOf(observations: readonly Observation[]): ObservedState {
  const agents = observations.map(({ agent }) => agent).filter((agent) => agent !== null);
  return {
    listed: new Map(agents.map((agent) => [agent.agent_id, listedAs(agent)])),
    observations: new Map(observations.map((observation) => [observation.agent_id, observation])),
    unreadable: new Map(),
    unusable_names: new Map(),
    pending: new Set(),
    read: observations.length,
    evidence_since: new Date(0),
  };
}

function listedAs({ agent_id, agent_name, last_modification_timestamp }: Agent): ListedAgent {
  return { agent_id, agent_name, channel: 'voice', user_modified_timestamp: last_modification_timestamp };
}

export interface ReadNeeds {
  /** Agents whose remembered reading does not answer to the listing. */
  readonly details: readonly string[];
  /** Agents of active rows that look gone or ineligible: asked after before a row is orphaned. */
  readonly evidence: readonly string[];
}

export interface ReadRules {
  readonly namePatterns: RegExp;
  /** Readings older than this are made again, whatever the listing says. */
  readonly stale_before: Date;
  readonly evidence_since: Date;
}

/** Decides which agents must be read: the eligible ones that are new or changed, and those about to be orphaned. */
export function readNeeds(
  listed: ReadonlyMap<string, ListedAgent>,
  remembered: ReadonlyMap<string, Observation>,
  rows: readonly Interviewer[],
  rules: ReadRules,
): ReadNeeds {
  const linked = linkedRows(rows);
  const details = [...listed.values()]
    .filter((agent) => isEligible(fromListing(agent), rules.namePatterns))
    .filter((agent) => linked.get(agent.agent_id)?.sync_status !== 'deleted')
    .filter((agent) => needsRead(agent, remembered.get(agent.agent_id), rules.stale_before))
    .map((agent) => agent.agent_id);
  const asked = new Set(details);
  const evidence = [...new Set(activeAgents(rows))]
    .filter((id) => !asked.has(id))
    .filter((id) => looksGone(listed.get(id), remembered.get(id), rules.namePatterns))
    .filter((id) => !isEvidence(remembered.get(id), rules.evidence_since));
  return { details, evidence };
}

/** Whether the row is meant to stand for an agent of Retell's; others are other providers', or wait for their agent. */
export function isLinked(row: Interviewer): row is LinkedInterviewer {
  return row.agent_id !== null && row.agent_id !== '';
}

/** The one row that stands for each agent: its living one, or else the one that the platform deleted. */
export function linkedRows(rows: readonly Interviewer[]): ReadonlyMap<string, LinkedInterviewer> {
  const linked = new Map<string, LinkedInterviewer>();
  for (const row of rows.filter(isLinked)) {
    const known = linked.get(row.agent_id);
    if (known === undefined || known.sync_status === 'deleted') linked.set(row.agent_id, row);
  }
  return linked;
}

/** The agents that active rows stand for. */
export function activeAgents(rows: readonly Interviewer[]): readonly string[] {
  return rows
    .filter(isLinked)
    .filter((row) => row.sync_status === 'active')
    .map((row) => row.agent_id);
}

/** Agents with a voice, by what is known of them: the channel until they are read, then the voice that Retell says they have. */
export function voicedAgents(observed: ObservedState): readonly ListedAgent[] {
  return [...observed.listed.values()].filter((listed) => {
    const observation = observed.observations.get(listed.agent_id);
    return listed.channel === 'voice' && (observation === undefined || (observation.agent?.voice_id ?? null) !== null);
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
  namePatterns: RegExp,
): boolean {
  if (listed === undefined || !isEligible(fromListing(listed), namePatterns)) return true;
  return (
    observation === undefined || observation.agent === null || !isEligible(fromAgent(observation.agent), namePatterns)
  );
}
