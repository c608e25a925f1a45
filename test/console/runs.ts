import type { Run, Status } from '../../functions/console/page/data/api-types.ts';

/** A run of the history; a sync without changes by default. */
export function runOf(given: Partial<Run> = {}): Run {
  return {
    id: 1,
    kind: 'sync',
    trigger: 'manual',
    status: 'succeeded',
    started_at: '2026-03-01T06:00:00.000Z',
    finished_at: '2026-03-01T06:00:01.000Z',
    duration_ms: 1_000,
    phase: null,
    progress_done: null,
    progress_total: null,
    message: null,
    error_code: null,
    hint: null,
    request_id: null,
    blocked: null,
    retell_calls: 1,
    counts: {},
    health_score: 100,
    discrepancies: 0,
    summary: null,
    recommendations: [],
    undoes: null,
    undone_by: null,
    ...given,
  };
}

/** The status; before the first check by default. */
export function statusOf(given: Partial<Status> = {}): Status {
  return {
    state: 'unknown',
    as_of: null,
    reason: 'Both sides were never compared in full',
    last_check: null,
    last_sync: null,
    health_score: null,
    health_status: null,
    discrepancies: null,
    summary: null,
    recommendations: [],
    advice: [],
    trend: [],
    freshness: { p50_s: null, p95_s: null, samples: 0 },
    conflicts: [],
    webhooks: { last_accepted: null, last_refused: null, unknown_agents: 0 },
    ...given,
  };
}
