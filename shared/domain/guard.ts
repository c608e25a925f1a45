/** The brakes: a run that would orphan many rows, or that looks at another account, waits for a person. */
import { createHash } from 'node:crypto';
import type { Interviewer } from './agent.ts';
import { activeAgents, type ObservedState } from './observed-state.ts';

/** `true`, or the `plan` token that a 409 or a dry run carried. */
export type Confirmation = boolean | string;

export type Verdict = 'pass' | 'held' | 'plan_changed';

/** More than this at once needs a person: `max(5, 20 %)`. */
export function massChangeThreshold(count: number): number {
  return Math.max(5, count * 0.2);
}

/** A token for just these agents: another set gives another token. */
export function planToken(agent_ids: readonly string[]): string {
  const text = JSON.stringify([...agent_ids].sort());
  return createHash('sha256').update(text).digest('base64url').slice(0, 22);
}

/** Whether the orphaning may be carried out. `accepted` are the tokens that cover it. */
export function checkOrphanGuard(
  orphans: number,
  activeRows: number,
  listedAgents: number,
  confirmation: Confirmation,
  accepted: readonly string[],
): Verdict {
  if (orphans === 0 || confirmation === true) return 'pass';
  if (typeof confirmation === 'string') return accepted.includes(confirmation) ? 'pass' : 'plan_changed';
  return orphans > massChangeThreshold(activeRows) || listedAgents === 0 ? 'held' : 'pass';
}

/** The agents of active rows, when the listing has agents but none of them: it is another account's. Otherwise null. */
export function accountMismatch(
  observed: Pick<ObservedState, 'listed'>,
  rows: readonly Interviewer[],
): readonly string[] | null {
  const expected = activeAgents(rows);
  const foreign = expected.length >= 3 && observed.listed.size > 0 && !expected.some((id) => observed.listed.has(id));
  return foreign ? expected : null;
}
