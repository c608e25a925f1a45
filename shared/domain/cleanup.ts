/** Decides what a cleanup does with each orphan, once Retell was asked after all of them. */
import type { Observation } from './agent.ts';
import { fromAgent, isEligible } from './eligibility.ts';

export interface CleanupEntry {
  readonly interviewer_id: string;
  readonly agent_id: string | null;
  readonly name: string;
  readonly last_synced: string | null;
  readonly outcome: CleanupOutcome;
  readonly reason: string;
}

export type CleanupOutcome =
  /** Copied to the archive and removed. */
  | 'archived'
  /** Something refers to the row: it stays, marked as deleted. */
  | 'marked_deleted'
  /** The agent is back: the interviewer is active again. */
  | 'restored'
  /** Left as it was. */
  | 'kept';

export interface Candidate {
  readonly id: string;
  readonly agent_id: string | null;
  readonly name: string;
  readonly last_synced_at: Date | null;
}

export interface Fate {
  readonly outcome: CleanupOutcome;
  readonly reason: string;
}

/** `word` is Retell's: a reading, or why there is none. `referrers` names the tables that point to the row. */
export function decideFate(
  candidate: Candidate,
  word: Observation | string | undefined,
  referrers: string | undefined,
  namePatterns: RegExp,
): Fate {
  if (candidate.agent_id === null) return { outcome: 'kept', reason: 'The row has no agent to ask Retell after' };
  if (word === undefined || typeof word === 'string') {
    return {
      outcome: 'kept',
      reason: `Retell could not be asked after the agent: ${word ?? 'there was no time left'}`,
    };
  }
  if (word.agent !== null && isEligible(fromAgent(word.agent), namePatterns)) {
    return { outcome: 'restored', reason: 'The agent is back in Retell and eligible' };
  }
  const gone = word.agent === null ? 'Agent no longer exists in Retell' : 'Agent is no longer eligible';
  if (referrers !== undefined)
    return { outcome: 'marked_deleted', reason: `${gone}; kept because ${referrers} refers to it` };
  return { outcome: 'archived', reason: gone };
}

export function cleanupEntry(candidate: Candidate, { outcome, reason }: Fate): CleanupEntry {
  const { id, agent_id, name, last_synced_at } = candidate;
  return { interviewer_id: id, agent_id, name, last_synced: last_synced_at?.toISOString() ?? null, outcome, reason };
}
