/** Applies the plan of a sync in one transaction, records the run, and reports what was applied. */
import { applyPlan } from '../db/apply-plan.ts';
import { markPassed } from '../db/observations.ts';
import type { Query } from '../db/pool.ts';
import type { Continuation } from '../db/runs.ts';
import { findTableFaults } from '../db/table-faults.ts';
import { type Change, changesOf, inReadingOrder, isWrite, withoutPushRecords } from '../domain/change.ts';
import { passesRules, rulesFingerprint } from '../domain/comparison.ts';
import { type Confirmation, rowsToken } from '../domain/guard.ts';
import { isPartial } from '../domain/observed-state.ts';
import type { AppliedChanges } from '../domain/sync-report.ts';
import { faultErrors } from '../domain/table-faults.ts';
import { auditOfSync, auditSides } from './audit.ts';
import type { ComparedState } from './compare-sides.ts';
import { guardVerdict } from './guard.ts';
import type { SyncResult } from './publish-result.ts';
import type { PushedPlan } from './push-to-retell.ts';
import { commitRun, type RunContext } from './run.ts';
import { recordSync, reportSync } from './run-history.ts';

interface Decision extends PushedPlan {
  readonly state: ComparedState;
  readonly confirmation: Confirmation;
  readonly continuation: Continuation;
}

/**
 * Evidence is read last: without all of it, the guard would undercount, so a run that could not read everything orphans
 * nothing. Pushes that are left over change no evidence.
 */
export async function applySync(run: RunContext, decision: Decision): Promise<SyncResult> {
  const { state, observed, confirmation, continuation } = decision;
  const compared = observed.pending.size === 0;
  const partial = isPartial(observed);
  const orphans = changesOf(decision.plan.changes, 'orphan');
  const token = orphans.length === 0 ? null : rowsToken(orphans.map(({ row }) => row));
  return commitRun(run, async (query) => {
    const verdict = await guardVerdict(query, { orphans, token, confirmation, observed, rows: state.rows });
    const blocked = verdict === 'pass' || !compared ? null : { verdict, plan: token ?? '', orphans };
    const applied = await applyDecision(query, run, { decision, allowed: verdict === 'pass' && compared });
    await markPassedAgents(query, run, decision);
    const written = decision.plan.changes.some(isWrite);
    const audited = await auditSides(query, run.services, { state, observed, written });
    const audit = await auditOfSync(query, run.services, audited);
    const previous_score = await recordSync(query, run, {
      ...applied,
      audit,
      partial,
      blocked,
      observed,
      confirmation,
      continuation,
    });
    const report = reportSync(run, {
      ...applied,
      observed: audited.observed,
      rows: audited.rows,
      partial,
      plan: token,
      blocked: blocked !== null,
      health_score: audit?.health_score ?? null,
    });
    const progressed = hasProgressed(decision);
    return { report, changes: applied.changes, compared, progressed, audit, blocked, previous_score };
  });
}

/** Whether a continuation has less to do: agents were read, or, once all are read, something was pushed. */
function hasProgressed({ observed, pushed }: Decision): boolean {
  return observed.pending.size > 0 ? observed.read > 0 : pushed.some(({ action }) => action !== 'error');
}

/**
 * Stored observations that pass the present rules, but were last judged by other rules or earlier code: the next run
 * need not load them.
 */
async function markPassedAgents(query: Query, { id, started_at, services }: RunContext, { observed, state }: Decision) {
  const { rules } = services.config;
  const passed = [...observed.observations.values()].filter(
    ({ agent_id, agent, read_at }) => !state.passed.has(agent_id) && read_at < started_at && passesRules(agent, rules),
  );
  if (id !== null && passed.length > 0) await markPassed(query, passed, rulesFingerprint(rules));
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
