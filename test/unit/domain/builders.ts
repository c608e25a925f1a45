/** Agents, observations and rows that are in sync unless a test says otherwise. */
import type { Agent, Interviewer, LinkedInterviewer, ListedAgent, Observation } from '../../../shared/domain/agent.ts';
import { type Action, type Change, changesOf } from '../../../shared/domain/change.ts';
import { type EligibilityRules, nameRules } from '../../../shared/domain/eligibility.ts';
import { NOTHING_LEFT_OUT, type ObservedState } from '../../../shared/domain/observed-state.ts';
import { plan } from '../../../shared/domain/plan.ts';
import type { Plan, PlanInput } from '../../../shared/domain/plan-types.ts';

export const RULES: EligibilityRules = nameRules(['bob', 'lisa', 'flow']);
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
    metadata: { voice_speed: 1 },
    webhook_url: null,
    webhook_events: null,
    ...given,
  };
}

export function listedOf(given: Partial<ListedAgent> = {}): ListedAgent {
  return { agent_id: 'agent_1', agent_name: 'Bob', channel: 'voice', user_modified_timestamp: MODIFIED, ...given };
}

/** Made in the run, after the listing. */
export function observationOf(agent: Agent | null, given: Partial<Observation> = {}): Observation {
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
    retell_metadata: { voice_speed: 1 },
    orphaned_at: null,
    orphan_reason: null,
    last_synced_at: NOW,
    sync_status: 'active',
    base_retell_name: 'Bob',
    base_database_name: 'Bob',
    pending_name: null,
    ...given,
  };
}

/** A row whose name never agreed with its agent's. */
export const NO_BASE = { base_retell_name: null, base_database_name: null };

export function orphanOf(given: Partial<LinkedInterviewer> = {}): LinkedInterviewer {
  return rowOf({ sync_status: 'orphaned', orphaned_at: RUN_BEGAN, orphan_reason: 'It was gone', ...given });
}

/** Agents that are listed and were read. */
export function observedOf(agents: readonly Agent[], given: Partial<ObservedState> = {}): ObservedState {
  return {
    listed: new Map(agents.map(({ agent_id, agent_name }) => [agent_id, listedOf({ agent_id, agent_name })])),
    left_out: NOTHING_LEFT_OUT,
    observations: new Map(agents.map((agent) => [agent.agent_id, observationOf(agent)])),
    unreadable: new Map(),
    unidentified: [],
    unread_before: new Set(),
    pending: new Set(),
    unpushed: 0,
    unverified: 0,
    read: agents.length,
    evidence_since: RUN_BEGAN,
    ...given,
  };
}

/** For the agent `agent_1`. */
export function unreadableFor(reason: string, name: string | null = null): ObservedState['unreadable'] {
  return new Map([['agent_1', { reason, name }]]);
}

export const POLICY: PlanInput['policy'] = { rules: RULES, direction: 'both', createsAgents: false };

export function planOf(given: Partial<PlanInput>): Plan {
  return plan({ observed: observedOf([]), rows: [], createdAgents: new Map(), policy: POLICY, ...given });
}

/** The changes of a plan with this action. */
export function planned<Wanted extends Action>(
  given: Partial<PlanInput>,
  action: Wanted,
): readonly Extract<Change, { readonly action: Wanted }>[] {
  return changesOf(planOf(given).changes, action);
}

/** The actions of a plan, in order. */
export function actionsOf({ changes }: Pick<Plan, 'changes'>): readonly Action[] {
  return changes.map(({ action }) => action);
}
