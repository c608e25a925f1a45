/** Tells of what happened to agents: a line in the log for each, and the domain events. */
import { EVENTS, METRICS } from '../contract.ts';
import { auditLogOf } from '../domain/audit-log.ts';
import type { Outcome } from '../domain/change.ts';
import type { DomainEvent } from '../domain-event.ts';
import type { Services } from '../services.ts';

export async function announceOutcome(
  services: Services,
  run_id: number | null,
  outcome: Outcome,
  further: readonly DomainEvent[] = [],
): Promise<void> {
  for (const { agent_id, name, action, status, reason } of auditLogOf(outcome, services.now())) {
    services.log[status === 'error' ? 'warn' : 'info'](`Agent ${action}`, { run_id, agent_id, name, reason });
  }
  await publish(services, [
    ...outcome.orphaned.map((detail) => ({ name: EVENTS.agentOrphaned, detail: { run_id, ...detail } })),
    ...outcome.restored.map((detail) => ({ name: EVENTS.agentRestored, detail: { run_id, ...detail } })),
    ...further,
  ]);
}

/** A failure to publish is counted, and never fails what it tells of. */
export async function publish(services: Services, events: readonly DomainEvent[]): Promise<void> {
  const failures = await services.events.publish(events);
  if (failures > 0) services.metrics.record({ [METRICS.eventPublishFailures]: failures });
}
