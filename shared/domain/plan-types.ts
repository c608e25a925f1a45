/** The input and the result of planning. */
import type { MergeBase } from './agent.ts';
import type { Change } from './change.ts';
import type { EligibilityRules } from './eligibility.ts';
import type { Direction } from './merge-name.ts';
import type { BothSides } from './observed-state.ts';

export interface Plan {
  readonly changes: readonly Change[];
  /** Names that both sides have once the changes are applied. */
  readonly mergeBases: readonly MergeBase[];
  /** Rows that are in sync. */
  readonly unchanged: number;
}

export interface PlanPolicy {
  readonly rules: EligibilityRules;
  readonly direction: Direction;
  /** Whether agents are created for rows that have none: `RETELL_TEMPLATE_AGENT_ID` is set. */
  readonly createsAgents: boolean;
}

export interface PlanInput extends BothSides {
  /** Agents that were created in Retell for rows without one, by the row's id. */
  readonly createdAgents: ReadonlyMap<string, string>;
  readonly policy: PlanPolicy;
}
