/** Compares the whole listing with the tables, and loads what is not certainly in sync. */
import { compareListing } from '../db/comparison.ts';
import { listComparedRows } from '../db/interviewers.ts';
import type { PushedName } from '../db/merge-bases.ts';
import { listObservations, markPassed, type StoredObservations } from '../db/observations.ts';
import type { Query } from '../db/pool.ts';
import type { Interviewer, Observation } from '../domain/agent.ts';
import { type ListedEntry, listedEntries, passesRules, rulesFingerprint } from '../domain/comparison.ts';
import type { BothSides, ObservedState } from '../domain/observed-state.ts';
import type { Listing } from '../retell/list-agents.ts';
import type { Services } from '../services.ts';
import type { RunContext } from './run.ts';

/** What the comparison of both sides leaves to decide; everything else is in sync, and counted in `left_out`. */
export interface ComparedState extends Pick<ObservedState, 'listed' | 'left_out' | 'observations'> {
  /** The whole listing, which was compared. */
  readonly listing: Listing;
  /** Observations older than this are made again. */
  readonly stale_before: Date;
  readonly rows: readonly Interviewer[];
  /** Agents that were created in Retell for rows, by the row's id. */
  readonly createdAgents: ReadonlyMap<string, string>;
  /** Pushes that an earlier run may have left unfinished. */
  readonly pending_pushes: readonly PushedName[];
  /** Why the last comparison could not read these agents; those that waited longest for another try come first. */
  readonly unread_before: ReadonlyMap<string, string>;
  /** Agents whose stored observation passes the present rules. */
  readonly passed: ReadonlySet<string>;
}

const NONE: StoredObservations = { observations: new Map(), passed: new Set() };

/** `known`: observations of this run, which the tables may not have. */
export async function compareSides(
  query: Query,
  { config }: Pick<Services, 'config'>,
  { listing, stale_before }: Pick<ComparedState, 'listing' | 'stale_before'>,
  known: ReadonlyMap<string, Observation> = new Map(),
): Promise<ComparedState> {
  const { rules } = config;
  const unusable = [...listing.unusable.keys()].map((agent_id) => ({ agent_id, name: null, stamp: null }));
  const entries = listedEntries(listing.agents, known, rules);
  const fingerprint = rulesFingerprint(rules);
  const input = { entries: [...entries, ...unusable], fingerprint, stale_before };
  const { unproven, to_load, seeks_rows, created, unread_before, ...compared } = await compareListing(query, input);
  // Observations come after the rows, because another run may write in between: a name that it pulled must not look like
  // a name that only the platform changed, which would be pushed.
  const agentless = seeks_rows || createsAgents(config);
  const rows = agentless || to_load.length > 0 ? await listComparedRows(query, to_load, { agentless }) : [];
  const { observations, passed } = to_load.length > 0 ? await listObservations(query, to_load, fingerprint) : NONE;
  const open = new Set(unproven);
  const isOpen = ({ agent_id, name }: ListedEntry) => name === null || open.has(agent_id);
  const listed = new Map(
    entries.filter(isOpen).flatMap(({ agent_id }) => {
      const agent = listing.agents.get(agent_id);
      return agent === undefined ? [] : [[agent_id, agent] as const];
    }),
  );
  return {
    listing,
    stale_before,
    listed,
    rows,
    observations,
    createdAgents: new Map(Object.entries(created)),
    unread_before: new Map(unread_before.map(({ agent_id, reason }) => [agent_id, reason])),
    passed,
    ...compared,
  };
}

/** Whether agents are created for rows that have none. */
export function createsAgents({ templateAgentId, direction }: Services['config']): boolean {
  return templateAgentId !== null && direction === 'both';
}

/** Both sides after the run: what it read and wrote is compared again. */
export async function compareAgain(
  query: Query,
  services: Pick<Services, 'config'>,
  state: ComparedState,
  observed: ObservedState,
): Promise<BothSides> {
  const { listed, rows, observations, left_out } = await compareSides(query, services, state, observed.observations);
  const concerned = new Set([...listed.keys(), ...rows.map(({ agent_id }) => agent_id)]);
  const newer = [...observed.observations.values()].filter(({ agent_id, read_at }) => {
    const stored = observations.get(agent_id);
    return concerned.has(agent_id) && (stored === undefined || stored.read_at <= read_at);
  });
  const newest = new Map([...observations, ...newer.map((one) => [one.agent_id, one] as const)]);
  return { observed: { ...observed, listed, observations: newest, left_out }, rows };
}

/**
 * Stored observations that pass the present rules, but were last judged by other rules or earlier code: the next run
 * need not load them.
 */
export async function markPassedAgents(
  query: Query,
  { id, started_at, services }: RunContext,
  { observed, state }: { readonly observed: ObservedState; readonly state: ComparedState },
): Promise<void> {
  const { rules } = services.config;
  const passed = [...observed.observations.values()].filter(
    ({ agent_id, agent, read_at }) => !state.passed.has(agent_id) && read_at < started_at && passesRules(agent, rules),
  );
  if (id !== null && passed.length > 0) await markPassed(query, passed, rulesFingerprint(rules));
}
