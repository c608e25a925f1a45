/** One line about one agent, from what is stored about both sides: cheap, and as old as the last run that read it. */

import type { AgentOverview } from '../api/agents.ts';
import type { Difference, DiscrepancyStatus } from '../api/discrepancy.ts';
import { cutText } from '../text.ts';
import type { Interviewer } from './agent.ts';
import { type EligibilityRules, fromAgent, ineligibility } from './eligibility.ts';
import { type ComparedAgent, type ComparedRow, compare, missingInRetell } from './health.ts';

/** What the database holds of one agent. */
export interface AgentRecord {
  readonly agent_id: string;
  /** undefined: never read; null: Retell has no such agent. */
  readonly agent: (ComparedAgent & { readonly language: string | null }) | null | undefined;
  /** The agent's row. */
  readonly row: (ComparedRow & Pick<Interviewer, 'id' | 'language'>) | null;
  /** A cleanup marked that row as deleted instead of archiving it. */
  readonly kept: boolean;
  /** Why the last sync skipped it. */
  readonly skip: { readonly name: string; readonly reason: string } | null;
  /** The row that a cleanup archived. */
  readonly archived: { readonly name: string; readonly reason: string } | null;
}

type Judgment = Pick<AgentOverview, 'state' | 'reason'> & {
  readonly discrepancy?: DiscrepancyStatus;
  readonly differences?: readonly Difference[];
};

/** Names and reasons are cut at this many characters, so that a page of overviews fits a response. */
const MAX_CHARACTERS = 300;

/** null: nothing is left on either side. */
export function overviewOf(record: AgentRecord, rules: EligibilityRules): AgentOverview | null {
  const { agent_id, agent, row, kept, skip, archived } = record;
  const judged = row === null ? withoutRow(record, rules) : withRow(row, record, rules);
  if (judged === null) return null;
  const name = row?.name ?? skip?.name ?? agent?.agent_name ?? archived?.name ?? agent_id;
  return {
    agent_id,
    name: cutText(name, MAX_CHARACTERS),
    state: judged.state,
    reason: cutText(judged.reason, MAX_CHARACTERS),
    discrepancy: judged.discrepancy ?? null,
    ...(judged.differences === undefined ? {} : { differences: judged.differences.map(cutDifference) }),
    interviewer_id: row?.id ?? null,
    voice_id: agent?.voice_id ?? row?.voice_id ?? null,
    language: agent?.language ?? row?.language ?? null,
    last_synced_at: row?.last_synced_at?.toISOString() ?? null,
    restorable: row === null ? archived !== null : row.sync_status === 'deleted' && kept,
  };
}

function cutDifference({ database, retell, ...difference }: Difference): Difference {
  const cut = (value: string | null) => (value === null ? null : cutText(value, MAX_CHARACTERS));
  return { ...difference, database: cut(database), retell: cut(retell) };
}

function withRow(
  row: NonNullable<AgentRecord['row']>,
  { agent, kept }: AgentRecord,
  rules: EligibilityRules,
): Judgment {
  if (row.sync_status === 'deleted') return { state: 'deleted', reason: deletedReason(kept) };
  const orphan = row.sync_status === 'orphaned';
  if (agent === undefined && !orphan) {
    return {
      state: 'unread',
      reason: 'Active, but its agent is not read from Retell yet: a sync or an audit reads it',
    };
  }
  if (agent && ineligibility(fromAgent(agent), rules) === null) {
    const [first, ...others] = compare(agent, row);
    if (first === undefined) return { state: 'in_step', reason: 'In sync' };
    const reason = [first, ...others].map(({ details }) => details).join('; ');
    const differences = [first, ...others].flatMap(({ differences = [] }) => differences);
    const differ = differences.length === 0 ? {} : { differences };
    return { state: 'out_of_step', reason, discrepancy: first.status, ...differ };
  }
  if (orphan) return { state: 'orphaned', reason: row.orphan_reason ?? 'Orphaned; a cleanup archives it' };
  const { details, status } = missingInRetell(row, agent ?? null);
  return { state: 'out_of_step', reason: details, discrepancy: status };
}

function withoutRow({ agent, skip, archived }: AgentRecord, rules: EligibilityRules): Judgment | null {
  if (skip !== null) return { state: 'skipped', reason: skip.reason };
  if (agent) {
    const failure = ineligibility(fromAgent(agent), rules);
    if (failure !== null) return { state: 'skipped', reason: failure.reason };
    const reason = compare(agent, undefined)
      .map(({ details }) => details)
      .join('; ');
    return { state: 'out_of_step', reason, discrepancy: 'missing_in_db' };
  }
  return archived === null ? null : { state: 'archived', reason: archived.reason };
}

function deletedReason(kept: boolean): string {
  return kept
    ? 'Deleted by a cleanup; its row is kept because other rows refer to it'
    : 'Deleted in the platform; a sync never restores it';
}
