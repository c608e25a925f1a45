/** Publishes the result of a run: log lines, metrics and domain events. */

import type { AuditReport } from '../api/audit.ts';
import type { CleanupEntry } from '../api/cleanup.ts';
import type { SyncReport } from '../api/sync.ts';
import type { StateAndReason } from '../api/sync-state.ts';
import { type DomainEvent, EVENTS, METRICS } from '../contract.ts';
import { type Change, changesOf, entryOf, loggedAction } from '../domain/change.ts';
import { STATE_METRIC } from '../domain/state.ts';
import type { Log } from '../log.ts';
import type { Services } from '../services.ts';
import { type BlockedOrphans, confirmCommand, orphanGuardHeadline } from './guard.ts';
import { readSyncStateOrUnknown } from './status.ts';

export interface SyncResult {
  readonly report: SyncReport;
  /** Uncut, unlike the report's lists. */
  readonly changes: readonly Change[];
  /** Whether every agent was read, so that both sides were compared; pushes may be left over. */
  readonly compared: boolean;
  /** Whether a continuation has less to do than this run had. */
  readonly progressed: boolean;
  /** The audit of the same observed state, uncut; null when not everything could be read. */
  readonly audit: AuditReport | null;
  /** null: nothing is blocked. */
  readonly blocked: BlockedOrphans | null;
  /** The score of the newest scored run before this one. */
  readonly previous_score: number | null;
}

/** Publishes a sync's result: log line, metrics, events and, if it is partial, a continuation request. */
export async function publishSyncResult(services: Services, result: SyncResult): Promise<void> {
  const { report, changes } = result;
  const state = await readSyncStateOrUnknown(services);
  const { run_id, duration_ms, retell_calls, health_score, counts } = report;
  services.log.info(report.message, { run_id, duration_ms, retell_calls, health_score, ...counts, ...state });
  if (result.blocked !== null) logBlockedOrphans(services, result, result.blocked);
  recordMetrics(services, result, state);
  await publishChanges(services, run_id, {
    changes,
    events: [...syncEvents(result, state), ...continuationRequest(result)],
  });
}

/** The log line for a person who is called at night: what was blocked, and the command that confirms it. */
function logBlockedOrphans(
  { log }: Services,
  { report: { run_id }, audit }: SyncResult,
  blocked: BlockedOrphans,
): void {
  const { orphans, plan, verdict } = blocked;
  const headline = orphanGuardHeadline(orphans.length, audit?.summary.active_database_agents ?? null);
  log.warn(`${headline}, run ${run_id}`, { run_id, verdict, confirm: confirmCommand(plan, 'sync') });
}

/** Publishes an audit's result: the state, and the event if the score fell. */
export async function publishAudit(services: Services, scored: ScoreChange): Promise<void> {
  const state = await readSyncStateOrUnknown(services);
  services.log.info(`Audit completed: ${state.reason}`, { run_id: scored.run_id, ...state });
  services.metrics.record({ [METRICS.syncState]: STATE_METRIC[state.state] });
  await publishEvents(services, healthDegraded(scored, state));
}

function recordMetrics(
  { metrics }: Services,
  { report, compared, audit, blocked }: SyncResult,
  { state }: StateAndReason,
): void {
  metrics.record({
    [METRICS.syncState]: STATE_METRIC[state],
    [METRICS.syncDuration]: report.duration_ms,
    [METRICS.retellCalls]: report.retell_calls,
    [METRICS.orphanGuardTripped]: blocked === null ? 0 : 1,
    [METRICS.syncFailures]: 0,
    ...(compared ? { [METRICS.syncSuccesses]: 1 } : {}),
    ...(audit === null ? {} : auditMetrics(audit)),
  });
}

function auditMetrics({ health_score, summary }: AuditReport) {
  return {
    [METRICS.healthScore]: health_score,
    [METRICS.syncDiscrepancies]: summary.sync_discrepancies,
    [METRICS.voiceEnabledAgents]: summary.voice_enabled_retell_agents,
    [METRICS.activeAgents]: summary.active_database_agents,
    [METRICS.orphanedAgents]: summary.orphaned_database_agents,
  };
}

function syncEvents(
  { report, audit, blocked, previous_score }: SyncResult,
  state: StateAndReason,
): readonly DomainEvent[] {
  const { run_id, counts, health_score, duration_ms, retell_calls, partial } = report;
  const guard = { run_id, reason: 'orphan_guard', orphans: blocked?.orphans.length, plan: blocked?.plan };
  return [
    {
      name: EVENTS.syncCompleted,
      detail: { run_id, counts, health_score, duration_ms, retell_calls, partial, ...state },
    },
    ...(audit === null ? [] : healthDegraded({ run_id, health_score: audit.health_score, previous_score }, state)),
    ...(blocked === null ? [] : [{ name: EVENTS.orphanGuardTripped, detail: guard }]),
  ];
}

/**
 * A run without progress requests no continuation, because it would do so endlessly; nor does a blocked run, which waits
 * for a person. The event grants nothing: what was confirmed is read from the run.
 */
