/** Tells agents of one name apart. */
import type { AgentOverview } from '../data/api-types.ts';

const SHORTEST = 4;

/** The end of the id, as long as it must be to differ, for each agent whose name others have too. */
export function shortIds(agents: readonly AgentOverview[]): ReadonlyMap<string, string> {
  const namesakes = Map.groupBy(agents, ({ name }) => name.trim().toLowerCase());
  const groups = [...namesakes.values()].filter(({ length }) => length > 1);
  return new Map(groups.flatMap((group) => endings(group.map(({ agent_id }) => agent_id))));
}

function endings(ids: readonly string[]): readonly (readonly [id: string, ending: string])[] {
  const longest = Math.max(...ids.map(({ length }) => length));
  let length = SHORTEST;
  while (length < longest && new Set(ids.map((id) => id.slice(-length))).size < ids.length) length += 1;
  return ids.map((id) => [id, id.slice(-length)]);
}
