/** Audit: compares both sides, writes nothing to `interviewer`. */
import { LIMITS } from '../contract.ts';
import { countChangeSources } from '../db/audit-log.ts';
import { listInterviewers } from '../db/interviewers.ts';
import { listObservations, saveObservations } from '../db/observations.ts';
import type { Query } from '../db/pool.ts';
import { finishRun } from '../db/runs.ts';
import type { Interviewer, Observation } from '../domain/agent.ts';
import { type AuditReport, auditReport, cutAuditReport } from '../domain/audit-report.ts';
import { counted } from '../domain/counted.ts';
import { cutList } from '../domain/cut-list.ts';
import type { ObservedState } from '../domain/observed-state.ts';
import { AppError } from '../errors.ts';
import type { Services } from '../services.ts';
import { publish } from './announce-outcome.ts';
import { detectUnpublishedDrafts } from './detect-unpublished-drafts.ts';
import { healthDegraded } from './health-degraded.ts';
import { listAccount, readObservedState } from './read-observed-state.ts';
import { inRun, type RunningRun, type RunOptions } from './run.ts';

/** @throws AppError `audit_incomplete` when an agent could not be read: what is not known is not scored */
export function audit(services: Services, options: Omit<RunOptions, 'kind' | 'dry_run'>): Promise<AuditReport> {
  return inRun(services, { ...options, kind: 'audit', dry_run: false }, async (run) => {
    const { query } = services.database;
    // At the same time: the pages come one after another, and each keeps us waiting.
    const [{ rows, remembered }, listed] = await Promise.all([loadRows(query), listAccount(run.session)]);
    const stale_before = new Date(run.started_at.getTime() - services.config.fullRefreshHours * 3_600_000);
    const observed = await readObservedState(
      {
        session: run.session,
        concurrency: services.retell.concurrency,
        read_budget_ms: run.read_budget_ms,
        now: run.now,
        keep: (observations) => (observations.length === 0 ? Promise.resolve() : saveObservations(query, observations)),
      },
      listed,
      remembered,
      rows,
      { namePatterns: services.config.namePatterns, stale_before, evidence_since: run.started_at },
    );
    refuseIncomplete(observed, listed.nameless);
    const drafts = await detectUnpublishedDrafts(services, run.session);
    const changes = await countChangeSources(query);
    const { namePatterns } = services.config;
    const report = auditReport({ observed, rows, namePatterns, drafts, changes, now: services.now() });
    const { health_score } = report;
    await publish(services, healthDegraded(run.id, health_score, await recordAudit(services, run, report)));
    return cutAuditReport(report, LIMITS.answerListEntries);
  });
}

async function loadRows(
  query: Query,
): Promise<{ readonly rows: readonly Interviewer[]; readonly remembered: ReadonlyMap<string, Observation> }> {
  // One after another: a Lambda has a single connection, and who waits for it too long gives up.
  const rows = await listInterviewers(query);
  return { rows, remembered: await listObservations(query) };
}

function refuseIncomplete(observed: ObservedState, nameless: readonly string[]): void {
  const unread = [...observed.unreadable].map(([agent_id, reason]) => ({ agent_id, reason }));
  const pending = [...observed.pending].map((agent_id) => ({ agent_id, reason: 'There was no time left to read it' }));
  const items = nameless.map((reason) => ({ agent_id: 'unknown', reason }));
  const missing = [...unread, ...pending, ...items];
  if (missing.length === 0) return;
  throw new AppError(
    502,
    'audit_incomplete',
    `${counted(missing.length, 'agent')} could not be read from Retell, so there is no honest score.`,
    'Look at unreadable; try again in a few minutes, or run POST /api/sync-retell-agents, which does without them.',
    { details: { unreadable: cutList(missing, LIMITS.answerListEntries) } },
  );
}

/** Returns the score before it. */
async function recordAudit(services: Services, run: RunningRun, report: AuditReport): Promise<number | null> {
  if (run.id === null) return null;
  return finishRun(services.database.query, run.id, {
    status: 'succeeded',
    message: `Audit completed: health ${report.health_score}, ${report.discrepancies.length} discrepancies`,
    duration_ms: run.duration_ms(),
    retell_calls: run.session.calls(),
    health_score: report.health_score,
    discrepancies: report.discrepancies.length,
    summary: report.summary,
    recommendations: report.recommendations.slice(0, LIMITS.storedRecommendations),
  });
}
