/** What an audit returns, of all agents or of one. */
import * as v from 'valibot';
import { Discrepancy } from './discrepancy.ts';
import type { Endpoints } from './endpoint.ts';
import { ErrorResponse } from './error-response.ts';
import * as examples from './examples.ts';
import {
  AgentId,
  Count,
  type Data,
  HealthScore,
  JsonValue,
  RunId,
  Success,
  SyncStatus,
  Timestamp,
  Truncated,
} from './fields.ts';
import { RunKind, RunTrigger } from './run-kind.ts';

export const AuditQuery = v.strictObject({
  agent_id: v.pipe(v.optional(AgentId), v.description('Explain this agent instead of auditing all.')),
});

export const HealthStatus = v.pipe(
  v.picklist(['excellent', 'good', 'fair', 'poor']),
  v.description('The health score in a word: excellent from 90, good from 70, fair from 50, otherwise poor.'),
);
export type HealthStatus = Data<typeof HealthStatus>;

export const AuditSummary = v.pipe(
  v.object({
    total_retell_agents: v.pipe(Count, v.description('Agents in Retell.')),
    voice_enabled_retell_agents: v.pipe(Count, v.description('Agents with a voice in Retell.')),
    total_database_agents: v.pipe(Count, v.description('Interviewers with an agent.')),
    active_database_agents: v.pipe(Count, v.description('Active interviewers.')),
    orphaned_database_agents: v.pipe(Count, v.description('Orphaned interviewers.')),
    sync_discrepancies: v.pipe(Count, v.description('Discrepancies, also those that a cut list leaves out.')),
    unread_agents: v.pipe(
      v.exactOptional(Count),
      v.description('Agents that could not be read, which are not scored; only if there are any.'),
    ),
  }),
  v.description('What both sides hold.'),
);
export type AuditSummary = Data<typeof AuditSummary>;

const WarningCode = v.picklist([
  'unpublished_draft',
  'duplicate_name',
  'recreated_agent',
  'webhooks_missing',
  'webhook_elsewhere',
  'name_conflict',
  'required_columns',
  'id_sequence',
  'other_account',
  'orphans_to_clean_up',
]);

export const Warning = v.object({
  code: v.pipe(WarningCode, v.description('The kind of warning, for programs.')),
  text: v.pipe(v.string(), v.description('What will become a problem, and what to do, in a sentence for people.')),
  action: v.pipe(
    v.picklist([
      'publish_agent',
      'rename_agent',
      'move_interviews',
      'check_webhook_url',
      'change_agent_webhook',
      'acknowledge_or_undo',
      'run_statement',
      'check_api_key',
      'preview_cleanup',
    ]),
    v.description('What resolves it; `agent_ids` names the agents to act on.'),
  ),
  kind: v.pipe(WarningCode, v.description('The same as `code`.')),
  agent_ids: v.pipe(v.array(v.string()), v.description('The agents that it is about.')),
  details: v.pipe(v.string(), v.description('The same as `text`.')),
});
export type Warning = Data<typeof Warning>;

export const UnreadAgent = v.object({
  agent_id: v.pipe(v.string(), v.description("The agent's id in Retell.")),
  name: v.pipe(v.string(), v.description("The agent's last known name, otherwise its id.")),
  reason: v.pipe(v.string(), v.description('Why it could not be read.')),
});
export type UnreadAgent = Data<typeof UnreadAgent>;

export const AuditReport = v.pipe(
  v.object({
    timestamp: v.pipe(Timestamp, v.description('When both sides were compared.')),
    summary: AuditSummary,
    discrepancies: v.pipe(v.array(Discrepancy), v.description('Every lost point of the health score.')),
    unread: v.pipe(
      v.array(UnreadAgent),
      v.description('Agents that neither this run nor an earlier one could read: neither scored nor a discrepancy.'),
    ),
    recommendations: v.pipe(v.array(v.string()), v.description('What to do, in sentences.')),
    advice: v.pipe(v.array(Warning), v.description('Warnings: in sync now, but likely to drift.')),
    health_score: v.pipe(HealthScore, v.description('The share of agents and rows that are in sync, 0 to 100.')),
    health_status: HealthStatus,
    truncated: Truncated,
  }),
  v.description('What differs between both sides, and what to do.'),
);
export type AuditReport = Data<typeof AuditReport>;

export const AuditResponse = v.object({ success: Success, audit_report: AuditReport });

export const RuleResult = v.object({
  rule: v.pipe(v.string(), v.description('The rule, such as `in_retell` or `same_voice`.')),
  passed: v.pipe(v.nullable(v.boolean()), v.description('null if an earlier rule failed, so that it was not judged.')),
  reason: v.pipe(v.string(), v.description('Why, in a sentence.')),
  hint: v.pipe(
    v.exactOptional(v.string()),
    v.description('What would make it pass; for `name_pattern`, the words with which a word of the name must start.'),
  ),
});
export type RuleResult = Data<typeof RuleResult>;

const Metadata = v.record(v.string(), JsonValue);

