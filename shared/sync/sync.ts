/** Sync: read both sides, plan, push to Retell, apply, publish. */
import { EVENTS } from '../contract.ts';
import type { Continuation } from '../db/runs.ts';
import { accountMismatch, accountToken, type Confirmation } from '../domain/guard.ts';
import { plan } from '../domain/plan.ts';
import type { PlanInput } from '../domain/plan-types.ts';
import type { Services } from '../services.ts';
import { applySync, type Decision } from './apply-sync.ts';
import { detectUnpublishedDrafts } from './audit.ts';
import { type ComparedState, compareSides, createsAgents, listAccount, type Sides } from './compare-sides.ts';
import { accountMismatchError } from './guard.ts';
import { publishEvents, publishSyncResult, type SyncResult } from './publish-result.ts';
import { type PushInput, pushToRetell } from './push-to-retell.ts';

import { readObservedState, saverOf } from './read-state.ts';
import { inRun, type RunContext, type RunOptions } from './run.ts';
import { pruneOldHistory } from './run-history.ts';

export interface SyncRequest extends RunOptions {
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
    const sides = { listing: await listAccount(run.session), stale_before: continuation.stale_before };
    const state = await compareSides(services.database.query, services, sides);
    await assertSameAccount(run, { sides, state, confirmation: request.confirm_orphans });
    const observed = await readObservedState(run, {
      ...sides,
      state,
      evidence_since: continuation.started_at,
      save: saverOf(run),
    });
    // Done before the plan is made, so that the plan is applied without delay.
    if (request.kind === 'scheduled' && observed.pending.size === 0) await detectUnpublishedDrafts(run);
    const decision = await planAndPush(
      run,
      { ...state, observed },
      { listed: sides.listing.agents, pending: state.pending_pushes },
    );
    const confirmation = request.confirm_orphans;
    const result = await applySync(
      run,
      { ...decision, sides, judged: state.passed, confirmation, continuation },
      state.rows,
    );
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
  readonly sides: Sides;
  readonly state: ComparedState;
  readonly confirmation: Confirmation;
}

async function assertSameAccount(run: RunContext, { sides, state, confirmation }: AccountCheck): Promise<void> {
  const agent_ids = accountMismatch(state, state.rows);
  if (agent_ids === null) return;
  const token = accountToken(agent_ids, state.rows);
  if (confirmation === true || confirmation === token) return;
  if (run.id !== null) {
    const detail = { run_id: run.id, reason: 'account_mismatch', orphans: agent_ids.length, plan: token };
    await publishEvents(run.services, [{ name: EVENTS.orphanGuardTripped, detail }]);
  }
  throw accountMismatchError({ agent_ids, rows: state.rows, listed: sides.listing.agents });
}

type BothSides = Omit<PlanInput, 'policy'>;

/** Plans, pushes, and plans again from what the pushes left in Retell. */
async function planAndPush(
  run: RunContext,
  { observed, rows, createdAgents }: BothSides,
  pushing: Omit<PushInput, 'input'>,
): Promise<Pick<Decision, 'observed' | 'plan' | 'pushed'>> {
  const { config } = run.services;
  const policy = { rules: config.rules, direction: config.direction, createsAgents: createsAgents(config) };
  const input: PlanInput = { observed, rows, createdAgents, policy };
  const first = plan(input);
  const push = await pushToRetell(run, first, { input, ...pushing });
  const final = push.input === input ? first : plan(push.input);
  return { observed: push.input.observed, plan: final, pushed: push.changes };
}
