import * as v from 'valibot';
import { DiscrepancyStatus } from './audit-report.ts';
import { Timestamp } from './fields.ts';

export const AgentState = v.picklist([
  'in_step',
  'out_of_step',
  'skipped',
  'orphaned',
  'deleted',
  'archived',
  'unread',
]);
export type AgentState = v.InferOutput<typeof AgentState>;

/** One agent, as it was last seen on both sides. */
export const AgentOverview = v.object({
  agent_id: v.string(),
  name: v.string(),
  state: AgentState,
  reason: v.string(),
  discrepancy: v.nullable(DiscrepancyStatus),
  interviewer_id: v.nullable(v.string()),
  voice_id: v.nullable(v.string()),
  language: v.nullable(v.string()),
  last_synced_at: v.nullable(Timestamp),
  restorable: v.pipe(v.boolean(), v.description('A cleanup took it out of use, and `restore` brings it back.')),
});
export type AgentOverview = v.InferOutput<typeof AgentOverview>;

export const AgentPage = v.object({
  success: v.literal(true),
  agents: v.array(AgentOverview),
  next: v.pipe(v.nullable(v.string()), v.description('Pass it as `after` for the next page; null: there is none.')),
});
