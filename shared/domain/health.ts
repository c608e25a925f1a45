/** Health score: the share of agents and rows that are in sync, 0 to 100, with each discrepancy that lowers it. */
import type { HealthStatus } from '../api/audit.ts';
import type { Difference, Discrepancy } from '../api/discrepancy.ts';
import { type Agent, type Interviewer, isAgentObservation, type LinkedInterviewer } from './agent.ts';
import { type EligibilityRules, fromAgent, fromListing, isEligible } from './eligibility.ts';
import { mergeName, namesAgree } from './merge-name.ts';
import { linkedRows, type ObservedState } from './observed-state.ts';
import { withoutUnread } from './unread-agents.ts';

export interface Health {
  readonly score: number;
  readonly discrepancies: readonly Discrepancy[];
  /** Without the agents left out, which have no warning. */
  readonly eligible: readonly Agent[];
}

/** A discrepancy with the fraction of an agent that it costs. */
export type Drift = Omit<Discrepancy, 'points'> & { readonly weight: number };
export type ComparedAgent = Pick<Agent, 'agent_id' | 'agent_name' | 'voice_id'>;
export type ComparedRow = Pick<
  LinkedInterviewer,
  | 'agent_id'
  | 'name'
  | 'voice_id'
  | 'sync_status'
  | 'orphan_reason'
  | 'last_synced_at'
  | 'base_retell_name'
  | 'base_database_name'
>;

/** The health of what was read; `observed` must be scorable. */
export function assessHealth(all: ObservedState, all_rows: readonly Interviewer[], rules: EligibilityRules): Health {
  const { observed, rows } = withoutUnread({ observed: all, rows: all_rows });
  const linked = linkedRows(rows);
  const eligible = eligibleAgents(observed, linked, rules);
  const eligibleIds = new Set(eligible.map((agent) => agent.agent_id));
  const stray = [...linked.values()].filter((row) => row.sync_status === 'active' && !eligibleIds.has(row.agent_id));
  const total = observed.left_out.in_sync + eligible.length + stray.length;
  const drifts = [
    ...eligible.flatMap((agent) => compare(agent, linked.get(agent.agent_id))),
    ...stray.map((row) => missingInRetell(row, observed.observations.get(row.agent_id)?.agent ?? null)),
  ];
  const discrepancies = drifts.map(({ weight, ...rest }) => ({ ...rest, points: round((100 * weight) / total) }));
  return { score: score(total, drifts), discrepancies, eligible };
}

/** Agents that must have an active row. An agent whose row the platform deleted need not. */
function eligibleAgents(
  observed: ObservedState,
  linked: ReadonlyMap<string, LinkedInterviewer>,
  rules: EligibilityRules,
): readonly Agent[] {
  const isExpected = (agent_id: string) => {
    const listed = observed.listed.get(agent_id);
    const status = linked.get(agent_id)?.sync_status;
    if (status === 'deleted') return false;
    return status === 'active' || (listed !== undefined && isEligible(fromListing(listed), rules));
  };
  return [...observed.observations.values()]
    .filter(({ agent_id }) => isExpected(agent_id))
    .filter(isAgentObservation)
    .map(({ agent }) => agent)
    .filter((agent) => isEligible(fromAgent(agent), rules));
}

/**
 * While an active interviewer has no agent, the status is at most `fair`, however high the score is, because it costs
 * candidates.
 */
export function healthStatus(score: number, discrepancies: readonly Pick<Discrepancy, 'status'>[]): HealthStatus {
  if (score < 50) return 'poor';
  if (score < 70 || discrepancies.some(({ status }) => status === 'missing_in_retell')) return 'fair';
  return score < 90 ? 'good' : 'excellent';
}

/** Rounded down, so that 100 means that everything is in sync. Weights are quarters, so the sum is exact. */
function score(total: number, drifts: readonly Drift[]): number {
  if (total === 0) return 100;
  const lost = drifts.reduce((sum, drift) => sum + drift.weight, 0);
  return Math.floor((100 * (total - lost)) / total);
}

function round(points: number): number {
  return Math.round(points * 100) / 100;
}

/** The drift between an eligible agent and its row; empty if they are in sync. */
export function compare(agent: ComparedAgent, row: ComparedRow | undefined): readonly Drift[] {
  const shown = row?.name ?? agent.agent_name ?? '';
  const base = { agent_id: agent.agent_id, name: shown, ...voiceOf(agent.voice_id), ...syncedAt(row) };
  if (row === undefined) {
    const details = 'Eligible agent exists in Retell AI but not in the database';
    return [{ ...base, status: 'missing_in_db', details, weight: 1 }];
  }
  if (row.sync_status === 'orphaned') {
    const details = `The interviewer is orphaned (${row.orphan_reason ?? 'no reason kept'}), but its agent is in Retell and eligible`;
    return [{ ...base, status: 'orphaned', details, weight: 1 }];
  }
  const differences = differencesOf(agent, row);
  // Drift costs half an agent, however many fields differ.
  const weight = differences.length === 2 ? 0.25 : 0.5;
  return differences.map((difference): Drift => {
    const status = difference.field === 'name' ? 'name_mismatch' : 'voice_mismatch';
    return { ...base, status, details: describe(difference), differences: [difference], weight };
  });
}

function differencesOf(agent: ComparedAgent, row: ComparedRow): readonly Difference[] {
  const voice = { field: 'voice_id', database: row.voice_id, retell: agent.voice_id, newer: 'retell' } as const;
  const name = { field: 'name', database: row.name, retell: agent.agent_name, newer: newerName(agent, row) } as const;
  return [...(row.voice_id === agent.voice_id ? [] : [voice]), ...(namesAgree(row, agent.agent_name) ? [] : [name])];
}

/** Decides by the merge base; without one, Retell's name is taken. */
function newerName({ agent_name }: ComparedAgent, row: ComparedRow): Difference['newer'] {
  const merge = mergeName({ ...row, pending_name: null }, agent_name ?? '', 'both');
  return merge === 'conflict' ? null : merge === 'push' ? 'database' : 'retell';
}

function describe({ field, database, retell }: Difference): string {
  return `${field === 'name' ? 'Name' : 'Voice'} is ${quote(database)} in the database, ${quote(retell)} in Retell`;
}

/** `agent`: null when it is gone from Retell. */
export function missingInRetell(row: ComparedRow, agent: object | null): Drift {
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
    weight: 1,
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
