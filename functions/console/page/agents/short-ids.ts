/** Distinguishes agents of the same name. */
import { lookOf } from '../../../../shared/visible-text.ts';
import type { AgentOverview } from '../data/api-types.ts';

const SHORTEST = 4;

/** Each agent's link needs the same map, so a list computes it once. */
const computed = new WeakMap<readonly AgentOverview[], ReadonlyMap<string, string>>();

/** For each agent that shares its name: the shortest end of its id that is unique among them. */
export function shortIds(agents: readonly AgentOverview[]): ReadonlyMap<string, string> {
  const ids = computed.get(agents) ?? computeShortIds(agents);
  computed.set(agents, ids);
  return ids;
}

function computeShortIds(agents: readonly AgentOverview[]): ReadonlyMap<string, string> {
  const namesakes = Map.groupBy(agents, ({ name }) => lookOf(name).toLowerCase());
  const groups = [...namesakes.values()].filter(({ length }) => length > 1);
  return new Map(groups.flatMap((group) => endings(group.map(({ agent_id }) => agent_id))));
}

function endings(ids: readonly string[]): readonly (readonly [id: string, ending: string])[] {
  const longest = Math.max(...ids.map(({ length }) => length));
  let length = SHORTEST;
  while (length < longest && new Set(ids.map((id) => id.slice(-length))).size < ids.length) length += 1;
  return ids.map((id) => [id, id.slice(-length)]);
}
