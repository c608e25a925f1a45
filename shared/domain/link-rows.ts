/** Decides which rows without an agent get one, and which eligible agents without a row get a new row. */
import { type AgentObservation, type Interviewer, type MergeBase, nameOf } from './agent.ts';
import { type Change, type ConflictChange, type CreateChange, entryFields, type LinkChange } from './change.ts';
import { isLinked } from './observed-state.ts';
import type { PlanInput } from './plan-types.ts';

interface Linking {
  readonly changes: readonly Change[];
  readonly mergeBases: readonly MergeBase[];
}

/** `unlinked`: eligible agents that have no row. */
export function linkRows(unlinked: readonly AgentObservation[], input: PlanInput): Linking {
  const agentless = input.rows.filter((row) => !isLinked(row) && row.sync_status === 'active');
  const free = new Map(unlinked.map((observation) => [observation.agent_id, observation]));
  const links: LinkChange[] = [];
  const link = (row: Interviewer, observation: AgentObservation | undefined): boolean => {
    if (observation === undefined || !free.delete(observation.agent_id)) return false;
    links.push(linkChange(row, observation));
    return true;
  };
  // Agents created for a row come first, so that no other row of that name takes them.
  const waiting = agentless.filter((row) => !link(row, free.get(input.createdAgents.get(row.id) ?? '')));
  const byName = Map.groupBy(free.values(), ({ agent }) => nameOf(agent));
  for (const name of namesBeingRead(input, waiting)) {
    for (const { agent_id } of byName.get(name) ?? []) free.delete(agent_id);
  }
  const withoutAgent = waiting.filter((row) => {
    const namesakes = byName.get(row.name) ?? [];
    return !link(row, only(namesakes)) && namesakes.length === 0 && wantsAgent(row, input);
  });
  const creates = [...free.values()].map(createChange);
  return {
    changes: [...links, ...creates, ...links.flatMap(renamedBeforeLink), ...withoutAgent.map(createAgentChange)],
    mergeBases: [...links, ...creates].map(({ observation }) => agreedName(observation)),
  };
}

/** A name is known to be unique only once all agents of that name are read; until then its rows wait. */
function namesBeingRead({ observed }: PlanInput, rows: readonly Interviewer[]): ReadonlySet<string> {
  const unread = new Set([...observed.pending].map((id) => observed.listed.get(id)?.agent_name));
  return new Set(rows.map(({ name }) => name).filter((name) => unread.has(name)));
}

function linkChange(row: Interviewer, observation: AgentObservation): LinkChange {
  const { agent, agent_id } = observation;
  const reason = `Linked to the agent of the same name: agent_id: null -> ${JSON.stringify(agent_id)}`;
  return {
    action: 'link',
    agent_id,
    name: nameOf(agent),
    ...entryFields(row, agent.voice_id),
    reason,
    row,
    observation,
  };
}

function createChange(observation: AgentObservation): CreateChange {
  const { agent, agent_id } = observation;
  const reason = 'New voice-enabled agent from Retell AI';
  return { action: 'create', agent_id, name: nameOf(agent), ...entryFields(null, agent.voice_id), reason, observation };
}

function createAgentChange(row: Interviewer): Change {
  const reason = 'An agent is created in Retell for the row that has none';
  return { action: 'create_agent', agent_id: null, name: row.name, ...entryFields(row, null), reason, row };
}

function agreedName({ agent_id, agent }: AgentObservation): MergeBase {
  return { agent_id, retell_name: nameOf(agent), database_name: nameOf(agent) };
}

/** An agent created for a row, or that row, may be renamed before the two are linked: then Retell's name is taken. */
function renamedBeforeLink({ row, observation }: LinkChange): readonly ConflictChange[] {
  const retell_name = nameOf(observation.agent);
  return row.name === retell_name ? [] : [conflictChange(observation.agent_id, retell_name, row)];
}

export function conflictChange(agent_id: string, retell_name: string, row: Interviewer): ConflictChange {
  const { name: database_name } = row;
  const reason = `Renamed on both sides: ${JSON.stringify(retell_name)} in Retell, ${JSON.stringify(database_name)} in the database; Retell wins`;
  return {
    action: 'conflict',
    agent_id,
    name: retell_name,
    ...entryFields(row, null),
    reason,
    retell_name,
    database_name,
  };
}

/**
 * Nothing is created while an agent of that name could not be read, because it may come from a call whose response was
 * lost.
 */
function wantsAgent(row: Interviewer, { policy, observed }: PlanInput): boolean {
  if (!policy.createsAgents || policy.direction !== 'both' || !policy.rules.namePatterns.test(row.name)) return false;
  const unread = [...observed.pending, ...observed.unreadable.keys()];
  return unread.every((agent_id) => observed.listed.get(agent_id)?.agent_name !== row.name);
}

function only<Item>(items: readonly Item[]): Item | undefined {
  return items.length === 1 ? items[0] : undefined;
}
