/** Sync: read both sides, plan, push to Retell, apply, publish. */

import type { AuditReport } from '../api/audit.ts';
import type { SyncReport } from '../api/sync.ts';
import { EVENTS, LIMITS } from '../contract.ts';
import { applyPlan } from '../db/apply-plan.ts';
import { countChangeSources } from '../db/audit-log.ts';
import { countRecentOrphans, listInterviewers, lockOrphaning } from '../db/interviewers.ts';
import { listDrafts } from '../db/observations.ts';
import type { Query } from '../db/pool.ts';
import type { Continuation } from '../db/runs.ts';
import { findTableFaults } from '../db/table-faults.ts';
import type { Interviewer } from '../domain/agent.ts';
import { auditReport } from '../domain/audit-report.ts';
import { type Change, changesOf, inReadingOrder, isWrite } from '../domain/change.ts';
import { accountMismatch, type Confirmation, checkOrphanGuard, type GuardVerdict, planToken } from '../domain/guard.ts';
import { activeAgents, isComplete, type ObservedState } from '../domain/observed-state.ts';
import { plan } from '../domain/plan.ts';
import type { Plan, PlanInput } from '../domain/plan-types.ts';
import { type AppliedChanges, syncReport } from '../domain/sync-report.ts';
import { faultErrors } from '../domain/table-faults.ts';
import type { Services } from '../services.ts';
import { withTableFaults } from './audit.ts';
import { detectUnpublishedDrafts } from './detect-unpublished-drafts.ts';
import { accountMismatchError } from './guard-error.ts';
import { publishEvents, publishSyncResult } from './publish-result.ts';
import { pushToRetell } from './push-to-retell.ts';
import {
  type AccountListing,
  checkpointsOf,
  type DatabaseState,
  listAccount,
  loadDatabaseState,
  readObservedState,
} from './read-state.ts';
import { commitRun, inRun, type RunContext, usageOf } from './run.ts';
import { pruneOldHistory, recordSync } from './run-history.ts';
import type { SyncRequest, SyncResult } from './sync-types.ts';

