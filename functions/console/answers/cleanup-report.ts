/** What cleanup and restore answer. */
import * as v from 'valibot';
import { Count, Timestamp } from './fields.ts';

export const CleanupEntry = v.object({
  interviewer_id: v.pipe(v.string(), v.description("The row's id.")),
  agent_id: v.nullable(v.string()),
  name: v.string(),
  last_synced: v.nullable(Timestamp),
  outcome: v.picklist(['archived', 'marked_deleted', 'restored', 'kept']),
  reason: v.string(),
});
export type CleanupEntry = v.InferOutput<typeof CleanupEntry>;

export const CleanupReport = v.object({
  success: v.literal(true),
  message: v.string(),
  cleaned_count: v.pipe(Count, v.description('Rows that were archived, or marked as deleted.')),
  cleaned_agents: v.array(CleanupEntry),
  candidates: Count,
  older_than_days: Count,
  dry_run: v.boolean(),
  run_id: v.pipe(v.nullable(v.number()), v.description('null for a dry run, which is stored nowhere.')),
  truncated: v.exactOptional(v.literal(true)),
});
export type CleanupReport = v.InferOutput<typeof CleanupReport>;

export const RestoreReport = v.object({
  success: v.literal(true),
  message: v.string(),
  restored_count: Count,
  restored_agents: v.array(
    v.object({
      agent_id: v.string(),
      name: v.string(),
      outcome: v.picklist(['restored', 'kept', 'not_found']),
      reason: v.string(),
    }),
  ),
  run_id: v.nullable(v.number()),
  truncated: v.exactOptional(v.literal(true)),
});
export type RestoreReport = v.InferOutput<typeof RestoreReport>;