function continuationRequest({ report, progressed, blocked }: SyncResult): readonly DomainEvent[] {
  if (!report.partial || !progressed || blocked !== null) return [];
  return [{ name: EVENTS.syncContinuationRequested, detail: { run_id: report.run_id } }];
}

interface ScoreChange {
  readonly run_id: number | null;
  readonly health_score: number;
  readonly previous_score: number | null;
}

/** Published by the first run, audit or sync, that has a lower score: the next run compares with that score. */
function healthDegraded(
  { run_id, health_score, previous_score }: ScoreChange,
  state: StateAndReason,
): readonly DomainEvent[] {
  if (previous_score === null || health_score >= previous_score) return [];
  return [
    { name: EVENTS.healthDegraded, detail: { run_id, health_score, previous_health_score: previous_score, ...state } },
  ];
}

interface PublishedChanges {
  readonly changes: readonly Change[];
  /** Further events of the run. */
  readonly events: readonly DomainEvent[];
}

/** A log line for each change, and the domain events. */
export async function publishChanges(
  services: Services,
  run_id: number | null,
  { changes, events }: PublishedChanges,
): Promise<void> {
  for (const change of changes) logChange(services.log, run_id, change);
  const eventsOf = (action: 'orphan' | 'restore', name: DomainEvent['name']) =>
    changesOf(changes, action).map((change) => ({ name, detail: { run_id, ...entryOf(change) } }));
  await publishEvents(services, [
    ...eventsOf('orphan', EVENTS.agentOrphaned),
    ...eventsOf('restore', EVENTS.agentRestored),
    ...events,
  ]);
}

interface BlockedChanges {
  readonly changes: readonly Change[];
  /** What is blocked, for the log, and what to do about it. */
  readonly headline: string;
  readonly fields: Readonly<Record<string, unknown>>;
  /** Of the event. */
  readonly detail: Readonly<Record<string, unknown>>;
}

/** Agents that are synced one by one: what was changed, and that the orphan guard blocks the rest. */
export async function publishBlocked(
  services: Services,
  run_id: number | null,
  { changes, headline, fields, detail }: BlockedChanges,
): Promise<void> {
  services.log.warn(`${headline}, run ${run_id}`, { run_id, ...fields });
  services.metrics.record({ [METRICS.orphanGuardTripped]: 1, [METRICS.syncState]: STATE_METRIC.needs_confirmation });
  const event = { name: EVENTS.orphanGuardTripped, detail: { run_id, reason: 'orphan_guard', ...detail } };
  await publishChanges(services, run_id, { changes, events: [event] });
}

/** Skips repeat from run to run, so they are only in the run's report. */
function logChange(log: Log, run_id: number | null, change: Change): void {
  const action = loggedAction(change);
  if (action === null || action === 'skipped') return;
  const { agent_id, name, reason } = change;
  const fields = { run_id, agent_id, reason };
  if (action === 'error') log.warn(`Agent ${JSON.stringify(name)} could not be synced`, fields);
  else log.info(`Agent ${JSON.stringify(name)} ${WORDS[action] ?? action}`, fields);
}

/** The actions whose word is not a participle. */
const WORDS: Readonly<Record<string, string>> = { conflict: 'renamed on both sides: the name in Retell won' };

/** An interviewer that a cleanup, restore or undo changed, or left unchanged. */
interface LoggedEntry {
  readonly agent_id: string | null;
  readonly name: string;
  readonly outcome: string;
  readonly reason: string;
}

interface PublishedEntries {
  readonly run_id: number | null;
  readonly message: string;
  readonly entries: readonly LoggedEntry[];
}

/** A log line for each interviewer of a cleanup, restore or undo. A restored row is still an orphan, so no event follows. */
export function logCleanup({ log }: Services, { run_id, message, entries }: PublishedEntries): void {
  for (const { outcome, name, ...entry } of entries) {
    const level = outcome === 'failed' ? 'warn' : 'info';
    log[level](`Interviewer ${JSON.stringify(name)} ${outcome.replace('_', ' ')}`, { run_id, ...entry });
  }
  log.info(`${message}, run ${run_id}`, { run_id });
}

/** An interviewer whose agent a cleanup found in Retell again is active, so an event follows. */
export async function publishCleanup(
  services: Services,
  { run_id, message }: Pick<PublishedEntries, 'run_id' | 'message'>,
  entries: readonly CleanupEntry[],
): Promise<void> {
  logCleanup(services, { run_id, message, entries });
  const restored = entries.filter(({ outcome }) => outcome === 'restored');
  await publishEvents(
    services,
    restored.map(({ agent_id, interviewer_id, name, reason }) => ({
      name: EVENTS.agentRestored,
      detail: { run_id, agent_id, interviewer_id, name, reason },
    })),
  );
}

/** A failure to publish is counted, but does not make the run fail. */
export async function publishEvents(services: Services, events: readonly DomainEvent[]): Promise<void> {
  const failures = await services.events.publish(events);
  if (failures > 0) services.metrics.record({ [METRICS.eventPublishFailures]: failures });
}
