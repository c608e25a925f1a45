/** Sync: read, decide, write. */
import { EVENTS, LIMITS } from '../contract.ts';
import { applyPlan } from '../db/apply-plan.ts';
import { countChangeSources } from '../db/audit-log.ts';
import { listInterviewers } from '../db/interviewers.ts';
import { listDrafts, saveObservations } from '../db/observations.ts';
import type { Query } from '../db/pool.ts';
import { pruneHistory, saveProgress } from '../db/runs.ts';
import type { Interviewer, Observation } from '../domain/agent.ts';
import { type AuditReport, auditReport } from '../domain/audit-report.ts';
import { type Happening, type Outcome, outcomeOf } from '../domain/change.ts';
import { accountMismatch, type Confirmation, checkOrphanGuard, planToken, type Verdict } from '../domain/guard.ts';
import { activeAgents, type ObservedState } from '../domain/observed-state.ts';
import { plan } from '../domain/plan.ts';
import { changesRows, type Plan, type Problem } from '../domain/plan-types.ts';
import { type SyncReport, syncReport } from '../domain/sync-report.ts';
import type { Services } from '../services.ts';
import { publish } from './announce-outcome.ts';
import { detectUnpublishedDrafts } from './detect-unpublished-drafts.ts';
import { accountMismatchError } from './guard-errors.ts';
import { type DatabaseState, loadDatabaseState } from './load-database-state.ts';
import { announce } from './publish-result.ts';
import { pushToRetell } from './push-to-retell.ts';
import { type Listed, listAccount, readObservedState } from './read-observed-state.ts';
import { recordSync } from './record-sync.ts';
import { commitRun, inRun, type RunningRun } from './run.ts';
import type { Continuation, SyncRequest, SyncResult } from './sync-request.ts';

/** @throws AppError `account_mismatch`, and what Retell and the database throw; then nothing was written. */
export function sync(services: Services, request: SyncRequest): Promise<SyncResult> {
  return inRun(services, request, async (run) => {
    // At the same time: the pages come one after another, and each keeps us waiting.
    const [state, listed] = await Promise.all([loadDatabaseState(services.database.query), listAccount(run.session)]);
    await assertSameAccount(services, run, listed, state.rows, request.confirm_orphans);
    const continuation = request.continuation ?? newContinuation(run, request.full, services.config.fullRefreshHours);
    const observed = await readAccount(services, run, continuation, listed, state);
    // Before anything is decided: what is decided is carried out at once.
    if (request.kind === 'scheduled' && observed.pending.size === 0)
      await detectUnpublishedDrafts(services, run.session);
    const facts = await decide(services, run, request, state, observed);
    const answer = await write(services, run, { ...facts, rows: state.rows, nameless: listed.nameless });
    if (!request.dry_run) {
      await announce(services, request, continuation, answer);
      await pruneOldHistory(services);
    }
    return answer;
  });
}

/** The sync is done by now: what is too old goes with the next one, if not with this. */
async function pruneOldHistory({ config, database, log }: Services): Promise<void> {
  try {
    await pruneHistory(database.query, config.historyDays);
  } catch (error) {
    log.warn('The history could not be pruned', { error });
  }
}

function newContinuation(run: RunningRun, full: boolean, refreshHours: number): Continuation {
  const stale = full ? run.started_at : new Date(run.started_at.getTime() - refreshHours * 3_600_000);
  return { started_at: run.started_at, stale_before: stale };
}

async function assertSameAccount(
  services: Services,
  run: RunningRun,
  listed: Listed,
  rows: readonly Interviewer[],
  confirmation: Confirmation,
): Promise<void> {
  const foreign = accountMismatch({ listed: listed.agents }, rows);
  if (foreign === null) return;
  const token = planToken(foreign);
  if (confirmation === true || confirmation === token) return;
  if (run.id !== null) {
    const detail = { run_id: run.id, reason: 'account_mismatch', orphans: foreign.length, plan: token };
    await publish(services, [{ name: EVENTS.orphanGuardTripped, detail }]);
  }
  throw accountMismatchError(foreign, rows, listed.agents.size);
}

async function readAccount(
  services: Services,
  run: RunningRun,
  continuation: Continuation,
  listed: Listed,
  state: DatabaseState,
): Promise<ObservedState> {
  const { query } = services.database;
  const keep = async (observations: readonly Observation[], done: number, total: number) => {
    if (run.id === null) return;
    if (observations.length > 0) await saveObservations(query, observations);
    await saveProgress(query, run.id, 'Reading agents from Retell', done, total);
  };
  return readObservedState(
    {
      session: run.session,
      concurrency: services.retell.concurrency,
      read_budget_ms: run.read_budget_ms,
      now: run.now,
      keep,
    },
    listed,
    state.remembered,
    state.rows,
    {
      namePatterns: services.config.namePatterns,
      stale_before: continuation.stale_before,
      evidence_since: continuation.started_at,
    },
  );
}

