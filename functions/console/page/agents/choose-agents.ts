/** Filters, searches and sorts the list of agents. */
import type { AgentOverview, AgentState } from '../data/api-types.ts';
import type { Params } from '../routing/route.ts';

export const COLUMNS = ['name', 'state', 'voice_id', 'last_synced_at'] as const;
export type Column = (typeof COLUMNS)[number];

/** As last seen: an agent that is no longer eligible may still be there. */
function isInRetell({ state, discrepancy }: AgentOverview): boolean {
  return state === 'in_step' || state === 'skipped' || (state === 'out_of_step' && discrepancy !== 'missing_in_retell');
}

/** An orphan whose agent is back stays an orphan until the next sync. */
function isActive({ interviewer_id, state, discrepancy }: AgentOverview): boolean {
  return interviewer_id !== null && state !== 'orphaned' && state !== 'deleted' && discrepancy !== 'orphaned';
}

/** Groups of several states, which the figures of the overview count. */
export const GROUPS = {
  in_retell: isInRetell,
  interviewers: isActive,
  with_interviewer: (agent: AgentOverview) => isInRetell(agent) && isActive(agent),
  without_interviewer: (agent: AgentOverview) => isInRetell(agent) && !isActive(agent) && agent.state !== 'skipped',
} as const;
type Group = keyof typeof GROUPS;
export type StateFilter = AgentState | Group;

export const GROUP_WORDS: Readonly<Record<Group, string>> = {
  in_retell: 'In Retell',
  interviewers: 'Interviewers',
  with_interviewer: 'With an interviewer',
  without_interviewer: 'Without an interviewer',
};

export interface Choice {
  readonly search: string;
  /** null: all. */
  readonly state: StateFilter | null;
  readonly column: Column;
  readonly descending: boolean;
}

/** In the order of urgency. */
export const STATES: readonly AgentState[] = [
  'out_of_step',
  'unread',
  'orphaned',
  'in_step',
  'skipped',
  'archived',
  'deleted',
];

const GROUP_NAMES: readonly Group[] = ['in_retell', 'interviewers', 'with_interviewer', 'without_interviewer'];

export function isGroup(state: StateFilter | null): state is Group {
  return GROUP_NAMES.some((name) => name === state);
}

const FIRST_COLUMN: Column = 'state';

/** Reads the address; unknown values count as not given. */
export function parseChoice({ search = '', state, sort, order }: Params): Choice {
  return {
    search,
    state: [...STATES, ...GROUP_NAMES].find((name) => name === state) ?? null,
    column: COLUMNS.find((name) => name === sort) ?? FIRST_COLUMN,
    descending: order === 'descending',
  };
}

/** For the address; omits defaults. */
export function choiceParams({ search, state, column, descending }: Choice): Readonly<Record<string, string | null>> {
  return {
    search,
    state,
    sort: column === FIRST_COLUMN ? null : column,
    order: descending ? 'descending' : null,
  };
}

const COLLATOR = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

export function chooseAgents(agents: readonly AgentOverview[], choice: Choice): readonly AgentOverview[] {
  const words = choice.search
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const chosen = agents.filter((agent) => {
    if (choice.state !== null && !isIn(agent, choice.state)) return false;
    const text = searchedText(agent);
    return words.every((word) => text.includes(word));
  });
  const sign = choice.descending ? -1 : 1;
  return chosen.toSorted(
    (one, other) => sign * compare(one, other, choice.column) || COLLATOR.compare(one.name, other.name),
  );
}

function isIn(agent: AgentOverview, state: StateFilter): boolean {
  return isGroup(state) ? GROUPS[state](agent) : agent.state === state;
}

export function countStates(agents: readonly AgentOverview[]): ReadonlyMap<AgentState, number> {
  const counts = new Map<AgentState, number>();
  for (const { state } of agents) counts.set(state, (counts.get(state) ?? 0) + 1);
  return counts;
}

function searchedText({ name, agent_id, voice_id, language, reason }: AgentOverview): string {
  return `${name} ${agent_id} ${voice_id ?? ''} ${language ?? ''} ${reason}`.toLowerCase();
}

function compare(one: AgentOverview, other: AgentOverview, column: Column): number {
  if (column === 'state') return STATES.indexOf(one.state) - STATES.indexOf(other.state);
  return COLLATOR.compare(one[column] ?? '', other[column] ?? '');
}
