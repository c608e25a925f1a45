/** What an audit answers, of all agents or of one. */
import * as v from 'valibot';
import { Count, HealthScore, Timestamp } from './fields.ts';

export const HealthStatus = v.picklist(['excellent', 'good', 'fair', 'poor']);
export type HealthStatus = v.InferOutput<typeof HealthStatus>;

export const DiscrepancyStatus = v.picklist([
  'missing_in_db',
  'missing_in_retell',
  'voice_mismatch',
  'name_mismatch',
  'orphaned',
]);
export type DiscrepancyStatus = v.InferOutput<typeof DiscrepancyStatus>;

export const AuditSummary = v.object({
  total_retell_agents: Count,
  voice_enabled_retell_agents: Count,
  total_database_agents: Count,
  active_database_agents: Count,
  orphaned_database_agents: Count,
  sync_discrepancies: Count,
});

export const Discrepancy = v.object({
  agent_id: v.string(),
  name: v.string(),
  voice_id: v.exactOptional(v.string()),
  status: DiscrepancyStatus,
  details: v.string(),
  last_synced: v.exactOptional(Timestamp),
  points: v.pipe(v.number(), v.minValue(0), v.description('What it costs of the health score.')),
});
export type Discrepancy = v.InferOutput<typeof Discrepancy>;

export const Warning = v.object({
  kind: v.picklist(['unpublished_draft', 'duplicate_name', 'recreated_agent', 'webhooks_missing']),
  agent_ids: v.array(v.string()),
  details: v.string(),
});

export const AuditReport = v.object({
  timestamp: Timestamp,
  summary: AuditSummary,
  discrepancies: v.array(Discrepancy),
  recommendations: v.array(v.string()),
  advice: v.pipe(v.array(Warning), v.description('Not out of step now, but about to be.')),
  health_score: HealthScore,
  health_status: HealthStatus,
  truncated: v.exactOptional(v.literal(true)),
});
export type AuditReport = v.InferOutput<typeof AuditReport>;

export const AuditAnswer = v.object({ success: v.literal(true), audit_report: AuditReport });

export const Explanation = v.object({
  success: v.literal(true),
  agent_id: v.string(),
  in_step: v.boolean(),
  summary: v.string(),
  rules: v.array(
    v.object({
      rule: v.string(),
      passed: v.pipe(
        v.nullable(v.boolean()),
        v.description('null: an earlier rule failed, so it could not be judged.'),
      ),
      reason: v.string(),
    }),
  ),
  retell: v.nullable(
    v.object({
      agent_id: v.string(),
      agent_name: v.nullable(v.string()),
      voice_id: v.nullable(v.string()),
      version: v.number(),
      is_published: v.boolean(),
      language: v.nullable(v.string()),
      last_modification_timestamp: v.number(),
    }),
  ),
  interviewer: v.nullable(
    v.object({
      id: v.string(),
      agent_id: v.nullable(v.string()),
      name: v.string(),
      voice_id: v.nullable(v.string()),
      agent_version: v.nullable(v.number()),
      language: v.nullable(v.string()),
      retell_modified_at: v.nullable(Timestamp),
      orphaned_at: v.nullable(Timestamp),
      orphan_reason: v.nullable(v.string()),
      last_synced_at: v.nullable(Timestamp),
      sync_status: v.picklist(['active', 'orphaned', 'deleted']),
    }),
  ),
  agreed_name: v.pipe(v.nullable(v.string()), v.description('The name that both sides last agreed on.')),
  history: v.array(
    v.object({
      run_id: v.number(),
      kind: v.string(),
      trigger: v.string(),
      action: v.string(),
      reason: v.string(),
      logged_at: Timestamp,
    }),
  ),
});
export type Explanation = v.InferOutput<typeof Explanation>;
