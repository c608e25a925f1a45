/** One line on one agent, from what is remembered of both sides: cheap, and as old as the last run that looked. */
import { cutText } from '../cut-text.ts';
import type { Interviewer } from './agent.ts';
import { fromAgent, ineligibility } from './eligibility.ts';
import { type ComparedAgent, type ComparedRow, compare, type DiscrepancyStatus, missingInRetell } from './health.ts';

export type AgentState = 'in_step' | 'out_of_step' | 'skipped' | 'orphaned' | 'deleted' | 'archived' | 'unread';

/** What the database holds of one agent. */
export interface RememberedAgent {
  readonly agent_id: string;
  /** undefined: it was never read; null: Retell said that there is no such agent. */
  readonly agent: (ComparedAgent & { readonly language: string | null }) | null | undefined;
  /** The row that stands for the agent. */
  readonly row: (ComparedRow & Pick<Interviewer, 'id' | 'language'>) | null;
  /** A cleanup marked that row as deleted, instead of taking it out. */
  readonly kept: boolean;
  /** Why the last sync skipped it. */
  readonly skip: { readonly name: string; readonly reason: string } | null;
  /** The row that a cleanup took out. */
  readonly archived: { readonly name: string; readonly reason: string } | null;
}

export interface AgentOverview {
  readonly agent_id: string;
  readonly name: string;
  readonly state: AgentState;
  readonly reason: string;
  /** Set when it is out of step. */
  readonly discrepancy: DiscrepancyStatus | null;
  readonly interviewer_id: string | null;
  readonly voice_id: string | null;
  readonly language: string | null;
  readonly last_synced_at: Date | null;
  /** A cleanup took its row out of use, and `restore` brings it back. */
  readonly restorable: boolean;
}

type Judgement = Pick<AgentOverview, 'state' | 'reason'> & { readonly discrepancy?: DiscrepancyStatus };

/** Names and reasons in an overview are cut at this many characters, so that a page of them fits an answer. */
const SHOWN_CHARACTERS = 300;

/** null: there is nothing on either side any more. */
export function overviewOf(remembered: RememberedAgent, namePatterns: RegExp): AgentOverview | null {
  const { agent_id, agent, row, kept, skip, archived } = remembered;
  const judgement = row === null ? withoutRow(remembered, namePatterns) : withRow(row, remembered, namePatterns);
  if (judgement === null) return null;
  const name = row?.name ?? skip?.name ?? agent?.agent_name ?? archived?.name ?? 'unknown';
  return {
    agent_id,
    name: cutText(name, SHOWN_CHARACTERS),
    state: judgement.state,
    reason: cutText(judgement.reason, SHOWN_CHARACTERS),
    discrepancy: judgement.discrepancy ?? null,
    interviewer_id: row?.id ?? null,
    voice_id: agent?.voice_id ?? row?.voice_id ?? null,
    language: agent?.language ?? row?.language ?? null,
    last_synced_at: row?.last_synced_at ?? null,
    restorable: row === null ? archived !== null : row.sync_status === 'deleted' && kept,
  };
}

function withRow(
  row: NonNullable<RememberedAgent['row']>,
  { agent, kept }: RememberedAgent,
  namePatterns: RegExp,
): Judgement {
  if (row.sync_status === 'deleted') return { state: 'deleted', reason: deletedReason(kept) };
  const orphan = row.sync_status === 'orphaned';
  if (agent === undefined && !orphan) {
    return { state: 'unread', reason: 'Active, but its agent was not read from Retell yet: a check or a sync does' };
  }
  if (agent && ineligibility(fromAgent(agent), namePatterns) === null) {
    const [first, ...others] = compare(agent, row);
    if (first === undefined) return { state: 'in_step', reason: 'The same on both sides' };
    const reason = [first, ...others].map(({ details }) => details).join('; ');
    return { state: 'out_of_step', reason, discrepancy: first.status };
  }
  if (orphan) return { state: 'orphaned', reason: row.orphan_reason ?? 'Waits for cleanup' };
  const { details, status } = missingInRetell(row, agent ?? null);
  return { state: 'out_of_step', reason: details, discrepancy: status };
}

function withoutRow({ agent, skip, archived }: RememberedAgent, namePatterns: RegExp): Judgement | null {
  if (skip !== null) return { state: 'skipped', reason: skip.reason };
  if (agent) {
    const failure = ineligibility(fromAgent(agent), namePatterns);
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
    ? 'Out of use since a cleanup, and kept because other rows refer to it'
    : 'Deleted in the platform: a sync never brings it back';
}
