/** What cleanup and restore take and return. */
import * as v from 'valibot';
import type { Endpoints } from './endpoint.ts';
import { ErrorResponse } from './error-response.ts';
import * as examples from './examples.ts';
import { AgentId, Count, type Data, Flag, Nothing, PlanToken, RunId, Success, Timestamp, Truncated } from './fields.ts';

export const CleanupBody = v.strictObject({
  action: v.pipe(v.literal('cleanup_orphaned'), v.description('Archive or mark old orphans.')),
  dry_run: v.pipe(Flag, v.description('Return what a cleanup would do and change nothing.')),
  older_than_days: v.pipe(
    v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(36_500)), 7),
    v.description('Only what has been an orphan for longer.'),
  ),
  confirm: v.pipe(
    v.optional(
      v.union([v.pipe(v.number(), v.integer(), v.minValue(0)), PlanToken], 'must be a plan token or a number'),
    ),
    v.description(
      'The plan token of a 409 or of a dry run: it confirms exactly the rows that were shown. The number of candidates is accepted too, if they are still those that the last 409 listed.',
    ),
  ),
});

export const RestoreBody = v.strictObject({
  action: v.pipe(v.literal('restore'), v.description('Bring back what a cleanup took out of use.')),
  agent_ids: v.pipe(
    v.array(AgentId, 'must be a list of agent ids'),
    v.minLength(1, 'must not be empty'),
    v.maxLength(1_000),
    v.description('The agents whose interviewers to bring back.'),
  ),
});

export const AcknowledgeBody = v.strictObject({
  action: v.pipe(
    v.literal('acknowledge'),
    v.description('Close conflicts of names: both sides keep the name in Retell.'),
  ),
  agent_ids: v.pipe(
    v.array(AgentId, 'must be a list of agent ids'),
    v.minLength(1, 'must not be empty'),
    v.maxLength(1_000),
    v.description('The agents whose conflicts to close.'),
  ),
  run_id: v.pipe(
    v.optional(RunId),
    v.description('The newest run whose conflicts were shown: what a later run decided stays open.'),
  ),
});

/** `action` decides which fields exist. */
export const CleanupOrRestoreBody = v.variant('action', [CleanupBody, RestoreBody, AcknowledgeBody]);

export const CleanupOutcome = v.picklist(['archived', 'marked_deleted', 'restored', 'kept']);
export type CleanupOutcome = Data<typeof CleanupOutcome>;

export const CleanupEntry = v.object({
  interviewer_id: v.pipe(v.string(), v.description("The row's id in the interviewer table.")),
  agent_id: v.pipe(v.nullable(v.string()), v.description("The agent's id in Retell.")),
  name: v.pipe(v.string(), v.description("The interviewer's name.")),
  last_synced: v.pipe(v.nullable(Timestamp), v.description('When a sync last wrote it.')),
  outcome: v.pipe(
    CleanupOutcome,
    v.description(
      '`archived`: copied to the archive and removed; `marked_deleted`: kept because other rows refer to it; `restored`: its agent is back; `kept`: left as it was.',
    ),
  ),
  reason: v.pipe(v.string(), v.description('Why, in a sentence.')),
});
export type CleanupEntry = Data<typeof CleanupEntry>;

export const CleanupReport = v.object({
  success: Success,
  message: v.pipe(v.string(), v.description('The result in a sentence.')),
  cleaned_count: v.pipe(Count, v.description('Rows that were archived or marked as deleted.')),
  cleaned_agents: v.pipe(v.array(CleanupEntry), v.description('The candidates and what was done with each.')),
  candidates: v.pipe(Count, v.description('Orphans that are old enough.')),
  older_than_days: v.pipe(Count, v.description('The age that was asked for.')),
  dry_run: v.pipe(v.boolean(), v.description('Whether this is only a plan.')),
  plan: v.pipe(
    v.exactOptional(PlanToken),
    v.description('Of a dry run with candidates: send it as `confirm` to clean up exactly these.'),
  ),
  run_id: v.pipe(v.nullable(RunId), v.description('null for a dry run, which is not stored.')),
  truncated: Truncated,
});
export type CleanupReport = Data<typeof CleanupReport>;

