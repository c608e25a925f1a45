/** Decides what a cleanup does with each orphan, once all of them have been read from Retell. */
import type { CleanupEntry, CleanupOutcome } from '../api/cleanup.ts';
import type { Result } from '../errors.ts';
import type { Observation } from './agent.ts';
import type { ConflictChange, RestoreChange } from './change.ts';
import { type EligibilityRules, fromAgent, isEligible } from './eligibility.ts';

export interface CleanupCandidate {
  readonly id: string;
  readonly agent_id: string | null;
  readonly name: string;
  readonly last_synced_at: Date | null;
  readonly orphaned_at: Date;
}

export interface CleanupDecision {
  readonly outcome: CleanupOutcome;
  readonly reason: string;
  /** Of a row that is active again: the values that it took from its agent, and a conflict of their names. */
  readonly changes?: readonly (RestoreChange | ConflictChange)[];
}

/** What is known about a candidate. */
interface CleanupEvidence {
  /** undefined: the run did not read the agent. */
  readonly observation: Result<Observation> | undefined;
  /** The tables that point to the row; undefined: none. */
  readonly referrers: string | undefined;
}

export function planCleanup(
  candidate: CleanupCandidate,
  { observation, referrers }: CleanupEvidence,
  rules: EligibilityRules,
): CleanupDecision {
  if (candidate.agent_id === null) return kept('The row has no agent that could be checked in Retell');
  if (observation === undefined) return kept('The agent could not be checked in Retell: there was no time left');
  if (!observation.ok) return kept(`The agent could not be checked in Retell: ${observation.reason}`);
  const { agent } = observation.value;
  if (agent !== null && isEligible(fromAgent(agent), rules)) {
    return { outcome: 'restored', reason: 'The agent is back in Retell and eligible' };
  }
  const gone = agent === null ? 'Agent no longer exists in Retell' : 'Agent is no longer eligible';
  if (referrers === undefined) return { outcome: 'archived', reason: gone };
  return { outcome: 'marked_deleted', reason: `${gone}; kept because ${referrers} refers to it` };
}

export function cleanupEntry(candidate: CleanupCandidate, { outcome, reason }: CleanupDecision): CleanupEntry {
  const { id, agent_id, name, last_synced_at } = candidate;
  return { interviewer_id: id, agent_id, name, last_synced: last_synced_at?.toISOString() ?? null, outcome, reason };
}

function kept(reason: string): CleanupDecision {
  return { outcome: 'kept', reason };
}