/** The plan, after what goes to Retell went there. */
interface Decision {
  readonly observed: ObservedState;
  readonly plan: Plan;
  readonly pushed: readonly Happening[];
  readonly problems: readonly Problem[];
  readonly verdict: Verdict;
  readonly token: string | null;
}

async function decide(
  services: Services,
  run: RunningRun,
  request: SyncRequest,
  state: DatabaseState,
  observed: ObservedState,
): Promise<Decision> {
  const { namePatterns, direction, templateAgentId } = services.config;
  const settings = { namePatterns, direction, createsAgents: templateAgentId !== null };
  const { rows, agreed, underway } = state;
  const first = plan({ observed, rows, agreed, underway, created: state.created, settings });
  const push = await pushToRetell(services, run, first, observed, state.created);
  const final = push.changed
    ? plan({ observed: push.observed, rows, agreed, underway, created: push.created, settings })
    : first;
  const orphans = final.orphans.map(({ observation }) => observation.agent_id);
  const token = orphans.length === 0 ? null : planToken(orphans);
  const foreign = accountMismatch(observed, state.rows);
  const accepted = [token, foreign === null ? null : planToken(foreign)].filter((accept) => accept !== null);
  const active = activeAgents(state.rows).length;
  const verdict = checkOrphanGuard(orphans.length, active, observed.listed.size, request.confirm_orphans, accepted);
  return { observed: push.observed, plan: final, pushed: push.pushed, problems: push.problems, verdict, token };
}

async function write(
  services: Services,
  run: RunningRun,
  decision: Decision & Pick<DatabaseState, 'rows'> & { readonly nameless: readonly string[] },
): Promise<SyncResult> {
  const { observed, verdict } = decision;
  // Evidence is read last: without all of it, the guard could not see how many there are.
  const partial = observed.pending.size > 0;
  return commitRun(services, run, async (query) => {
    const written = run.id === null ? null : await applyPlan(query, decision.plan, verdict === 'pass' && !partial);
    const nameless = decision.nameless.map((reason): Problem => ({ agent_id: 'unknown', name: 'unknown', reason }));
    const outcome = outcomeOf(decision.plan, written, decision.pushed, [...nameless, ...decision.problems]);
    const rows = written !== null && changesRows(decision.plan) ? await listInterviewers(query) : decision.rows;
    const audit = await auditFromObservedState(query, services, observed, rows, nameless.length);
    const heldBack =
      verdict === 'pass' || partial ? null : { verdict, plan: decision.token ?? '', orphans: decision.plan.orphans };
    const recorded = { outcome, audit, partial, heldBack, observed };
    const previous_score = run.id === null ? null : await recordSync(query, run, run.id, recorded);
    const report = reportOf(services, run, { decision, outcome, rows, partial, audit });
    return { report, outcome, read: observed.read, audit, held_back: heldBack, previous_score };
  });
}

async function auditFromObservedState(
  query: Query,
  services: Services,
  observed: ObservedState,
  rows: readonly Interviewer[],
  nameless: number,
): Promise<AuditReport | null> {
  const drafts = await listDrafts(query);
  const changes = await countChangeSources(query);
  // What could not be read is not scored.
  if (observed.pending.size > 0 || observed.unreadable.size > 0 || nameless > 0) return null;
  return auditReport({
    observed,
    rows,
    namePatterns: services.config.namePatterns,
    drafts: drafts.map(({ agent_id, fields }) => ({ agent_id, fields: fields ?? [] })),
    changes,
    now: services.now(),
  });
}

function reportOf(
  services: Services,
  run: RunningRun,
  facts: {
    readonly decision: Decision;
    readonly outcome: Outcome;
    readonly rows: readonly Interviewer[];
    readonly partial: boolean;
    readonly audit: AuditReport | null;
  },
): SyncReport {
  return syncReport(
    {
      outcome: facts.outcome,
      observed: facts.decision.observed,
      rows: facts.rows,
      namePatterns: services.config.namePatterns,
      run_id: run.id,
      dry_run: run.id === null,
      partial: facts.partial,
      plan: facts.decision.token,
      duration_ms: run.duration_ms(),
      retell_calls: run.session.calls(),
      health_score: facts.audit?.health_score ?? null,
      now: run.now(),
    },
    LIMITS.answerListEntries,
  );
}
