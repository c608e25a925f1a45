/** Audit: compares both sides, and writes nothing to `interviewer`. */

import type { AuditReport } from '../api/audit.ts';
import { LIMITS } from '../contract.ts';
import { countChangeSources } from '../db/audit-log.ts';
import { listDrafts, saveDrafts, saveObservations } from '../db/observations.ts';
import type { Query } from '../db/pool.ts';
import { finishRun } from '../db/runs.ts';
import { findTableFaults } from '../db/table-faults.ts';
import type { Interviewer } from '../domain/agent.ts';
import { auditReport, cutAuditReport } from '../domain/audit-report.ts';
import { accountMismatch } from '../domain/guard.ts';
import { isComplete, type ObservedState } from '../domain/observed-state.ts';
import { agentsWithoutRow, withFaults } from '../domain/table-faults.ts';
import { differingFields } from '../domain/versions.ts';
import type { DraftDifference } from '../domain/warnings.ts';
import { AppError } from '../errors.ts';
import type { RetellSession } from '../retell/client.ts';
import type { Services } from '../services.ts';
import { counted, cutList } from '../text.ts';
import { publishAudit } from './publish-result.ts';
import { listAccount, loadComparedState, mapConcurrently, readObservedState } from './read-state.ts';
import { inRun, type RunContext, type RunOptions, usageOf } from './run.ts';
import { scoreOf } from './run-history.ts';

/** @throws AppError `audit_incomplete` when an agent could not be read: what is not known is not scored */
export function audit(services: Services, options: Omit<RunOptions, 'kind' | 'dry_run'>): Promise<AuditReport> {
  return inRun(services, { ...options, kind: 'audit', dry_run: false }, async (run) => {
    // In parallel: the pages of the listing come one after another.
    const [state, listing] = await Promise.all([loadComparedState(services), listAccount(run.session)]);
    const { query } = services.database;
    const observed = await readObservedState(run, {
      listing,
      state,
      stale_before: new Date(run.started_at.getTime() - services.config.fullRefreshHours * 3_600_000),
      evidence_since: run.started_at,
      saveCheckpoint: (observations) =>
        observations.length === 0 ? Promise.resolve() : saveObservations(query, observations),
    });
    assertComplete(observed);
    const drafts = await detectUnpublishedDrafts(run);
    const change_sources = await countChangeSources(query);
    const { rules } = services.config;
    const compared = { observed, rows: state.rows, rules, drafts, change_sources, now: services.now() };
    const report = await withTableFaults(query, auditReport(compared));
    const scored = await recordAudit(run, report, { listed: observed.listed, rows: state.rows });
    await publishAudit(services, scored);
    return cutAuditReport(report, LIMITS.answerListEntries);
  });
}

export interface Compared {
  readonly observed: ObservedState;
  readonly rows: readonly Interviewer[];
}

/** The audit of a sync's own observed state; null: what could not be read is not scored. */
export async function auditFromObservedState(
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

/** Looked for only while an agent has no row. */
async function withTableFaults(query: Query, report: AuditReport): Promise<AuditReport> {
  return agentsWithoutRow(report).length === 0 ? report : withFaults(report, await findTableFaults(query));
}

type Accounts = Pick<ObservedState, 'listed'> & { readonly rows: readonly Interviewer[] };

function assertComplete(observed: ObservedState): void {
  if (isComplete(observed)) return;
  const { unreadable, pending, unidentified } = observed;
  const missing = [
    ...[...unreadable].map(([agent_id, { reason }]) => ({ agent_id, reason })),
    ...[...pending].map((agent_id) => ({ agent_id, reason: 'There was no time left to read it' })),
    ...unidentified.map((reason) => ({ agent_id: null, reason })),
  ];
  throw new AppError({
    status: 502,
    code: 'audit_incomplete',
    message: `${counted(missing.length, 'agent')} could not be read from Retell, so there is no score.`,
    hint: 'Look at unreadable; try again in a few minutes, or run POST /api/sync-retell-agents, which syncs the others.',
    details: { unreadable: cutList(missing, LIMITS.answerListEntries) },
  });
}

/** The score of another account is stored, but says nothing about this one. */
async function recordAudit(run: RunContext, report: AuditReport, { listed, rows }: Accounts) {
  const other = accountMismatch(listed, rows) === null ? {} : { error_code: 'account_mismatch' };
  const { health_score, discrepancies } = report;
  const score = { run_id: run.id, health_score };
  if (run.id === null) return { ...score, previous_score: null };
  const previous_score = await finishRun(run.services.database.query, run.id, {
    status: 'succeeded',
    message: `Audit completed: health ${health_score}, ${counted(discrepancies.length, 'discrepancy', 'discrepancies')}`,
    ...usageOf(run),
    ...scoreOf(report),
    ...other,
  });
  return { ...score, previous_score };
}

/** Drafts that one run compares at most, with two calls each; the next run continues. */
const MAX_COMPARED = 100;

/** The differences of all unpublished drafts; each draft is compared once. */
export async function detectUnpublishedDrafts({ services, session }: RunContext): Promise<readonly DraftDifference[]> {
  const { query } = services.database;
  const drafts = await listDrafts(query);
  const unknown = drafts.filter(({ fields }) => fields === null).slice(0, MAX_COMPARED);
  const results = await mapConcurrently(unknown, services.retell.concurrency, ({ agent_id }) =>
    compareDraft(session, agent_id),
  );
  const compared = results.filter((difference) => difference !== null);
  if (compared.length > 0) await saveDrafts(query, compared);
  return [...drafts.flatMap(({ agent_id, fields }) => (fields === null ? [] : [{ agent_id, fields }])), ...compared];
}

/** null: it could not be compared. A warning is not worth failing an audit for. */
async function compareDraft(session: RetellSession, agent_id: string): Promise<DraftDifference | null> {
  try {
    const draft = await session.readVersion(agent_id, 'latest');
    const published = draft === null ? null : await session.readVersion(agent_id, 'latest_published');
    const fields = draft === null || published === null ? [] : differingFields(draft, published);
    return { agent_id, fields };
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}
