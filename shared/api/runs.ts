/** What the history returns: runs, one run, the status. */
import * as v from 'valibot';
import { AuditSummary } from './audit.ts';
import { Discrepancy } from './discrepancy.ts';
import type { Endpoints } from './endpoint.ts';
import { ErrorResponse } from './error-response.ts';
import * as examples from './examples.ts';
import { Count, type Data, HealthScore, Moment, RunId, Success, Timestamp, wholeNumber } from './fields.ts';
import { RunKind, RunStatus, RunTrigger } from './run-kind.ts';
import { AuditLogEntry, Counts } from './sync.ts';

export const RunPath = v.strictObject({
  id: v.pipe(wholeNumber(1, Number.MAX_SAFE_INTEGER), v.description('The id of a run.')),
});

export const RunsQuery = v.strictObject({
  limit: v.pipe(v.optional(wholeNumber(1, 200), '50'), v.description('How many runs a page holds.')),
  before: v.pipe(
    v.optional(wholeNumber(1, Number.MAX_SAFE_INTEGER)),
    v.description('The `next` of the previous page.'),
  ),
  kind: v.pipe(v.optional(RunKind), v.description('Only runs of this kind.')),
  status: v.pipe(v.optional(RunStatus), v.description('Only runs that ended so.')),
  changed: v.pipe(v.optional(v.literal('true')), v.description('Only runs that changed something.')),
  since: v.pipe(v.optional(Moment), v.description('Only runs that started at this time or later.')),
});

export const RunQuery = v.strictObject({
  limit: v.pipe(v.optional(wholeNumber(1, 1_000), '200'), v.description('How many log entries a page holds.')),
  offset: v.pipe(
    v.optional(wholeNumber(0, Number.MAX_SAFE_INTEGER), '0'),
    v.description('The `next` of the previous page.'),
  ),
});

/** Each kind of run has its own counts; a missing one is zero. */
export const RunCounts = v.object({
  created: v.exactOptional(Counts.entries.created),
  updated: v.exactOptional(Counts.entries.updated),
  restored: v.exactOptional(Counts.entries.restored),
  orphaned: v.exactOptional(Counts.entries.orphaned),
  pushed: v.exactOptional(Counts.entries.pushed),
  conflicts: v.exactOptional(Counts.entries.conflicts),
  skipped: v.exactOptional(Counts.entries.skipped),
  errors: v.exactOptional(Counts.entries.errors),
  unchanged: v.exactOptional(Counts.entries.unchanged),
  pending: v.exactOptional(Counts.entries.pending),
  archived: v.pipe(v.exactOptional(Count), v.description('Rows that a cleanup archived.')),
  marked_deleted: v.pipe(v.exactOptional(Count), v.description('Rows that a cleanup kept and marked as deleted.')),
  kept: v.pipe(
    v.exactOptional(Count),
    v.description('Rows that a cleanup, and names that an undo, left as they were.'),
  ),
  set_back: v.pipe(v.exactOptional(Count), v.description('Names that an undo set back on both sides.')),
});
export type RunCounts = Data<typeof RunCounts>;

export const Run = v.pipe(
  v.object({
    id: v.pipe(RunId, v.description('Larger for newer runs.')),
    kind: RunKind,
    trigger: RunTrigger,
    status: RunStatus,
    started_at: v.pipe(Timestamp, v.description('When it started.')),
    finished_at: v.pipe(v.nullable(Timestamp), v.description('null while it is running.')),
    duration_ms: v.pipe(v.nullable(Count), v.description('How long it took; null while it is running.')),
    phase: v.pipe(v.nullable(v.string()), v.description('What a running run is doing.')),
    progress_done: v.pipe(v.nullable(Count), v.description('How far a running run is in its phase.')),
    progress_total: v.pipe(v.nullable(Count), v.description('How far the phase goes.')),
    message: v.pipe(v.nullable(v.string()), v.description('The result in a sentence; null while it is running.')),
    error_code: v.pipe(v.nullable(v.string()), v.description('The code of the error that ended it.')),
    hint: v.pipe(v.nullable(v.string()), v.description('Of a failed or blocked run: what to do next.')),
    request_id: v.pipe(
      v.nullable(v.string()),
      v.description('Of a failed or blocked run: finds the log entries of its request.'),
    ),
    blocked: v.pipe(v.nullable(Count), v.description('How many changes a guard blocked; null: none.')),
    retell_calls: v.pipe(Count, v.description('Requests sent to Retell.')),
    counts: v.pipe(RunCounts, v.description('What it did; a missing count is zero.')),
    health_score: v.pipe(
      v.nullable(HealthScore),
      v.description('The health score after it; null if it was not scored.'),
    ),
    discrepancies: v.pipe(v.nullable(Count), v.description('Discrepancies after it; null if it was not scored.')),
    summary: v.pipe(
      v.nullable(AuditSummary),
      v.description('What it counted on both sides; null if it was not scored.'),
    ),
    recommendations: v.pipe(v.array(v.string()), v.description('What to do, in sentences.')),
    undoes: v.pipe(v.nullable(RunId), v.description('Of an undo: the run that it undid.')),
    undone_by: v.pipe(v.nullable(RunId), v.description('The undo of this run; null: it is not undone.')),
  }),
  v.description('A run in the history.'),
);
export type Run = Data<typeof Run>;

export const RunPage = v.object({
  success: Success,
  runs: v.pipe(v.array(Run), v.description('Newest first.')),
  next: v.pipe(v.nullable(RunId), v.description('Send it as `before` for the next page; null on the last page.')),
});
export type RunPage = Data<typeof RunPage>;

/** A discrepancy as it is stored with the run that found it. */
export const LostPoints = v.object({
  agent_id: Discrepancy.entries.agent_id,
  name: Discrepancy.entries.name,
  status: Discrepancy.entries.status,
  details: Discrepancy.entries.details,
  points: Discrepancy.entries.points,
});
export type LostPoints = Data<typeof LostPoints>;

export const RunDetails = v.object({
  success: Success,
  run: Run,
  lost_points: v.pipe(
    v.array(LostPoints),
    v.description('The discrepancies that it found, with the points that each cost; `run.discrepancies` counts all.'),
  ),
  audit_logs: v.pipe(v.array(AuditLogEntry), v.description("A page of the run's log.")),
  total: v.pipe(Count, v.description('Entries in the whole log.')),
  next: v.pipe(v.nullable(Count), v.description('Send it as `offset` for the next page; null on the last page.')),
});
export type RunDetails = Data<typeof RunDetails>;

export const runEndpoints = {
  listRuns: {
    method: 'GET',
    path: '/api/sync-runs',
    function: 'console',
    access: 'token',
    dependsOn: ['database'],
    tag: 'History',
    summary: 'The history of runs, newest first',
    description: 'A running run says what it is doing and how far it is.',
    request: { query: RunsQuery },
    responses: { 200: { description: 'A page of runs.', schema: RunPage, example: examples.runPage } },
    errors: {},
  },
  readRun: {
    method: 'GET',
    path: '/api/sync-runs/{id}',
    function: 'console',
    access: 'token',
    dependsOn: ['database'],
    tag: 'History',
    summary: 'One run with its log',
    request: { path: RunPath, query: RunQuery },
    responses: {
      200: { description: 'The run and a page of its log.', schema: RunDetails, example: examples.runDetails },
    },
    errors: { run_not_found: ErrorResponse },
  },
} as const satisfies Endpoints;
