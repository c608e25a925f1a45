/** What needs attention: everything that the overview lists. */
import type {
  AgentOverview,
  Difference,
  DiscrepancyStatus,
  LostPoints,
  Run,
  Status,
  Warning,
} from '../data/api-types.ts';

export interface ListedDiscrepancy {
  readonly agent_id: string;
  readonly name: string;
  readonly status: DiscrepancyStatus;
  readonly details: string;
  readonly differences: readonly Difference[];
  /** Cost in points of the health score; null until the next check. */
  readonly points: number | null;
}

export function listDiscrepancies(
  agents: readonly AgentOverview[],
  lost: readonly LostPoints[],
): readonly ListedDiscrepancy[] {
  const points = Map.groupBy(lost, ({ agent_id }) => agent_id);
  return agents.flatMap(({ agent_id, name, reason, discrepancy, differences = [] }) => {
    if (discrepancy === null) return [];
    const cost = points.get(agent_id)?.reduce((sum, { points }) => sum + points, 0) ?? null;
    return [{ agent_id, name, status: discrepancy, details: reason, differences, points: cost }];
  });
}

/** Conflicts are listed one by one, with both names; orphans are out of use and not urgent. */
const LISTED_ELSEWHERE: ReadonlySet<Warning['code']> = new Set(['name_conflict', 'orphans_to_clean_up']);

export function listWarnings({ advice }: Pick<Status, 'advice'>): readonly Warning[] {
  return advice.filter(({ code }) => !LISTED_ELSEWHERE.has(code));
}

/** A run that a guard blocks. It may be older than the runs that are loaded. */
export interface Blocked {
  readonly run: Run | null;
}

export function blockedRun({ state }: Pick<Status, 'state'>, runs: readonly Run[]): Blocked | null {
  const sync = runs.find(({ kind, status }) => (kind === 'sync' || kind === 'scheduled') && status !== 'running');
  if (sync?.status === 'held') return { run: sync };
  return state === 'needs_confirmation' ? { run: runs.find(({ status }) => status === 'held') ?? null } : null;
}

/** The text without the agents' ids in brackets, for use where their names are links. */
export function withoutIds({ text, agent_ids }: Pick<Warning, 'text' | 'agent_ids'>): string {
  const ids = new Set([...agent_ids, '...']);
  return text.replaceAll(/ \((?<listed>[^()]+)\)/g, (found, listed: string) =>
    listed.split(', ').every((id) => ids.has(id)) ? '' : found,
  );
}

/** The statement that the text gives in backticks. */
export function statementIn(text: string): string | null {
  return /`(?<statement>[^`]+)`/.exec(text)?.groups?.['statement'] ?? null;
}
