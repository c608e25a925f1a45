/** Counts for the overview, derived from the list of agents so that the two never contradict each other. */
import type { AgentOverview } from '../data/api-types.ts';

export interface AgentStats {
  /** Active interviewers, in sync or not. */
  readonly active: number;
  readonly inSync: number;
  readonly outOfSync: number;
  readonly skipped: number;
  readonly orphans: number;
}

export function agentStats(agents: readonly AgentOverview[]): AgentStats {
  const inState = (state: AgentOverview['state']) => agents.filter((agent) => agent.state === state).length;
  return {
    active: agents.filter(isActive).length,
    inSync: inState('in_step'),
    outOfSync: inState('out_of_step'),
    skipped: inState('skipped'),
    orphans: inState('orphaned'),
  };
}

/** An orphan whose agent is back stays an orphan until the next sync. */
function isActive({ interviewer_id, state, discrepancy }: AgentOverview): boolean {
  return interviewer_id !== null && state !== 'orphaned' && state !== 'deleted' && discrepancy !== 'orphaned';
}
