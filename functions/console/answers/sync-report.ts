/** What a sync answers, and the entries of which a run's log is made. */
import * as v from 'valibot';
import { Count, HealthScore, Timestamp } from './fields.ts';

export const ReportEntry = v.object({ agent_id: v.string(), name: v.string(), reason: v.string() });
export type ReportEntry = v.InferOutput<typeof ReportEntry>;

export const Counts = v.object({
  created: Count,
  updated: Count,
  restored: Count,
  orphaned: Count,
  pushed: Count,
  conflicts: Count,
  skipped: Count,
  errors: Count,
  unchanged: Count,
  pending: v.pipe(Count, v.description('Agents that the run had no time to read.')),
});
export type Counts = v.InferOutput<typeof Counts>;

export const AuditLogEntry = v.object({
  agent_id: v.string(),
  interviewer_id: v.exactOptional(v.string()),
  name: v.string(),
  voice_id: v.exactOptional(v.string()),
  status: v.picklist(['synced', 'skipped', 'error']),
  action: v.string(),
  reason: v.string(),
  missing_fields: v.exactOptional(v.array(v.string())),
  timestamp: Timestamp,
});
export type AuditLogEntry = v.InferOutput<typeof AuditLogEntry>;

export const SyncReport = v.object({
  success: v.literal(true),
  message: v.string(),
  created: v.array(ReportEntry),
  updated: v.pipe(v.array(ReportEntry), v.description('Only what really changed, with the change in its reason.')),
  restored: v.array(ReportEntry),
  orphaned: v.array(ReportEntry),
  pushed: v.pipe(v.array(ReportEntry), v.description('Changes of the database that went to Retell.')),
  conflicts: v.array(v.object({ ...ReportEntry.entries, retell_name: v.string(), database_name: v.string() })),
  skipped: v.array(ReportEntry),
  errors: v.array(ReportEntry),
  unchanged: Count,
  audit_logs: v.array(AuditLogEntry),
  discrepancies: v.object({
    retell_voice_enabled: Count,
    database_agents: Count,
    unsynced_agents: v.array(ReportEntry),
  }),
  totalRetellAgents: Count,
  totalDatabaseAgents: Count,
  counts: v.pipe(Counts, v.description('Whole, even where the lists are cut.')),
  run_id: v.pipe(v.nullable(v.number()), v.description('null for a dry run, which is stored nowhere.')),
  dry_run: v.boolean(),
  partial: v.pipe(v.boolean(), v.description('There was no time for everything; a continuation goes on by itself.')),
  plan: v.exactOptional(v.pipe(v.string(), v.description('Confirms the orphaning of just these agents.'))),
  duration_ms: Count,
  retell_calls: Count,
  health_score: v.pipe(v.nullable(HealthScore), v.description('null when an agent could not be read.')),
  truncated: v.exactOptional(v.literal(true)),
});
export type SyncReport = v.InferOutput<typeof SyncReport>;
