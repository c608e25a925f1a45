/** Audit: compares both sides, and writes nothing to `interviewer`. */

import type { AuditReport } from '../api/audit.ts';
import { LIMITS } from '../contract.ts';
import { type AuditFacts, findAuditFacts } from '../db/audit-log.ts';
import { listNewDrafts, saveDrafts } from '../db/observations.ts';
import type { Query } from '../db/pool.ts';
import { findTableFaults } from '../db/table-faults.ts';
import { auditReport, cutAuditReport } from '../domain/audit-report.ts';
import { accountMismatch } from '../domain/guard.ts';
import { type BothSides, isLinked, type ObservedState } from '../domain/observed-state.ts';
import { agentsWithoutRow, withFaults } from '../domain/table-faults.ts';
import { isScorable, nameAgents, unreadAgents } from '../domain/unread-agents.ts';
import { differingFields } from '../domain/versions.ts';
import { type DraftDifference, storedWarnings } from '../domain/warnings.ts';
import { AppError, apiError } from '../errors.ts';
import type { RetellSession } from '../retell/client.ts';
import type { Services } from '../services.ts';
import { counted, cutField } from '../text.ts';
import { type ComparedState, compareAgain, compareSides } from './compare-sides.ts';
import { publishAudit } from './publish-result.ts';
import { mapConcurrently, OUT_OF_TIME, readObservedState } from './read-state.ts';
import { inRun, type RunContext, type RunOptions, recordRun } from './run.ts';

/** @throws AppError `audit_incomplete` when agents could not be read that an earlier run could read, or too many */
export function audit(services: Services, options: Omit<RunOptions, 'kind' | 'dry_run'>): Promise<AuditReport> {
  return inRun(services, { ...options, kind: 'audit', dry_run: false }, async (run) => {
    const { query } = services.database;
    const stale_before = new Date(run.started_at.getTime() - services.config.fullRefreshHours * 3_600_000);
    const listing = await run.session.listAgents();
    const state = await compareSides(query, services, { listing, stale_before });
    const observed = await readObservedState(run, state, run.started_at);
    assertScorable({ observed, rows: state.rows });
    await detectUnpublishedDrafts(run);
    const audited = await auditSides(query, services, { state, observed, written: false });
    const report = await reportAudit(query, services, audited);
    const scored = await recordAudit(run, report, audited);
    await publishAudit(services, scored);
    return cutAuditReport(report, LIMITS.responseListEntries);
  });
}

/** Both sides as a run leaves them, with what the warnings need. */
interface AuditedSides extends BothSides {
  readonly facts: AuditFacts;
}

interface RunSides {
  readonly state: ComparedState;
  readonly observed: ObservedState;
  /** Whether the run wrote rows, or would in a dry run. */
  readonly written: boolean;
}

/** Compares what the run may have changed again; what it found in sync stays a count. */
export async function auditSides(
  query: Query,
  services: Pick<Services, 'config'>,
  { state, observed, written }: RunSides,
): Promise<AuditedSides> {
  const facts = await findAuditFacts(query);
  const isLeftOut = ({ agent_id }: DraftDifference) => !observed.observations.has(agent_id);
  const again = written || observed.read > 0 || state.rows.some(isLinked) || facts.drafts.some(isLeftOut);
  return { facts, ...(again ? await compareAgain(query, services, state, observed) : { observed, rows: state.rows }) };
}

/** The audit of a sync's own observed state; null: too much could not be read, so there is no score. */
export async function auditOfSync(
  query: Query,
  services: Services,
  audited: AuditedSides,
): Promise<AuditReport | null> {
  return isScorable(audited.observed) ? reportAudit(query, services, audited) : null;
}

async function reportAudit(
  query: Query,
  { config, now }: Services,
  { observed, rows, facts }: AuditedSides,
): Promise<AuditReport> {
  const report = auditReport({ observed, rows, rules: config.rules, ...facts, now: now() });
  return withTableFaults(query, report);
}

/** Checked only while an agent has no row. */
async function withTableFaults(query: Query, report: AuditReport): Promise<AuditReport> {
  return agentsWithoutRow(report).length === 0 ? report : withFaults(report, await findTableFaults(query));
}

function assertScorable({ observed, rows }: BothSides): void {
  if (isScorable(observed)) return;
  const { unreadable, pending, unidentified } = observed;
  const late = [...pending].map((agent_id) => [agent_id, { name: null, reason: OUT_OF_TIME }] as const);
  const named = unreadAgents({ observed: { ...observed, unreadable: new Map([...unreadable, ...late]) }, rows });
  const missing = [...named, ...unidentified.map((reason) => ({ agent_id: null, name: null, reason }))];
  throw apiError('audit_incomplete', {
    message: `${counted(missing.length, 'agent')} could not be read from Retell, so there is no score: ${nameAgents(named, missing.length)}.`,
    hint: 'Look at unreadable; try again in a few minutes: a few agents that stay unreadable are then left out of the score. POST /api/sync-retell-agents syncs the others now.',
    details: cutField('unreadable', missing),
  });
}

/** The score of another account is stored, but says nothing about this one. */
async function recordAudit(run: RunContext, report: AuditReport, { observed, rows }: BothSides) {
  const other = accountMismatch(observed, rows) === null ? {} : { error_code: 'account_mismatch' };
  const { health_score, discrepancies } = report;
  const previous_score = await recordRun(run.services.database.query, run, {
    status: 'succeeded',
    message: `Audit completed: health ${health_score}, ${counted(discrepancies.length, 'discrepancy', 'discrepancies')}`,
    log: [],
    ...scoreOf(report),
    ...other,
  });
  return { run_id: run.id, health_score, previous_score };
}

/** The part of an audit that is stored with its run. */
export function scoreOf(report: AuditReport) {
  const { health_score, health_status, discrepancies, summary, recommendations, advice } = report;
  return {
    health_score,
    health_status,
    discrepancies: discrepancies.length,
    lost: discrepancies.map(({ agent_id, name, status, details, points }) => ({
      agent_id,
      name,
      status,
      details,
      points,
    })),
    summary,
    recommendations: recommendations.slice(0, LIMITS.storedRecommendations),
    warnings: storedWarnings(advice, LIMITS.responseListEntries),
  };
}

/** Drafts that one run compares at most, with two calls each; the next run continues. */
const MAX_COMPARED = 100;

/** Stores how unpublished drafts differ from their published versions; each draft is compared once. */
export async function detectUnpublishedDrafts({ services, session }: RunContext): Promise<void> {
  const { query } = services.database;
  const drafts = await listNewDrafts(query, MAX_COMPARED);
  const results = await mapConcurrently(drafts, services.retell.concurrency, (agent_id) =>
    compareDraft(session, agent_id),
  );
  const compared = results.filter((difference) => difference !== null);
  if (compared.length > 0) await saveDrafts(query, compared);
}

/** null: it could not be compared. An audit must not fail because of a warning. */
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
