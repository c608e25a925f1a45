/** Which agents the list shows, and in which order. */
import type { AgentOverview, AgentState } from '../../../shared/api/agents.ts';

export const COLUMNS = ['name', 'state', 'voice_id', 'last_synced_at'] as const;
export type Column = (typeof COLUMNS)[number];

export interface Choice {
  readonly search: string;
  /** null: all. */
  readonly state: AgentState | null;
  readonly column: Column;
  readonly descending: boolean;
}

/** What needs a person comes first. */
export const STATES: readonly AgentState[] = [
  'out_of_step',
  'unread',
  'orphaned',
  'in_step',
  'skipped',
  'archived',
  'deleted',
];

const COLLATOR = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

export function chooseAgents(agents: readonly AgentOverview[], choice: Choice): readonly AgentOverview[] {
  const words = choice.search
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const chosen = agents.filter((agent) => {
    if (choice.state !== null && agent.state !== choice.state) return false;
    const text =
      `${agent.name} ${agent.agent_id} ${agent.voice_id ?? ''} ${agent.language ?? ''} ${agent.reason}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const sign = choice.descending ? -1 : 1;
  return chosen.toSorted(
    (one, other) => sign * compare(one, other, choice.column) || COLLATOR.compare(one.name, other.name),
  );
}

export function countStates(agents: readonly AgentOverview[]): ReadonlyMap<AgentState, number> {
  const counts = new Map<AgentState, number>();
  for (const { state } of agents) counts.set(state, (counts.get(state) ?? 0) + 1);
  return counts;
}

function compare(one: AgentOverview, other: AgentOverview, column: Column): number {
  if (column === 'state') return STATES.indexOf(one.state) - STATES.indexOf(other.state);
  return COLLATOR.compare(one[column] ?? '', other[column] ?? '');
}
