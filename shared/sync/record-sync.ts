/** Writes a sync down in the history. */
import { LIMITS } from '../contract.ts';
import { insertAuditLog } from '../db/audit-log.ts';
import type { Query } from '../db/pool.ts';
import { finishRun } from '../db/runs.ts';
import { auditLogOf, skipLogOf } from '../domain/audit-log.ts';
import type { AuditReport } from '../domain/audit-report.ts';
import { countsOf, type Outcome, syncMessage } from '../domain/change.ts';
import type { ObservedState } from '../domain/observed-state.ts';
import type { HeldBack } from './guard-errors.ts';
import type { RunningRun } from './run.ts';

interface Recorded {
  readonly outcome: Outcome;
  readonly audit: AuditReport | null;
  readonly partial: boolean;
  readonly heldBack: HeldBack | null;
  readonly observed: ObservedState;
}

/** In the same transaction as the changes, so that the history never tells of what was not done, nor omits what was. Returns the score before it. */
export async function recordSync(
  query: Query,
  run: RunningRun,
  run_id: number,
  recorded: Recorded,
): Promise<number | null> {
  const { outcome, audit, partial, heldBack, observed } = recorded;
  const log = auditLogOf(outcome, run.now());
  if (log.length > 0) await insertAuditLog(query, run_id, log);
  const counts = countsOf(outcome, observed);
  return finishRun(query, run_id, {
    status: heldBack !== null ? 'held' : partial ? 'partial' : 'succeeded',
    message: syncMessage(counts, { dry_run: false, partial }),
    ...(heldBack === null ? {} : { error_code: 'orphan_guard' }),
    duration_ms: run.duration_ms(),
    retell_calls: run.session.calls(),
    counts,
    health_score: audit?.health_score ?? null,
    ...(audit === null
      ? {}
      : {
          discrepancies: audit.discrepancies.length,
          summary: audit.summary,
          recommendations: audit.recommendations.slice(0, LIMITS.storedRecommendations),
        }),
    skipped: skipLogOf(outcome.skipped, run.now()),
  });
}
