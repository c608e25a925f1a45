/** The one number: how much of what should be in step is in step. */
import type { Agent, Interviewer, LinkedInterviewer } from './agent.ts';
import { fromAgent, fromListing, isEligible } from './eligibility.ts';
import { linkedRows, type ObservedState } from './observed-state.ts';

export type HealthStatus = 'excellent' | 'good' | 'fair' | 'poor';
export type DiscrepancyStatus = 'missing_in_db' | 'missing_in_retell' | 'voice_mismatch' | 'name_mismatch' | 'orphaned';

export interface Discrepancy {
  readonly agent_id: string;
  readonly name: string;
  readonly voice_id?: string;
  readonly status: DiscrepancyStatus;
  readonly details: string;
  readonly last_synced?: string;
  /** Points of the health score that this costs. */
  readonly points: number;
}

export interface Health {
  readonly score: number;
  readonly discrepancies: readonly Discrepancy[];
  readonly eligible: readonly Agent[];
}

/** A discrepancy with the share of an agent that it costs. */
export type Loss = Omit<Discrepancy, 'points'> & { readonly share: number };
export type ComparedAgent = Pick<Agent, 'agent_id' | 'agent_name' | 'voice_id'>;
export type ComparedRow = Pick<
  LinkedInterviewer,
  'agent_id' | 'name' | 'voice_id' | 'sync_status' | 'orphan_reason' | 'last_synced_at'
>;

/** `inventory` must be whole: an audit with unread agents fails before it comes here. */
export function assessHealth(observed: ObservedState, rows: readonly Interviewer[], namePatterns: RegExp): Health {
  const linked = linkedRows(rows);
  const eligible = eligibleAgents(observed, linked, namePatterns);
  const eligibleIds = new Set(eligible.map((agent) => agent.agent_id));
  const stray = [...linked.values()].filter((row) => row.sync_status === 'active' && !eligibleIds.has(row.agent_id));
  const total = eligible.length + stray.length;
  const losses = [
    ...eligible.flatMap((agent) => compare(agent, linked.get(agent.agent_id))),
    ...stray.map((row) => missingInRetell(row, observed.observations.get(row.agent_id)?.agent ?? null)),
  ];
  const discrepancies = losses.map(({ share, ...rest }) => ({ ...rest, points: round((100 * share) / total) }));
  return { score: score(total, losses), discrepancies, eligible };
}

/** Agents that should have an active row. One whose row the platform deleted should not. */
export function eligibleAgents(
  observed: ObservedState,
  linked: ReadonlyMap<string, LinkedInterviewer>,
  namePatterns: RegExp,
): readonly Agent[] {
  return [...observed.observations.values()]
    .filter(({ agent_id }) => {
      const listed = observed.listed.get(agent_id);
      const row = linked.get(agent_id);
      if (row?.sync_status === 'deleted') return false;
      if (row?.sync_status === 'active') return true;
      return listed !== undefined && isEligible(fromListing(listed), namePatterns);
    })
    .map((observation) => observation.agent)
    .filter((agent): agent is Agent => agent !== null && isEligible(fromAgent(agent), namePatterns));
}

export function healthStatus(score: number): HealthStatus {
  if (score >= 90) return 'excellent';
  if (score >= 70) return 'good';
  return score >= 50 ? 'fair' : 'poor';
}

/** Rounded down, so that 100 means that nothing is out of step. Shares are quarters, so the sum is exact. */
function score(total: number, losses: readonly Loss[]): number {
  if (total === 0) return 100;
  const lost = losses.reduce((sum, loss) => sum + loss.share, 0);
  return Math.floor((100 * (total - lost)) / total);
}

function round(points: number): number {
  return Math.round(points * 100) / 100;
}

/** In what an eligible agent and its row differ; empty when they are in step. */
export function compare(agent: ComparedAgent, row: ComparedRow | undefined): readonly Loss[] {
  const base = { agent_id: agent.agent_id, name: agent.agent_name ?? '', ...voiceOf(agent.voice_id), ...syncedAt(row) };
  if (row === undefined) {
    return [
      {
        ...base,
        status: 'missing_in_db',
        details: 'Eligible agent exists in Retell AI but not in the database',
        share: 1,
      },
    ];
  }
  if (row.sync_status === 'orphaned') {
    const details = `The interviewer is orphaned (${row.orphan_reason ?? 'no reason kept'}), but its agent is in Retell and eligible`;
    return [{ ...base, status: 'orphaned', details, share: 1 }];
  }
  const voice =
    row.voice_id === agent.voice_id
      ? null
      : `Voice is ${quote(row.voice_id)} in the database, ${quote(agent.voice_id)} in Retell`;
  const name =
    row.name === agent.agent_name
      ? null
      : `Name is ${quote(row.name)} in the database, ${quote(agent.agent_name)} in Retell`;
  // An agent that differs costs half, however much of it differs.
  const share = voice !== null && name !== null ? 0.25 : 0.5;
  return [
    ...(voice === null ? [] : [{ ...base, status: 'voice_mismatch' as const, details: voice, share }]),
    ...(name === null ? [] : [{ ...base, status: 'name_mismatch' as const, details: name, share }]),
  ];
}

/** `agent`: null when Retell says that there is none. */
export function missingInRetell(row: ComparedRow, agent: object | null): Loss {
  const details =
    agent === null
      ? 'The interviewer is active, but its agent is not in Retell AI'
      : 'The interviewer is active, but its agent is no longer eligible';
  return {
    agent_id: row.agent_id,
    name: row.name,
    ...voiceOf(row.voice_id),
    ...syncedAt(row),
    status: 'missing_in_retell',
    details,
    share: 1,
  };
}

function voiceOf(voice_id: string | null): { voice_id?: string } {
  return voice_id === null ? {} : { voice_id };
}

function syncedAt(row: ComparedRow | undefined): { last_synced?: string } {
  return row?.last_synced_at ? { last_synced: row.last_synced_at.toISOString() } : {};
}

function quote(value: string | null): string {
  return value === null ? 'not set' : JSON.stringify(value);
}
