import type { AgentOverview } from '../../functions/console/page/data/api-types.ts';

/** An entry of the list of agents; in sync by default. */
export function overviewOf(given: Partial<AgentOverview> = {}): AgentOverview {
  return {
    agent_id: 'agent_1',
    name: 'Lisa',
    state: 'in_step',
    reason: 'The same on both sides',
    discrepancy: null,
    interviewer_id: '1',
    voice_id: null,
    language: null,
    last_synced_at: null,
    restorable: false,
    ...given,
  };
}
