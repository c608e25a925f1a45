/** The state of both sides in one word. Pure: facts and the time come as arguments. */
import type { StateAndReason, SyncState } from '../api/sync-state.ts';
import { counted, withoutFullStop } from '../text.ts';
import { nameAgents } from './unread-agents.ts';

export interface NamedAgent {
  readonly agent_id: string;
  readonly name: string;
}

/** How the newest finished run that compares both sides ended. */
export type ComparisonOutcome =
  | { readonly kind: 'compared' }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'other_account' }
  /** Some agents could not be read: the run has no score, or its score leaves them out. */
  | { readonly kind: 'unread'; readonly agents: number; readonly named: readonly NamedAgent[] }
  /** It ran out of time to read agents, or to read back what it pushed; a continuation or the next sync does the rest. */
  | { readonly kind: 'partial' };

export interface StateFacts {
  /** null: no run has finished yet. */
  readonly outcome: ComparisonOutcome | null;
  /** The newest comparison of everything; null: no run compared everything yet. */
  readonly compared: { readonly at: Date; readonly discrepancies: number } | null;
  /** The newest run that the orphan guard blocked, if no sync of everything has passed it since. */
  readonly blocked: { readonly run_id: number; readonly at: Date } | null;
  /** null: the schedule is off. */
  readonly schedule_ms: number | null;
  readonly now: Date;
}

const DAY_MS = 86_400_000;

/** The value of each state in the metric `SyncState`. */
export const STATE_METRIC: Readonly<Record<SyncState, number>> = {
  in_sync: 0,
  out_of_sync: 1,
  needs_confirmation: 2,
  unknown: 3,
};

export function stateOf(facts: StateFacts): StateAndReason {
  const { compared, blocked } = facts;
  const as_of = compared?.at.toISOString() ?? null;
  const doubt = doubtIn(facts);
  const waiting = isWaiting(facts) ? blocked : null;
  if (doubt !== null || compared === null) {
    const also = waiting === null ? '' : `; run ${waiting.run_id} also waits for a confirmation`;
    return { state: 'unknown', as_of, reason: `${doubt ?? NEVER}${also}` };
  }
  if (waiting !== null) return { state: 'needs_confirmation', as_of, reason: blockedReason(waiting.run_id) };
  if (compared.discrepancies === 0) return { state: 'in_sync', as_of, reason: 'Both sides are in sync' };
  const reason = `${counted(compared.discrepancies, 'discrepancy', 'discrepancies')} between both sides`;
  return { state: 'out_of_sync', as_of, reason };
}

const NEVER = 'Both sides were never compared in full';

/** Why the last comparison may no longer be true; null: it is. */
function doubtIn({ outcome, compared, schedule_ms, now }: StateFacts): string | null {
  const failure = outcome === null ? null : failureOf(outcome);
  if (failure !== null) return failure;
  if (compared === null) return NEVER;
  const limit_ms = schedule_ms === null ? DAY_MS : 2 * schedule_ms;
  const age_ms = now.getTime() - compared.at.getTime();
  return age_ms <= limit_ms ? null : `The last comparison is older than ${describeLimit(limit_ms, schedule_ms)}`;
}

function failureOf(outcome: ComparisonOutcome): string | null {
  if (outcome.kind === 'compared') return null;
  if (outcome.kind === 'failed') return `The last comparison failed: ${withoutFullStop(outcome.message)}`;
  if (outcome.kind === 'other_account') return 'The last comparison was with another Retell account';
  if (outcome.kind === 'unread') {
    const names = outcome.named.length === 0 ? '' : `: ${nameAgents(outcome.named, outcome.agents)}`;
    return `${counted(outcome.agents, 'agent')} could not be read at the last comparison${names}`;
  }
  return 'The last comparison ran out of time; a continuation or the next sync does the rest';
}

/** Blocked orphans are discrepancies: after a later comparison without discrepancies, nothing is left to confirm. */
function isWaiting({ blocked, compared }: StateFacts): boolean {
  if (blocked === null) return false;
  return compared === null || compared.discrepancies > 0 || blocked.at > compared.at;
}

function blockedReason(run_id: number): string {
  return `The orphan guard blocked run ${run_id}: a person must confirm it`;
}

function describeLimit(limit_ms: number, schedule_ms: number | null): string {
  return schedule_ms === null ? 'a day' : `two schedule periods (${counted(limit_ms / 60_000, 'minute')})`;
}
