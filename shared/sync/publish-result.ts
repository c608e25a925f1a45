/** Tells the world what a sync did: log, metrics, domain events, and the request for its continuation. */
import { EVENTS, METRICS } from '../contract.ts';
import type { DomainEvent } from '../domain-event.ts';
import type { Services } from '../services.ts';
import { announceOutcome } from './announce-outcome.ts';
import { healthDegraded } from './health-degraded.ts';
import type { Continuation, SyncRequest, SyncResult } from './sync-request.ts';

export async function announce(
  services: Services,
  request: SyncRequest,
  continuation: Continuation,
  answer: SyncResult,
): Promise<void> {
  logReport(services, answer);
  recordMetrics(services, answer);
  const { report, outcome } = answer;
  await announceOutcome(services, report.run_id, outcome, [
    ...eventsOf(answer),
    ...continuationOf(request, continuation, answer),
  ]);
}

function logReport({ log }: Services, { report }: SyncResult): void {
  const { run_id, duration_ms, retell_calls, health_score, counts } = report;
  log.info(report.message, { run_id, duration_ms, retell_calls, health_score, ...counts });
}

function recordMetrics({ metrics }: Services, { report, audit, held_back }: SyncResult): void {
  metrics.record({
    [METRICS.syncDuration]: report.duration_ms,
    [METRICS.retellCalls]: report.retell_calls,
    [METRICS.orphanGuardTripped]: held_back === null ? 0 : 1,
    [METRICS.syncFailures]: 0,
    ...(report.partial ? {} : { [METRICS.syncSuccesses]: 1 }),
    ...(audit === null
      ? {}
      : {
          [METRICS.healthScore]: audit.health_score,
          [METRICS.syncDiscrepancies]: audit.summary.sync_discrepancies,
          [METRICS.voiceEnabledAgents]: audit.summary.voice_enabled_retell_agents,
          [METRICS.activeAgents]: audit.summary.active_database_agents,
          [METRICS.orphanedAgents]: audit.summary.orphaned_database_agents,
        }),
  });
}

function eventsOf({ report, audit, held_back, previous_score }: SyncResult): readonly DomainEvent[] {
  const { run_id, counts, health_score, duration_ms, retell_calls } = report;
  return [
    {
      name: EVENTS.syncCompleted,
      detail: { run_id, counts, health_score, duration_ms, retell_calls, partial: report.partial },
    },
    ...(audit === null ? [] : healthDegraded(run_id, audit.health_score, previous_score)),
    ...(held_back === null
      ? []
      : [
          {
            name: EVENTS.orphanGuardTripped,
            detail: { run_id, reason: 'orphan_guard', orphans: held_back.orphans.length, plan: held_back.plan },
          },
        ]),
  ];
}

/** A run that read nothing would only ask for itself again, for ever. */
function continuationOf(
  request: SyncRequest,
  continuation: Continuation,
  { report, read }: SyncResult,
): readonly DomainEvent[] {
  if (!report.partial || read === 0) return [];
  const { confirm_orphans } = request;
  const { started_at, stale_before } = continuation;
  return [
    {
      name: EVENTS.syncContinuationRequested,
      detail: { run_id: report.run_id, confirm_orphans, started_at, stale_before },
    },
  ];
}
