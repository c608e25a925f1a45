/** What a sync decides on, and what it decides. */
import type { Agent, Interviewer, LinkedInterviewer, Observation } from './agent.ts';
import type { Direction } from './merge-name.ts';
import type { ObservedState } from './observed-state.ts';

export interface PlannedCreate {
  readonly observation: AgentObservation;
}
export interface PlannedLink {
  readonly row: Interviewer;
  readonly observation: AgentObservation;
}
/** An update or a restore: `name` is what the row is to bear, `changes` what people are told. */
export interface PlannedUpdate {
  readonly row: LinkedInterviewer;
  readonly observation: AgentObservation;
  readonly name: string;
  readonly changes: readonly string[];
}
export interface PlannedOrphan {
  readonly row: LinkedInterviewer;
  readonly observation: Observation;
  readonly reason: string;
}
/** The row's name goes to Retell. */
export interface PlannedPush {
  readonly row: LinkedInterviewer;
  readonly agent: Agent;
}
export interface NameConflict {
  readonly agent_id: string;
  readonly retell_name: string;
  readonly database_name: string;
}
export interface Skip {
  readonly agent_id: string;
  readonly name: string;
  readonly voice_id?: string;
  readonly reason: string;
  readonly missing_fields: readonly string[];
}
export interface Problem {
  readonly agent_id: string;
  readonly name: string;
  readonly reason: string;
}
export interface MergeBase {
  readonly agent_id: string;
  readonly name: string;
}

/** A reading that shows an agent, not its absence. */
export type AgentObservation = Observation & { readonly agent: Agent };

export interface Plan {
  readonly creates: readonly PlannedCreate[];
  readonly links: readonly PlannedLink[];
  readonly updates: readonly PlannedUpdate[];
  readonly restores: readonly PlannedUpdate[];
  readonly orphans: readonly PlannedOrphan[];
  /** Rows that are in step and were read again: only `last_synced_at` moves. */
  readonly confirms: readonly PlannedUpdate[];
  readonly pushes: readonly PlannedPush[];
  /** Rows for which an agent is to be created in Retell. */
  readonly creations: readonly Interviewer[];
  readonly conflicts: readonly NameConflict[];
  readonly agreements: readonly MergeBase[];
  readonly skips: readonly Skip[];
  readonly problems: readonly Problem[];
  readonly unchanged: number;
}

/** Whether carrying it out writes any row. */
export function changesRows({ creates, links, updates, restores, orphans, confirms }: Plan): boolean {
  return [creates, links, updates, restores, orphans, confirms].some((list) => list.length > 0);
}

export interface PlanSettings {
  readonly namePatterns: RegExp;
  readonly direction: Direction;
  /** Whether `RETELL_TEMPLATE_AGENT_ID` is set. */
  readonly createsAgents: boolean;
}

export interface PlanInput {
  readonly observed: ObservedState;
  readonly rows: readonly Interviewer[];
  /** Names that both sides last agreed on, by agent. */
  readonly agreed: ReadonlyMap<string, string>;
  /** Names that a run was bringing to Retell, and that are not agreed on yet, by agent: there, they are nobody else's. */
  readonly underway: ReadonlyMap<string, string>;
  /** Agents that were created in Retell for rows without one, by the row's id. */
  readonly created: ReadonlyMap<string, string>;
  readonly settings: PlanSettings;
}
