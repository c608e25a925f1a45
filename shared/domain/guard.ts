/** The guard: a run that would orphan many rows, or that reads another account, waits for a confirmation. */
import { createHash } from 'node:crypto';
import type { Interviewer } from './agent.ts';
import { activeAgents, linkedRows, type ObservedState } from './observed-state.ts';

/** `true`, or the `plan` token that a 409 or a dry run returned. */
export type Confirmation = boolean | string;

export type GuardVerdict = 'pass' | 'blocked' | 'plan_changed';

/** More changes than this in one run need a confirmation: `max(5, 20 %)`. */
export function massChangeThreshold(count: number): number {
  return Math.max(5, count * 0.2);
}

/** A token for exactly these agents: other agents have another token. */
export function planToken(agent_ids: readonly string[]): string {
  const text = JSON.stringify([...agent_ids].sort());
  return createHash('sha256').update(text).digest('base64url').slice(0, 22);
}

/** A token for exactly these rows in their present state: it confirms nothing once one of them was in sync again. */
export function rowsToken(rows: readonly Pick<Interviewer, 'id' | 'agent_id' | 'last_synced_at'>[]): string {
  return planToken(rows.map(({ id, agent_id, last_synced_at }) => JSON.stringify([id, agent_id, last_synced_at])));
}

/** A token for these agents, none of which another account has, and their rows. */
export function accountToken(agent_ids: readonly string[], rows: readonly Interviewer[]): string {
  const linked = linkedRows(rows);
  return rowsToken(agent_ids.flatMap((agent_id) => linked.get(agent_id) ?? []));
}

interface OrphanGuardInput {
  /** How many rows the run would orphan. */
  readonly orphans: number;
  /** Rows that any run or webhook orphaned within the last hour, and that no person has confirmed since then. */
  readonly recent: number;
  readonly active_rows: number;
  readonly listed_agents: number;
  readonly confirmation: Confirmation;
  /** Tokens that confirm this orphaning. */
  readonly accepted: readonly string[];
}

/** Whether the orphaning may be applied. */
export function checkOrphanGuard(input: OrphanGuardInput): GuardVerdict {
  const { orphans, confirmation } = input;
  if (orphans === 0 || confirmation === true) return 'pass';
  if (typeof confirmation === 'string') return input.accepted.includes(confirmation) ? 'pass' : 'plan_changed';
  const isMany = orphans + input.recent > massChangeThreshold(input.active_rows + input.recent);
  return isMany || input.listed_agents === 0 ? 'blocked' : 'pass';
}

/**
 * The agents of active rows if the listing has agents but none of these: then the key belongs to another account.
 * Otherwise null.
 */
export function accountMismatch(
  { listed, left_out }: Pick<ObservedState, 'listed' | 'left_out'>,
  rows: readonly Interviewer[],
): readonly string[] | null {
  if (left_out.in_sync > 0) return null;
  const expected = activeAgents(rows);
  const isOther = expected.length > 0 && listed.size > 0 && !expected.some((id) => listed.has(id));
  return isOther ? expected : null;
}
