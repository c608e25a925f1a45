/** Sync: read both sides, plan, push to Retell, apply, publish. The scheduled sync audits the same observed state. */
import type { AuditReport } from '../api/audit.ts';
import type { ScheduledSyncResponse } from '../api/scheduled-sync.ts';
import { EVENTS, LIMITS } from '../contract.ts';
import { findPartialRun } from '../db/confirmations.ts';
import { type Continuation, pruneHistory } from '../db/runs.ts';
import { cutAuditReport } from '../domain/audit-report.ts';
import { accountMismatch, accountToken, type Confirmation } from '../domain/guard.ts';
import type { ObservedState } from '../domain/observed-state.ts';
import type { PlanInput } from '../domain/plan-types.ts';
import { AppError, apiError } from '../errors.ts';
import type { Services } from '../services.ts';
import { counted } from '../text.ts';
import { applySync } from './apply-sync.ts';
import { detectUnpublishedDrafts } from './audit.ts';
import { type ComparedState, compareSides, createsAgents } from './compare-sides.ts';
import { accountMismatchError, orphanGuardError } from './guard.ts';
import { publishEvents, publishSyncResult, type SyncResult } from './publish-result.ts';
import { planAndPush } from './push-to-retell.ts';
import { readObservedState } from './read-state.ts';
import { inRun, type RunContext, type RunOptions } from './run.ts';

interface SyncRequest extends RunOptions {
  readonly kind: 'sync' | 'scheduled';
  /** Read every agent again. */
  readonly full: boolean;
  readonly confirm_orphans: Confirmation;
  /** Set when this run continues a partial one. */
  readonly continuation?: Continuation;
}

/** @throws AppError `account_mismatch`, and what Retell and the database throw; then nothing was written. */
export function sync(services: Services, request: SyncRequest): Promise<SyncResult> {
  return inRun(services, request, async (run) => {
    const continuation = request.continuation ?? newContinuation(run, request);
    const { stale_before } = continuation;
    const listing = await run.session.listAgents();
    const state = await compareSides(services.database.query, services, { listing, stale_before });
    const confirmation = request.confirm_orphans;
    await assertSameAccount(run, state, confirmation);
    const observed = await readObservedState(run, state, continuation.started_at);
    // Done before the plan is made, so that the plan is applied without delay.
    if (request.kind === 'scheduled' && observed.pending.size === 0) await detectUnpublishedDrafts(run);
    const decision = await planAndPush(run, planInput(state, observed, services), {
      listed: listing.agents,
      pending: state.pending_pushes,
    });
    const result = await applySync(run, { ...decision, state, confirmation, continuation });
    if (!request.dry_run) {
      await publishSyncResult(services, result);
      await pruneOldHistory(services);
    }
    return result;
  });
}

function newContinuation({ started_at, services }: RunContext, { full }: SyncRequest): Continuation {
  const refresh_ms = full ? 0 : services.config.fullRefreshHours * 3_600_000;
  return { started_at, stale_before: new Date(started_at.getTime() - refresh_ms) };
}

async function assertSameAccount(run: RunContext, state: ComparedState, confirmation: Confirmation): Promise<void> {
  const agent_ids = accountMismatch(state, state.rows);
  if (agent_ids === null) return;
  const token = accountToken(agent_ids, state.rows);
  if (confirmation === true || confirmation === token) return;
  if (run.id !== null) {
    const detail = { run_id: run.id, reason: 'account_mismatch', orphans: agent_ids.length, plan: token };
    await publishEvents(run.services, [{ name: EVENTS.orphanGuardTripped, detail }]);
  }
  throw accountMismatchError({ agent_ids, rows: state.rows, listed: state.listing.agents });
}

function planInput({ rows, createdAgents }: ComparedState, observed: ObservedState, { config }: Services): PlanInput {
  const policy = { rules: config.rules, direction: config.direction, createsAgents: createsAgents(config) };
  return { observed, rows, createdAgents, policy };
}

/** A failure does no harm: the next sync prunes what this one did not. */
async function pruneOldHistory({ config, database, log }: Services): Promise<void> {
  try {
    await pruneHistory(database.query, config.historyDays);
  } catch (error) {
    log.warn('The history could not be pruned; the next sync does it', { error });
  }
}

interface ScheduledSyncResult {
  readonly report: ScheduledSyncResponse;
  /**
   * The error for HTTP callers: blocked orphans, because the schedule never confirms, or agents that could not be read.
   */
  readonly failure: AppError | null;
}

/** @throws what `sync` throws */
export async function scheduledSync(
  services: Services,
  request: Omit<SyncRequest, 'kind' | 'dry_run'>,
): Promise<ScheduledSyncResult> {
  const result = await sync(services, { ...request, kind: 'scheduled', dry_run: false });
  const guard = result.blocked === null ? null : orphanGuardError(result.blocked, result.report);
  const report = {
    success: guard === null && (result.audit !== null || result.report.partial),
    message: guard?.message ?? messageOf(result),
    sync_result: result.report,
    audit_result: result.audit === null ? null : cutAuditReport(result.audit, LIMITS.responseListEntries),
    timestamp: services.now().toISOString(),
  };
  const failure = guard ?? (report.success ? null : auditIncomplete(report.message));
  return { report, failure: failure === null ? null : withReport(failure, report) };
}

function auditIncomplete(reason: string): AppError {
  const hint = 'The sync was applied; sync_result.errors names the agents. Try again in a few minutes.';
  return apiError('audit_incomplete', { message: `${reason}.`, hint });
}

function withReport({ status, code, message, hint, details }: AppError, report: ScheduledSyncResponse): AppError {
  return new AppError({ status, code, message, hint, details: { ...details, ...report } });
}

function messageOf({ report, audit }: SyncResult): string {
  if (audit !== null)
    return `${report.message}; health ${audit.health_score} (${audit.health_status})${withoutOf(audit)}`;
  if (report.partial) return report.message;
  return `${report.message}; no audit, because ${counted(report.counts.errors, 'agent')} could not be read`;
}

function withoutOf({ unread }: AuditReport): string {
  return unread.length === 0 ? '' : ` without ${counted(unread.length, 'agent')} that could not be read`;
}

type ContinuationRequest = Pick<SyncRequest, 'trigger' | 'full' | 'confirm_orphans' | 'continuation'>;

/**
 * What a continuation event asks for: it names the run, and everything else is read from it. null: a later run did it
 * already, as when the event arrives twice, or is sent again for the sake of what was confirmed for that run.
 *
 * @throws AppError `not_partial`: any function that publishes events could name any run
 */
export async function continuationOf({ database }: Services, run_id: number): Promise<ContinuationRequest | null> {
  const partial = await findPartialRun(database.query, run_id);
  if (partial === null) {
    throw new AppError({
      status: 409,
      code: 'not_partial',
      message: `Run ${run_id} is not a partial sync of the last day, so there is nothing to continue.`,
      hint: 'The next scheduled sync reads what is missing.',
    });
  }
  if (partial.is_done) return null;
  const { confirmation, continuation } = partial;
  return { trigger: 'continuation', full: false, confirm_orphans: confirmation, continuation };
}
