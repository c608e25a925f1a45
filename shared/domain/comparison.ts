/** What the database needs to know of the listing and of the rules, to find the agents that are certainly in sync. */
import { createHash } from 'node:crypto';
import type { Agent, ListedAgent, Observation } from './agent.ts';
import { webhookProblem } from './agent-webhook.ts';
import { type EligibilityRules, fromAgent, fromListing, isEligible } from './eligibility.ts';

/** One agent, as it is compared. */
export interface ListedEntry {
  readonly agent_id: string;
  /** Its newest known name; null: it is not eligible. */
  readonly name: string | null;
  /** The listing's `user_modified_timestamp`; null: it must not be left out. */
  readonly stamp: number | null;
}

/** Raised with each change of the rules' code, so that agents which earlier code has passed are judged again. */
const RULES_VERSION = 1;

/** Equal for rules that judge every agent alike. */
export function rulesFingerprint({ namePatterns }: Pick<EligibilityRules, 'namePatterns'>): string {
  const rules = JSON.stringify([RULES_VERSION, namePatterns.source, namePatterns.flags]);
  return createHash('sha256').update(rules).digest('base64url').slice(0, 22);
}

/** Whether an agent is eligible and causes no warning on its own: then only its row is left to compare. */
export function passesRules(agent: Agent | null, rules: EligibilityRules): boolean {
  return agent !== null && isEligible(fromAgent(agent), rules) && webhookProblem(agent) === null;
}

/**
 * The listing, and the eligible agents outside it that were observed. Agents that share a name are never left out,
 * because the audit warns about them.
 */
export function listedEntries(
  listed: ReadonlyMap<string, ListedAgent>,
  observations: ReadonlyMap<string, Observation>,
  rules: EligibilityRules,
): readonly ListedEntry[] {
  const observedName = (agent_id: string): string | null => {
    const agent = observations.get(agent_id)?.agent ?? null;
    return agent !== null && isEligible(fromAgent(agent), rules) ? agent.agent_name : null;
  };
  const entries = [...listed.values()].map((agent): ListedEntry => {
    const { agent_id, agent_name, user_modified_timestamp } = agent;
    const isListed = isEligible(fromListing(agent), rules);
    const name = observedName(agent_id) ?? (isListed ? agent_name : null);
    return { agent_id, name, stamp: isListed ? user_modified_timestamp : null };
  });
  const unlisted = [...observations.keys()]
    .filter((agent_id) => !listed.has(agent_id))
    .map((agent_id): ListedEntry => ({ agent_id, name: observedName(agent_id), stamp: null }));
  const all = [...entries, ...unlisted.filter(({ name }) => name !== null)];
  const shared = repeated(all.map(({ name }) => name));
  return all.map((entry) => (shared.has(entry.name) ? { ...entry, stamp: null } : entry));
}

function repeated<Item>(items: readonly Item[]): ReadonlySet<Item> {
  const seen = new Set<Item>();
  return new Set(items.filter((item) => seen.size === seen.add(item).size));
}