export const RestoreEntry = v.object({
  agent_id: v.pipe(v.string(), v.description("The agent's id in Retell.")),
  name: v.pipe(v.string(), v.description("The interviewer's name.")),
  outcome: v.pipe(
    v.picklist(['restored', 'kept', 'not_found']),
    v.description(
      '`restored`: back as an orphan until a sync finds its agent; `kept`: left as it was; `not_found`: no cleanup took it out of use.',
    ),
  ),
  reason: v.pipe(v.string(), v.description('Why, in a sentence.')),
});
export type RestoreEntry = Data<typeof RestoreEntry>;

export const RestoreReport = v.object({
  success: Success,
  message: v.pipe(v.string(), v.description('The result in a sentence.')),
  restored_count: v.pipe(Count, v.description('Interviewers that were brought back.')),
  restored_agents: v.pipe(v.array(RestoreEntry), v.description('What was done with each agent.')),
  run_id: v.pipe(v.nullable(RunId), v.description('The run in the history.')),
  truncated: Truncated,
});
export type RestoreReport = Data<typeof RestoreReport>;

export const AcknowledgeEntry = v.object({
  agent_id: v.pipe(v.string(), v.description("The agent's id in Retell.")),
  outcome: v.pipe(
    v.picklist(['acknowledged', 'not_found']),
    v.description('`not_found`: the agent has no open conflict, or a later run decided it.'),
  ),
});
export type AcknowledgeEntry = Data<typeof AcknowledgeEntry>;

export const AcknowledgeReport = v.object({
  success: Success,
  message: v.pipe(v.string(), v.description('The result in a sentence.')),
  acknowledged_count: v.pipe(Count, v.description('Conflicts that were closed.')),
  acknowledged: v.pipe(v.array(AcknowledgeEntry), v.description('What was done for each agent.')),
});
export type AcknowledgeReport = Data<typeof AcknowledgeReport>;

/** Nothing was changed. */
export const NothingToAcknowledgeResponse = v.object({
  ...ErrorResponse.entries,
  acknowledged: v.pipe(v.array(AcknowledgeEntry), v.description('The agents, each `not_found`.')),
});

/** Nothing was changed. */
export const CleanupGuardResponse = v.object({
  ...ErrorResponse.entries,
  candidates: v.pipe(Count, v.description('How many rows would be cleaned up.')),
  plan: v.pipe(PlanToken, v.description('Send it as `confirm` to clean up exactly these.')),
  cleaned_agents: v.pipe(v.array(CleanupEntry), v.description('The rows that would be cleaned up.')),
  truncated: Truncated,
});

/** Nothing was changed. */
export const NothingToRestoreResponse = v.object({
  ...ErrorResponse.entries,
  restored_agents: v.pipe(v.array(RestoreEntry), v.description('The agents, each `not_found`.')),
});

const CleanupOrRestoreReport = v.union([CleanupReport, RestoreReport, AcknowledgeReport]);

export const cleanupEndpoints = {
  cleanup: {
    method: 'POST',
    path: '/api/audit-agents',
    function: 'cleanup',
    access: 'token',
    dependsOn: ['database', 'retell'],
    tag: 'Audit',
    summary: 'Clean up old orphans, restore what a cleanup took out of use, or acknowledge conflicts',
    description:
      'Retell is asked about each candidate first. An interviewer that other rows refer to is never removed.',
    request: { query: Nothing, body: CleanupOrRestoreBody, example: { action: 'cleanup_orphaned', dry_run: true } },
    responses: {
      200: {
        description: 'What was done with each interviewer.',
        schema: CleanupOrRestoreReport,
        example: examples.cleanupReport,
      },
    },
    errors: {
      cleanup_guard: CleanupGuardResponse,
      nothing_to_restore: NothingToRestoreResponse,
      nothing_to_acknowledge: NothingToAcknowledgeResponse,
    },
  },
} as const satisfies Endpoints;