const AgentInRetell = v.object({
  agent_id: v.pipe(v.string(), v.description("The agent's id.")),
  agent_name: v.pipe(v.nullable(v.string()), v.description("The agent's name.")),
  voice_id: v.pipe(v.nullable(v.string()), v.description("The agent's voice.")),
  version: v.pipe(v.number(), v.description('The version that was read.')),
  is_published: v.pipe(v.boolean(), v.description('Whether that version is published.')),
  language: v.pipe(v.nullable(v.string()), v.description("The agent's language; several are joined by a comma.")),
  last_modification_timestamp: v.pipe(
    v.number(),
    v.description('When it was last changed, in milliseconds since 1970.'),
  ),
  metadata: v.pipe(Metadata, v.description('Its further settings, as the Retell API gives them.')),
});

const InterviewerRow = v.object({
  id: v.pipe(v.string(), v.description("The row's id, as text.")),
  agent_id: v.pipe(v.nullable(v.string()), v.description('The agent that it stands for.')),
  name: v.pipe(v.string(), v.description("The interviewer's name.")),
  voice_id: v.pipe(v.nullable(v.string()), v.description('The voice as last synced.')),
  agent_version: v.pipe(v.nullable(v.number()), v.description('The agent version as last synced.')),
  language: v.pipe(v.nullable(v.string()), v.description('The language as last synced.')),
  retell_metadata: v.pipe(v.nullable(Metadata), v.description('The further settings as last synced.')),
  retell_modified_at: v.pipe(v.nullable(Timestamp), v.description('When the agent was last changed, as last synced.')),
  orphaned_at: v.pipe(v.nullable(Timestamp), v.description('When it was orphaned.')),
  orphan_reason: v.pipe(v.nullable(v.string()), v.description('Why it was orphaned.')),
  last_synced_at: v.pipe(v.nullable(Timestamp), v.description('When a sync last wrote it.')),
  sync_status: v.pipe(SyncStatus, v.description('Whether it is in use.')),
});

export const AgentHistoryEntry = v.object({
  run_id: v.pipe(RunId, v.description('The run that did it.')),
  kind: RunKind,
  trigger: RunTrigger,
  action: v.pipe(v.string(), v.description('What was done.')),
  reason: v.pipe(v.string(), v.description('Why, in a sentence.')),
  logged_at: v.pipe(Timestamp, v.description('When it was done.')),
  undoable: v.pipe(v.boolean(), v.description('Whether it moved a name, which the undo of its run sets back.')),
});
export type AgentHistoryEntry = Data<typeof AgentHistoryEntry>;

export const Explanation = v.object({
  success: Success,
  agent_id: v.pipe(v.string(), v.description("The agent's id in Retell.")),
  in_step: v.pipe(v.boolean(), v.description('Whether the agent is in sync.')),
  summary: v.pipe(v.string(), v.description('The result in a sentence.')),
  rules: v.pipe(v.array(RuleResult), v.description('Each rule in the order in which it is checked.')),
  retell: v.pipe(v.nullable(AgentInRetell), v.description('What Retell has now; null if it has no such voice agent.')),
  interviewer: v.pipe(v.nullable(InterviewerRow), v.description('What the database has; null if there is no row.')),
  agreed_name: v.pipe(
    v.nullable(v.string()),
    v.description('The merge base: the name that both sides last had in common.'),
  ),
  history: v.pipe(v.array(AgentHistoryEntry), v.description('What happened to the agent, newest first.')),
});
export type Explanation = Data<typeof Explanation>;

/** What is known about an agent while it cannot be read from Retell. */
const { interviewer, agreed_name, history } = Explanation.entries;

export const AgentUnreadableResponse = v.object({ ...ErrorResponse.entries, interviewer, agreed_name, history });

/** Of an explanation; an audit has the fields of every error alone. */
const AccountRefusedResponse = v.object({
  ...ErrorResponse.entries,
  interviewer: v.exactOptional(interviewer),
  agreed_name: v.exactOptional(agreed_name),
  history: v.exactOptional(history),
});

export type AgentUnreadable = Data<typeof AgentUnreadableResponse>;

export const AuditIncompleteResponse = v.object({
  ...ErrorResponse.entries,
  unreadable: v.pipe(
    v.array(
      v.object({
        agent_id: v.pipe(v.nullable(v.string()), v.description('null if the agent has no usable id.')),
        name: v.pipe(v.nullable(v.string()), v.description('Its last known name; null if the agent has no usable id.')),
        reason: v.pipe(v.string(), v.description('Why it could not be read.')),
      }),
    ),
    v.description('The agents that could not be read.'),
  ),
  truncated: Truncated,
});

const AuditOrExplanation = v.union([AuditResponse, Explanation]);

export const auditEndpoints = {
  audit: {
    method: 'GET',
    path: '/api/audit-agents',
    function: 'audit',
    access: 'token',
    dependsOn: ['database', 'retell'],
    tag: 'Audit',
    summary: 'Compare both sides, or explain one agent; writes nothing to the interviewers',
    description:
      "With `agent_id`: each rule, whether it passed and why, the values of both sides and the agent's history.",
    request: { query: AuditQuery },
    responses: {
      200: {
        description: 'The audit report; with `agent_id` the explanation.',
        schema: AuditOrExplanation,
        example: { success: true, audit_report: examples.auditReport },
      },
    },
    errors: {
      agent_not_found: ErrorResponse,
      agent_unreadable: AgentUnreadableResponse,
      retell_unauthorized: AccountRefusedResponse,
      retell_payment_required: AccountRefusedResponse,
      audit_incomplete: AuditIncompleteResponse,
    },
  },
} as const satisfies Endpoints;
