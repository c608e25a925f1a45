/** Decides which rows without an agent get one, and which eligible agents without a row get a new row. */
import type { Interviewer } from './agent.ts';
import { isLinked } from './inventory.ts';
import { nameOf } from './names.ts';
import type { AgentReading, Plan, PlanInput, PlannedLink } from './planned.ts';

export type Linking = Pick<Plan, 'links' | 'conflicts' | 'creations' | 'creates'>;

/** `unlinked`: eligible agents that have no row. */
export function linkRows(unlinked: readonly AgentReading[], input: PlanInput): Linking {
  const agentless = input.rows.filter((row) => !isLinked(row) && row.sync_status === 'active');
  const free = new Map(unlinked.map((reading) => [reading.agent_id, reading]));
  const links: PlannedLink[] = [];
  const link = (row: Interviewer, reading: AgentReading | undefined): boolean => {
    if (reading === undefined || !free.delete(reading.agent_id)) return false;
    links.push({ row, reading });
    return true;
  };
  // Agents that were made for a row come first, so that no namesake of theirs can take them.
  const unmade = agentless.filter((row) => !link(row, free.get(input.created.get(row.id) ?? '')));
  const byName = Map.groupBy(free.values(), (reading) => nameOf(reading.agent));
  // Whether there is exactly one of a name is known once all of that name are read: until then they all wait.
  const unread = new Set([...input.inventory.pending].map((id) => input.inventory.listed.get(id)?.agent_name));
  for (const { name } of unmade) {
    if (unread.has(name)) for (const { agent_id } of byName.get(name) ?? []) free.delete(agent_id);
  }
  const creations = unmade.filter((row) => {
    const namesakes = byName.get(row.name) ?? [];
    return !link(row, only(namesakes)) && namesakes.length === 0 && wantsAgent(row, input);
  });
  const creates = [...free.values()].map((reading) => ({ reading }));
  return { links, creates, creations, conflicts: links.flatMap(renamedMeanwhile) };
}

/** An agent made for a row may have been renamed, or the row, before the two were linked: then Retell's name is taken. */
function renamedMeanwhile({ row, reading }: PlannedLink): Plan['conflicts'] {
  const retell_name = nameOf(reading.agent);
  return row.name === retell_name ? [] : [{ agent_id: reading.agent_id, retell_name, database_name: row.name }];
}

/** Nothing is created while an agent of that name could not be judged: it may be the one that a lost answer made. */
function wantsAgent(row: Interviewer, { settings, inventory }: PlanInput): boolean {
  if (!settings.createsAgents || settings.direction !== 'both' || !settings.namePatterns.test(row.name)) return false;
  const unjudged = [...inventory.pending, ...inventory.unreadable.keys()];
  return unjudged.every((agent_id) => inventory.listed.get(agent_id)?.agent_name !== row.name);
}

function only<Item>(items: readonly Item[]): Item | undefined {
  return items.length === 1 ? items[0] : undefined;
}
