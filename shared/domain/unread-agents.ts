/** Agents that could not be read: when the others are scored without them, and how reports describe them. */
import type { UnreadAgent } from '../api/audit.ts';
import { counted } from '../text.ts';
import { massChangeThreshold } from './guard.ts';
import { type BothSides, linkedRows, type ObservedState } from './observed-state.ts';

/**
 * Whether what was read can be scored: everything, or everything but a few agents that an earlier run could not read
 * either. A first failure may pass, and many at once are an outage: neither says anything about an agent. Pushes that are
 * left over are scored: as long as both sides differ, they are discrepancies.
 */
export function isScorable(observed: ObservedState): boolean {
  const { pending, unverified, unidentified, unreadable, unread_before } = observed;
  if (pending.size + unverified > 0 || unidentified.length > 0) return false;
  if (unreadable.size === 0) return true;
  const seen = countSeen(observed);
  const isFew = unreadable.size <= Math.min(seen, massChangeThreshold(seen));
  return isFew && [...unreadable.keys()].every((agent_id) => unread_before.has(agent_id));
}

function countSeen({ left_out, observations, unreadable }: ObservedState): number {
  const seen = [...observations.values()].filter(({ agent, agent_id }) => agent !== null && !unreadable.has(agent_id));
  return left_out.in_sync + seen.length;
}

/** Both sides without the agents that could not be read: an older observation of them is not scored. */
export function withoutUnread({ observed, rows }: BothSides): BothSides {
  const { unreadable } = observed;
  if (unreadable.size === 0) return { observed, rows };
  const isRead = (agent_id: string | null): boolean => agent_id === null || !unreadable.has(agent_id);
  const observations = new Map([...observed.observations].filter(([agent_id]) => isRead(agent_id)));
  return { observed: { ...observed, observations }, rows: rows.filter(({ agent_id }) => isRead(agent_id)) };
}

/** The agents that could not be read, with the best name that either side has. */
export function unreadAgents({ observed, rows }: BothSides): readonly UnreadAgent[] {
  const { unreadable, observations, listed } = observed;
  const linked = linkedRows(rows);
  return [...unreadable].map(([agent_id, { name, reason }]) => {
    const observed_name = observations.get(agent_id)?.agent?.agent_name;
    const known = name ?? observed_name ?? listed.get(agent_id)?.agent_name ?? linked.get(agent_id)?.name;
    return { agent_id, name: known ?? agent_id, reason };
  });
}

/** More failures in one run are an outage, which says nothing about an agent. */
const MOST_UNREAD_AGENTS = 100;

export interface FailedReads extends BothSides {
  /** Why agents that are still to be read did not respond in time. */
  readonly timedOut: ReadonlyMap<string, string>;
}

/** What the next run must know: after an outage, only what was known before. */
export function agentsToRemember({ observed, rows, timedOut }: FailedReads): readonly UnreadAgent[] {
  const slow = [...timedOut].map(([agent_id, reason]) => [agent_id, { name: null, reason }] as const);
  const unreadable = new Map([...observed.unreadable, ...slow]);
  const failed = unreadAgents({ observed: { ...observed, unreadable }, rows });
  if (failed.length <= MOST_UNREAD_AGENTS) return failed;
  return failed.filter(({ agent_id }) => observed.unread_before.has(agent_id));
}

/** Agents that one sentence names. */
const MAX_NAMED_AGENTS = 5;

/** `"Lisa" (agent_1), "Bob" (agent_2)`; only the first of many. */
export function nameAgents(agents: readonly Pick<UnreadAgent, 'agent_id' | 'name'>[], total = agents.length): string {
  const named = agents.slice(0, MAX_NAMED_AGENTS).map(({ agent_id, name }) => `${JSON.stringify(name)} (${agent_id})`);
  return [...named, ...(total > named.length ? [`and ${total - named.length} more`] : [])].join(', ');
}

/** What the audit says of them; null: everything was read. */
export function describeUnread(unread: readonly UnreadAgent[]): string | null {
  if (unread.length === 0) return null;
  return `${counted(unread.length, 'agent')} could not be read, and the score leaves ${unread.length === 1 ? 'it' : 'them'} out: ${nameAgents(unread)}. Look at the reasons in unread and open the agent in the Retell dashboard; each run tries again.`;
}