/** @throws AppError `account_mismatch`, and what Retell and the database throw; then nothing was written. */
export function sync(services: Services, request: SyncRequest): Promise<SyncResult> {
  return inRun(services, request, async (run) => {
    // In parallel: the pages of the listing come one after another.
    const [state, listing] = await Promise.all([loadDatabaseState(services), listAccount(run.session)]);
    await assertSameAccount(run, { listing, rows: state.rows, confirmation: request.confirm_orphans });
    const continuation = request.continuation ?? newContinuation(run, request);
    const observed = await readObservedState(run, {
      listing,
      state,
      stale_before: continuation.stale_before,
      evidence_since: continuation.started_at,
      saveCheckpoint: checkpointsOf(run),
    });
    // Before the plan, which is applied without delay.
    if (request.kind === 'scheduled' && observed.pending.size === 0) await detectUnpublishedDrafts(run);
    const decision = await decide(run, { state, observed });
    const result = await apply(run, { ...decision, request: { ...request, continuation } }, state.rows);
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

interface AccountCheck {
  readonly listing: AccountListing;
  readonly rows: readonly Interviewer[];
  readonly confirmation: Confirmation;
}

async function assertSameAccount(run: RunContext, { listing, rows, confirmation }: AccountCheck): Promise<void> {
  const agent_ids = accountMismatch(listing.agents, rows);
  if (agent_ids === null) return;
  const token = planToken(agent_ids);
  if (confirmation === true || confirmation === token) return;
  if (run.id !== null) {
    const detail = { run_id: run.id, reason: 'account_mismatch', orphans: agent_ids.length, plan: token };
    await publishEvents(run.services, [{ name: EVENTS.orphanGuardTripped, detail }]);
  }
  throw accountMismatchError({ agent_ids, rows, listed: listing.agents });
}

/** The plan, after pushes reached Retell. */
interface Decision {
  readonly observed: ObservedState;
  readonly plan: Plan;
  /** What was pushed to Retell, or in a dry run would be, and the pushes that failed. */
  readonly pushed: readonly Change[];
  /** Confirms the plan's orphans; null: there are none. */
  readonly token: string | null;
}

/** A decision with what was asked for. */
interface RequestedDecision extends Decision {
  readonly request: SyncRequest & { readonly continuation: Continuation };
}

interface BothSides {
  readonly state: DatabaseState;
  readonly observed: ObservedState;
}

async function decide(run: RunContext, { state, observed }: BothSides): Promise<Decision> {
  const { rules, direction, templateAgentId } = run.services.config;
  const policy = { rules, direction, createsAgents: templateAgentId !== null };
  const input: PlanInput = { observed, rows: state.rows, createdAgents: state.createdAgents, policy };
  const first = plan(input);
  const push = await pushToRetell(run, first, input);
  const final = push.input === input ? first : plan(push.input);
  return { observed: push.input.observed, plan: final, pushed: push.changes, token: orphanToken(final) };
}

function orphanToken({ changes }: Plan): string | null {
  const orphans = changesOf(changes, 'orphan').map(({ agent_id }) => agent_id);
  return orphans.length === 0 ? null : planToken(orphans);
}

/** In the transaction of the writes: concurrent webhooks would each undercount and slip past the guard. */
async function guardVerdict(
  query: Query,
  { request, observed, plan: { changes }, token }: RequestedDecision,
  rows: readonly Interviewer[],
): Promise<GuardVerdict> {
  if (token === null) return 'pass';
  await lockOrphaning(query);
  const { recent } = await countRecentOrphans(query);
  const mismatch = accountMismatch(observed.listed, rows);
  return checkOrphanGuard({
    orphans: changesOf(changes, 'orphan').length,
    recent,
    active_rows: activeAgents(rows).length,
    listed_agents: observed.listed.size,
    confirmation: request.confirm_orphans,
    accepted: [token, ...(mismatch === null ? [] : [planToken(mismatch)])],
  });
}

/** Evidence is read last: without all of it, the guard would undercount, so a partial run orphans nothing. */
async function apply(run: RunContext, decision: RequestedDecision, rows: readonly Interviewer[]): Promise<SyncResult> {
  const { observed, token } = decision;
  const partial = observed.pending.size > 0;
  const orphans = changesOf(decision.plan.changes, 'orphan');
  return commitRun(run, async (query) => {
    const verdict = await guardVerdict(query, decision, rows);
    const blocked = verdict === 'pass' || partial ? null : { verdict, plan: token ?? '', orphans };
    const applied = await applyDecision(query, run, { decision, allowed: verdict === 'pass' && !partial });
    const current = run.id !== null && decision.plan.changes.some(isWrite) ? await listInterviewers(query) : rows;
    const audit = await auditFromObservedState(query, run.services, { observed, rows: current });
    const previous_score = await recordSync(query, run, {
      ...applied,
      audit,
      partial,
      blocked,
      observed,
      confirmation: decision.request.confirm_orphans,
      continuation: decision.request.continuation,
    });
    const report = reportOf(run, { ...applied, observed, rows: current, partial, plan: token, audit });
    return { report, changes: applied.changes, read: observed.read, audit, blocked, previous_score };
  });
}

interface AllowedDecision {
  readonly decision: Decision;
  /** Whether the plan's orphans are applied. */
  readonly allowed: boolean;
}

async function applyDecision(
  query: Query,
  run: RunContext,
  { decision, allowed }: AllowedDecision,
): Promise<AppliedChanges> {
  const { observed, pushed } = decision;
  const { mergeBases, unchanged } = decision.plan;
  // Pushes are not part of the transaction: what they did is in `pushed`.
  const planned = decision.plan.changes.filter(({ action }) => action !== 'push' && action !== 'create_agent');
  const changes = planned.filter(({ action }) => allowed || action !== 'orphan');
  const applied = run.id === null ? planned : await applyPlan(query, { changes, mergeBases });
  const faults = isEveryCreateRefused(planned, applied) ? faultErrors(await findTableFaults(query)) : [];
  const unidentified = observed.unidentified.map(
    (reason): Change => ({ action: 'error', agent_id: null, name: 'unknown', reason }),
  );
  return { changes: inReadingOrder([...faults, ...unidentified, ...pushed, ...applied]), unchanged };
}

/** Then the cause is not in the rows but in the table. */
function isEveryCreateRefused(planned: readonly Change[], applied: readonly Change[]): boolean {
  const refused = new Set(changesOf(applied, 'error').map(({ agent_id }) => agent_id));
  const creates = changesOf(planned, 'create');
  return creates.length > 0 && creates.every(({ agent_id }) => refused.has(agent_id));
}

interface Compared {
  readonly observed: ObservedState;
  readonly rows: readonly Interviewer[];
}

/** null: what could not be read is not scored. */
async function auditFromObservedState(
  query: Query,
  { config, now }: Services,
  { observed, rows }: Compared,
): Promise<AuditReport | null> {
  const drafts = await listDrafts(query);
  const change_sources = await countChangeSources(query);
  if (!isComplete(observed)) return null;
  const report = auditReport({
    observed,
    rows,
    rules: config.rules,
    drafts: drafts.map(({ agent_id, fields }) => ({ agent_id, fields: fields ?? [] })),
    change_sources,
    now: now(),
  });
  return withTableFaults(query, report);
}

interface Reported extends AppliedChanges, Compared {
  readonly partial: boolean;
  readonly plan: string | null;
  readonly audit: AuditReport | null;
}

function reportOf(run: RunContext, { audit, ...reported }: Reported): SyncReport {
  return syncReport(
    {
      ...reported,
      ...usageOf(run),
      rules: run.services.config.rules,
      run_id: run.id,
      dry_run: run.id === null,
      health_score: audit?.health_score ?? null,
      now: run.now(),
    },
    LIMITS.answerListEntries,
  );
}
