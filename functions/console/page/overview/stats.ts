/** Counts for the overview, derived from the list of agents so that the two never contradict each other. */
import { GROUPS, type StateFilter } from '../agents/choose-agents.ts';
import type { AgentOverview } from '../data/api-types.ts';

export interface AgentStats {
  /** Active interviewers, in sync or not. */
  readonly active: number;
  /** As last seen. */
  readonly inRetell: number;
  readonly outOfSync: number;
}

export function agentStats(agents: readonly AgentOverview[]): AgentStats {
  return {
    active: agents.filter(GROUPS.interviewers).length,
    inRetell: agents.filter(GROUPS.in_retell).length,
    outOfSync: withState(agents, 'out_of_step'),
  };
}

/** A number, and the filter of the list that it counts. */
export interface Explained {
  readonly number: number;
  readonly word: string;
  readonly state: StateFilter;
}

export interface Figure {
  readonly name: string;
  readonly of: Pick<Explained, 'number' | 'state'>;
  /** They add up to the number. */
  readonly parts: readonly Explained[];
  /** The text if there are no parts. */
  readonly rest: string;
}

export function figuresOf(agents: readonly AgentOverview[]): readonly Figure[] {
  const interviewers = agents.filter(GROUPS.interviewers);
  const outOfSync = withState(agents, 'out_of_step');
  const orphaned = withState(agents, 'orphaned');
  return [
    inRetell(agents.filter(GROUPS.in_retell)),
    {
      name: 'Interviewers',
      of: { number: interviewers.length, state: 'interviewers' },
      parts: [
        ...part(withState(interviewers, 'in_step'), 'in sync', 'in_step'),
        ...part(withState(interviewers, 'out_of_step'), 'out of sync', 'out_of_step'),
        ...part(withState(interviewers, 'unread'), 'not read yet', 'unread'),
      ],
      rest: 'none active',
    },
    { name: 'Out of sync', of: { number: outOfSync, state: 'out_of_step' }, parts: [], rest: describeDrift(agents) },
    {
      name: 'Orphans',
      of: { number: orphaned, state: 'orphaned' },
      parts: [],
      rest: orphaned === 0 ? 'nothing to clean up' : 'a cleanup archives them',
    },
  ];
}

/** `14 agents: 9 interviewers, 5 skipped` */
function inRetell(agents: readonly AgentOverview[]): Figure {
  const interviewers = agents.filter(GROUPS.interviewers).length;
  const skipped = withState(agents, 'skipped');
  return {
    name: 'Agents in Retell',
    of: { number: agents.length, state: 'in_retell' },
    parts: [
      ...part(interviewers, interviewers === 1 ? 'interviewer' : 'interviewers', 'with_interviewer'),
      ...part(skipped, 'skipped', 'skipped'),
      ...part(agents.length - interviewers - skipped, 'without an interviewer', 'without_interviewer'),
    ],
    rest: 'the account is empty',
  };
}

function withState(agents: readonly AgentOverview[], state: AgentOverview['state']): number {
  return agents.filter((agent) => agent.state === state).length;
}

function part(number: number, word: string, state: StateFilter): readonly Explained[] {
  return number === 0 ? [] : [{ number, word, state }];
}

const DRIFT: Readonly<Record<NonNullable<AgentOverview['discrepancy']>, string>> = {
  missing_in_db: 'without an interviewer',
  missing_in_retell: 'missing in Retell',
  voice_mismatch: 'with another voice',
  name_mismatch: 'with another name',
  orphaned: 'back from being orphaned',
};

/** `1 missing in Retell, 2 with another voice` */
function describeDrift(agents: readonly AgentOverview[]): string {
  const kinds = Map.groupBy(
    agents.flatMap(({ discrepancy }) => discrepancy ?? []),
    (discrepancy) => discrepancy,
  );
  if (kinds.size === 0) return 'nothing to fix';
  return [...kinds].map(([kind, { length }]) => `${length} ${DRIFT[kind]}`).join(', ');
}
