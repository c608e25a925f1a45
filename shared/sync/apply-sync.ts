/** Applies the plan of a sync in one transaction, records the run, and reports what was applied. */
import type { AuditReport } from '../api/audit.ts';
import type { SyncReport } from '../api/sync.ts';
import { LIMITS } from '../contract.ts';
import { applyPlan } from '../db/apply-plan.ts';
import type { Query } from '../db/pool.ts';
import type { Continuation } from '../db/runs.ts';
import { findTableFaults } from '../db/table-faults.ts';
import { skipLogOf, storedLogOf } from '../domain/audit-log.ts';
import { type Change, changesOf, inReadingOrder, isWrite, withoutPushRecords } from '../domain/change.ts';
import type { Confirmation } from '../domain/guard.ts';
import { isPartial } from '../domain/observed-state.ts';
import { type AppliedChanges, countsOf, type SyncReportInput, syncMessage, syncReport } from '../domain/sync-report.ts';
import { faultErrors } from '../domain/table-faults.ts';
import { counted } from '../text.ts';
import { auditOfSync, auditSides, scoreOf } from './audit.ts';
import { type ComparedState, markPassedAgents } from './compare-sides.ts';
import { type BlockedOrphans, guardVerdict, orphansToken } from './guard.ts';
import type { SyncResult } from './publish-result.ts';
import type { PushedPlan } from './push-to-retell.ts';
import { commitRun, type RunContext, recordRun, usageOf } from './run.ts';

interface SyncDecision extends PushedPlan {
  readonly state: ComparedState;
  readonly confirmation: Confirmation;
  readonly continuation: Continuation;
}

/**
 * Evidence is read last: without all of it, the guard would undercount, so a run that could not read everything orphans
 * nothing. Pushes that are left over change no evidence.
 */
export async function applySync(run: RunContext, decision: SyncDecision): Promise<SyncResult> {
  const { state, observed, confirmation } = decision;
  const compared = observed.pending.size === 0;
  const orphans = changesOf(decision.plan.changes, 'orphan');
  const token = orphansToken(orphans);
  return commitRun(run, async (query) => {
    const verdict = await guardVerdict(query, { orphans, confirmation, observed, rows: state.rows });
    const blocked = verdict === 'pass' || !compared ? null : { verdict, plan: token ?? '', orphans };
    const applied = await applyDecision(query, run, { decision, allowed: verdict === 'pass' && compared });
    await markPassedAgents(query, run, decision);
    const written = decision.plan.changes.some(isWrite);
    const audited = await auditSides(query, run.services, { state, observed, written });
    const audit = await auditOfSync(query, run.services, audited);
    const previous_score = await recordSync(query, run, decision, { ...applied, blocked, audit });
    const report = reportSync(run, {
      ...applied,
      observed: audited.observed,
      rows: audited.rows,
      plan: token,
      blocked: blocked !== null,
      health_score: audit?.health_score ?? null,
    });
    const progressed = hasProgressed(decision);
    return { report, changes: applied.changes, compared, progressed, audit, blocked, previous_score };
  });
}

/** Whether a continuation has less to do: agents were read, or, once all are read, something was pushed. */
function hasProgressed({ observed, pushed }: SyncDecision): boolean {
  return observed.pending.size > 0 ? observed.read > 0 : pushed.some(({ action }) => action !== 'error');
}

/** `allowed`: whether the plan's orphans are applied. */
async function applyDecision(
  query: Query,
  run: RunContext,
  { decision, allowed }: { readonly decision: SyncDecision; readonly allowed: boolean },
): Promise<AppliedChanges> {
  const { observed, pushed } = decision;
  const { mergeBases, unchanged } = decision.plan;
  // Pushes are not part of the transaction: their changes are in `pushed`.
  const planned = decision.plan.changes.filter(({ action }) => action !== 'push' && action !== 'create_agent');
  const changes = planned.filter(({ action }) => allowed || action !== 'orphan');
  const applied = run.id === null ? planned : await applyPlan(query, { changes, mergeBases });
  const faults = isEveryCreateRefused(planned, applied) ? faultErrors(await findTableFaults(query)) : [];
  const unidentified = observed.unidentified.map(
    (reason): Change => ({ action: 'error', agent_id: null, name: 'An agent without an id', reason }),
  );
  const made = withoutPushRecords([...faults, ...unidentified, ...pushed, ...applied]);
  return { changes: inReadingOrder(made), unchanged };
}

/** Then the cause is the table and not the rows. */
function isEveryCreateRefused(planned: readonly Change[], applied: readonly Change[]): boolean {
  const refused = new Set(changesOf(applied, 'error').map(({ agent_id }) => agent_id));
  const creates = changesOf(planned, 'create');
  return creates.length > 0 && creates.every(({ agent_id }) => refused.has(agent_id));
}

interface AppliedSync extends AppliedChanges {
  readonly blocked: BlockedOrphans | null;
  readonly audit: AuditReport | null;
}

/** Returns the score before the sync; a dry run is not recorded. */
function recordSync(
  query: Query,
  run: RunContext,
  { observed, confirmation, continuation }: SyncDecision,
  { blocked, audit, ...applied }: AppliedSync,
): Promise<number | null> {
  const counts = countsOf(applied, observed);
  const partial = isPartial(observed);
  return recordRun(query, run, {
    status: blocked !== null ? 'held' : partial ? 'partial' : 'succeeded',
    message: `${syncMessage(counts, { dry_run: false, partial })}${blockedPart(blocked)}`,
    log: storedLogOf(applied.changes, run.now()),
    ...(blocked === null ? {} : { error_code: 'orphan_guard', plan: blocked.plan, blocked: blocked.orphans.length }),
    ...(partial ? { continuation } : {}),
    confirmation,
    counts,
    ...(audit === null ? { health_score: null } : scoreOf(audit)),
    skipped: skipLogOf(applied.changes, run.now()),
  });
}

function blockedPart(blocked: BlockedOrphans | null): string {
  return blocked === null ? '' : `; the orphan guard blocks ${counted(blocked.orphans.length, 'interviewer')}`;
}

type OfRun = 'rules' | 'run_id' | 'duration_ms' | 'retell_calls' | 'now';

/** The response of a sync, with what the run knows itself. */
export function reportSync(run: RunContext, input: Omit<SyncReportInput, OfRun>): SyncReport {
  const { rules } = run.services.config;
  const ofRun = { ...usageOf(run), rules, run_id: run.id, now: run.now() };
  return syncReport({ ...input, ...ofRun }, LIMITS.responseListEntries);
}
