/** Decides which rows without an agent get one, and which eligible agents without a row get a new row. */
import type { Interviewer } from './agent.ts';
import { nameOf } from './merge-name.ts';
import { isLinked } from './observed-state.ts';
import type { AgentObservation, Plan, PlanInput, PlannedLink } from './plan-types.ts';

export type Linking = Pick<Plan, 'links' | 'conflicts' | 'creations' | 'creates'>;

/** `unlinked`: eligible agents that have no row. */
export function linkRows(unlinked: readonly AgentObservation[], input: PlanInput): Linking {
  const agentless = input.rows.filter((row) => !isLinked(row) && row.sync_status === 'active');
  const free = new Map(unlinked.map((observation) => [observation.agent_id, observation]));
  const links: PlannedLink[] = [];
  const link = (row: Interviewer, observation: AgentObservation | undefined): boolean => {
    if (observation === undefined || !free.delete(observation.agent_id)) return false;
    links.push({ row, observation });
    return true;
  };
  // Agents that were made for a row come first, so that no namesake of theirs can take them.
  const unmade = agentless.filter((row) => !link(row, free.get(input.created.get(row.id) ?? '')));
  const byName = Map.groupBy(free.values(), (observation) => nameOf(observation.agent));
  // Whether there is exactly one of a name is known once all of that name are read: until then they all wait.
  const unread = new Set([...input.observed.pending].map((id) => input.observed.listed.get(id)?.agent_name));
  for (const { name } of unmade) {
    if (unread.has(name)) for (const { agent_id } of byName.get(name) ?? []) free.delete(agent_id);
  }
  const creations = unmade.filter((row) => {
    const namesakes = byName.get(row.name) ?? [];
    return !link(row, only(namesakes)) && namesakes.length === 0 && wantsAgent(row, input);
  });
  const creates = [...free.values()].map((observation) => ({ observation }));
  return { links, creates, creations, conflicts: links.flatMap(renamedMeanwhile) };
}

/** An agent made for a row may have been renamed, or the row, before the two were linked: then Retell's name is taken. */
function renamedMeanwhile({ row, observation }: PlannedLink): Plan['conflicts'] {
  const retell_name = nameOf(observation.agent);
  return row.name === retell_name ? [] : [{ agent_id: observation.agent_id, retell_name, database_name: row.name }];
}

/** Nothing is created while an agent of that name could not be judged: it may be the one that a lost answer made. */
function wantsAgent(row: Interviewer, { settings, observed }: PlanInput): boolean {
  if (!settings.createsAgents || settings.direction !== 'both' || !settings.namePatterns.test(row.name)) return false;
  const unjudged = [...observed.pending, ...observed.unreadable.keys()];
  return unjudged.every((agent_id) => observed.listed.get(agent_id)?.agent_name !== row.name);
}

function only<Item>(items: readonly Item[]): Item | undefined {
  return items.length === 1 ? items[0] : undefined;
}
