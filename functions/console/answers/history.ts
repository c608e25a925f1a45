/** What the history answers: runs, one run, the status. */
import * as v from 'valibot';
import { AuditSummary, HealthStatus } from './audit-report.ts';
import { Count, HealthScore, Timestamp } from './fields.ts';
import { AuditLogEntry } from './sync-report.ts';

export const Run = v.object({
  id: v.number(),
  kind: v.picklist(['sync', 'audit', 'scheduled', 'cleanup', 'restore', 'webhook']),
  trigger: v.picklist(['manual', 'schedule', 'start', 'webhook', 'continuation']),
  status: v.picklist(['running', 'succeeded', 'partial', 'held', 'failed']),
  started_at: Timestamp,
  finished_at: v.nullable(Timestamp),
  duration_ms: v.nullable(Count),
  phase: v.pipe(v.nullable(v.string()), v.description('What a running run is doing.')),
  progress_done: v.nullable(Count),
  progress_total: v.nullable(Count),
  message: v.nullable(v.string()),
  error_code: v.nullable(v.string()),
  retell_calls: Count,
  counts: v.record(v.string(), Count),
  health_score: v.nullable(HealthScore),
  discrepancies: v.nullable(Count),
  summary: v.nullable(AuditSummary),
  recommendations: v.array(v.string()),
});
export type Run = v.InferOutput<typeof Run>;

export const RunPage = v.object({
  success: v.literal(true),
  runs: v.array(Run),
  next: v.pipe(v.nullable(v.number()), v.description('Pass it as `before` for the next page; null: there is none.')),
});

export const RunDetails = v.object({
  success: v.literal(true),
  run: Run,
  audit_logs: v.array(AuditLogEntry),
  total: Count,
  next: v.pipe(v.nullable(Count), v.description('Pass it as `offset` for the next page; null: there is none.')),
});
export type RunDetails = v.InferOutput<typeof RunDetails>;

export const Status = v.object({
  last_check: v.pipe(v.nullable(Timestamp), v.description('When both sides were last compared in full.')),
  last_sync: v.pipe(v.nullable(Timestamp), v.description('When a sync last came to its end.')),
  health_score: v.pipe(v.nullable(HealthScore), v.description('null until the first check.')),
  health_status: v.nullable(HealthStatus),
  discrepancies: v.nullable(Count),
  summary: v.nullable(AuditSummary),
  recommendations: v.array(v.string()),
  trend: v.pipe(
    v.array(
      v.object({
        run_id: v.number(),
        timestamp: Timestamp,
        health_score: HealthScore,
        discrepancies: v.nullable(Count),
      }),
    ),
    v.description('Oldest first.'),
  ),
});
export type Status = v.InferOutput<typeof Status>;

export const StatusAnswer = v.object({ success: v.literal(true), status: Status });
