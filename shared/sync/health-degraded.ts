/** Whether a score is news. */
import { EVENTS } from '../contract.ts';
import type { DomainEvent } from '../domain-event.ts';

/** Of whichever run, audit or sync, sees it first: the run after it has the same score. */
export function healthDegraded(
  run_id: number | null,
  health_score: number,
  previous_health_score: number | null,
): readonly DomainEvent[] {
  if (previous_health_score === null || health_score >= previous_health_score) return [];
  return [{ name: EVENTS.healthDegraded, detail: { run_id, health_score, previous_health_score } }];
}
