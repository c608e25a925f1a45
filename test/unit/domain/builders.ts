/** Agents, rows and readings that are in step unless a test says otherwise. */
import type { Agent, Interviewer, LinkedInterviewer, ListedAgent, Observation } from '../../../shared/domain/agent.ts';
import { compileNamePatterns } from '../../../shared/domain/eligibility.ts';
import type { ObservedState } from '../../../shared/domain/observed-state.ts';
import { plan } from '../../../shared/domain/plan.ts';
import type { Plan, PlanInput } from '../../../shared/domain/plan-types.ts';

export const PATTERNS = compileNamePatterns(['bob', 'lisa', 'flow']);
export const RUN_BEGAN = new Date('2026-03-01T12:00:00Z');
export const NOW = new Date('2026-03-01T12:00:05Z');
export const MODIFIED = Date.UTC(2026, 1, 1);

export function agentOf(given: Partial<Agent> = {}): Agent {
  return {
    agent_id: 'agent_1',
    agent_name: 'Bob',
    voice_id: 'voice_1',
    version: 3,
    is_published: true,
    language: 'en-US',
    last_modification_timestamp: MODIFIED,
    ...given,
  };
}

export function listedOf(given: Partial<ListedAgent> = {}): ListedAgent {
  return { agent_id: 'agent_1', agent_name: 'Bob', channel: 'voice', user_modified_timestamp: MODIFIED, ...given };
}

/** Read in the run, after the listing. */
export function readingOf(agent: Agent | null, given: Partial<Observation> = {}): Observation {
  return { agent_id: agent?.agent_id ?? 'agent_1', read_at: NOW, listed_timestamp: MODIFIED, agent, ...given };
}

export function rowOf(given?: Partial<LinkedInterviewer>): LinkedInterviewer;
export function rowOf(given: Partial<Interviewer>): Interviewer;
export function rowOf(given: Partial<Interviewer> = {}): Interviewer {
  return {
    id: '1',
    agent_id: 'agent_1',
    name: 'Bob',
    voice_id: 'voice_1',
    agent_version: 3,
    language: 'en-US',
    retell_modified_at: new Date(MODIFIED),
    orphaned_at: null,
    orphan_reason: null,
    last_synced_at: NOW,
    sync_status: 'active',
    ...given,
  };
}

export function orphanOf(given: Partial<LinkedInterviewer> = {}): LinkedInterviewer {
  return rowOf({ sync_status: 'orphaned', orphaned_at: RUN_BEGAN, orphan_reason: 'It was gone', ...given });
}

/** Agents that are listed and were read. */
export function inventoryOf(agents: readonly Agent[], given: Partial<ObservedState> = {}): ObservedState {
  return {
    listed: new Map(agents.map(({ agent_id, agent_name }) => [agent_id, listedOf({ agent_id, agent_name })])),
    observations: new Map(agents.map((agent) => [agent.agent_id, readingOf(agent)])),
    unreadable: new Map(),
    unusable_names: new Map(),
    pending: new Set(),
    read: agents.length,
    evidence_since: RUN_BEGAN,
    ...given,
  };
}

export const SETTINGS: PlanInput['settings'] = { namePatterns: PATTERNS, direction: 'both', createsAgents: false };

export function planOf(given: Partial<PlanInput>): Plan {
  return plan({
    observed: inventoryOf([]),
    rows: [],
    agreed: new Map(),
    underway: new Map(),
    created: new Map(),
    ...given,
    settings: given.settings ?? SETTINGS,
  });
}
