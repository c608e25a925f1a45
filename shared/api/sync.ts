/** What a sync takes and returns, and the entries of a run's log. */
import * as v from 'valibot';
import type { Endpoints } from './endpoint.ts';
import { ErrorResponse } from './error-response.ts';
import * as examples from './examples.ts';
import {
  AgentId,
  Count,
  type Data,
  Flag,
  HealthScore,
  JsonValue,
  Nothing,
  PlanToken,
  RunId,
  Success,
  Timestamp,
  Truncated,
} from './fields.ts';

export const SyncBody = v.strictObject({
  agent_id: v.pipe(
    v.optional(AgentId),
    v.description('Sync only this agent: read it, write its row and push its name. The report is about it alone.'),
  ),
  dry_run: v.pipe(Flag, v.description('Return the plan and write nothing anywhere.')),
  full: v.pipe(Flag, v.description('Read every agent again, also those that have not changed.')),
  confirm_orphans: v.pipe(
    v.optional(v.union([v.boolean(), PlanToken], 'must be true, false or a plan token'), false),
    v.description(
      'Lets the orphan guard pass: the plan token of a 409 or of a dry run confirms exactly the agents that it named, true confirms whatever this sync finds.',
    ),
  ),
});

export const FieldChange = v.object({
  field: v.pipe(v.string(), v.description('The column, or `retell_metadata.` and the setting.')),
  from: v.pipe(JsonValue, v.description('The value before; null if there was none.')),
  to: v.pipe(JsonValue, v.description('The value after, or null.')),
});
/** One difference between a row and its agent, and the value that the row gets. */
export type FieldChange = Data<typeof FieldChange>;

export const ReportEntry = v.object({
  agent_id: v.pipe(v.nullable(v.string()), v.description("The agent's id in Retell; null if no agent is known.")),
  name: v.pipe(v.string(), v.description("The agent's or the interviewer's name.")),
  reason: v.pipe(v.string(), v.description('Why, in a sentence.')),
  changes: v.pipe(
    v.exactOptional(v.array(FieldChange)),
    v.description('Each value that is replaced: of updates, restores, pushes (`retell_name`) and conflicts.'),
  ),
});
export type ReportEntry = Data<typeof ReportEntry>;

export const ReportConflict = v.object({
  ...ReportEntry.entries,
  retell_name: v.pipe(v.string(), v.description('The name in Retell, which wins.')),
  database_name: v.pipe(v.string(), v.description('The name that the database had.')),
});
export type ReportConflict = Data<typeof ReportConflict>;

export const Counts = v.pipe(
  v.object({
    created: v.pipe(Count, v.description('Interviewers created.')),
    updated: v.pipe(Count, v.description('Interviewers changed or linked to their agent.')),
    restored: v.pipe(Count, v.description('Orphans made active again.')),
    orphaned: v.pipe(Count, v.description('Interviewers whose agent is gone or no longer eligible.')),
    pushed: v.pipe(Count, v.description('Changes of the database written to Retell.')),
    conflicts: v.pipe(Count, v.description('Names changed on both sides.')),
    skipped: v.pipe(Count, v.description('Agents that are not eligible.')),
    errors: v.pipe(Count, v.description('Agents that could not be read or written.')),
    unchanged: v.pipe(Count, v.description('Agents already in sync.')),
    pending: v.pipe(
      Count,
      v.description(
        'Agents that the run had no time to read, rename or create; those that it pushed count as `pushed` alone.',
      ),
    ),
  }),
  v.description('How many of each; whole, also where a list is cut.'),
);
export type Counts = Data<typeof Counts>;

const AuditAction = v.picklist([
  'created',
  'updated',
  'restored',
  'orphaned',
  'pushed',
  'conflict',
  'skipped',
  'error',
  'archived',
  'marked_deleted',
  'kept',
  'set_back',
]);

export const AuditLogEntry = v.object({
  agent_id: v.pipe(v.nullable(v.string()), v.description('null for an interviewer without an agent.')),
  interviewer_id: v.pipe(v.exactOptional(v.string()), v.description("The row's id in the interviewer table.")),
  name: v.pipe(v.string(), v.description("The agent's or the interviewer's name.")),
  voice_id: v.pipe(v.exactOptional(v.string()), v.description("The agent's voice.")),
  status: v.pipe(v.picklist(['synced', 'skipped', 'error']), v.description('How it ended.')),
  action: v.pipe(AuditAction, v.description('What was done.')),
  reason: v.pipe(v.string(), v.description('Why, in a sentence.')),
  changes: v.pipe(v.exactOptional(v.array(FieldChange)), v.description('Each value that it replaced.')),
  missing_fields: v.pipe(
    v.exactOptional(v.array(v.string())),
    v.description('Required fields that a skipped agent lacks.'),
  ),
  timestamp: v.pipe(Timestamp, v.description('When it was done.')),
});
export type AuditLogEntry = Data<typeof AuditLogEntry>;

export const SyncReport = v.pipe(
  v.object({
    success: Success,
    message: v.pipe(v.string(), v.description('The result in a sentence.')),
    created: v.pipe(v.array(ReportEntry), v.description('Interviewers created.')),
    updated: v.pipe(
      v.array(ReportEntry),
      v.description('Interviewers that really changed; `reason` names the change.'),
    ),
    restored: v.pipe(v.array(ReportEntry), v.description('Orphans made active again.')),
    orphaned: v.pipe(v.array(ReportEntry), v.description('Interviewers whose agent is gone or no longer eligible.')),
    pushed: v.pipe(v.array(ReportEntry), v.description('Changes of the database written to Retell.')),
    conflicts: v.pipe(v.array(ReportConflict), v.description('Names changed on both sides.')),
    skipped: v.pipe(v.array(ReportEntry), v.description('Agents that are not eligible.')),
    errors: v.pipe(v.array(ReportEntry), v.description('Agents that could not be read or written.')),
    unchanged: v.pipe(Count, v.description('Agents already in sync.')),
    audit_logs: v.pipe(
      v.array(AuditLogEntry),
      v.description('Everything that was done, in order, then what was skipped.'),
    ),
    discrepancies: v.pipe(
      v.object({
        retell_voice_enabled: v.pipe(Count, v.description('Agents with a voice in Retell.')),
        database_agents: v.pipe(Count, v.description('Interviewers with an agent.')),
        unsynced_agents: v.pipe(
          v.array(ReportEntry),
          v.description('Agents with a voice that no active interviewer stands for.'),
        ),
      }),
      v.description('What both sides hold after the sync.'),
    ),
    totalRetellAgents: v.pipe(Count, v.description('Agents in Retell, with and without a voice.')),
    totalDatabaseAgents: v.pipe(Count, v.description('Interviewers with an agent.')),
    counts: Counts,
    run_id: v.pipe(v.nullable(RunId), v.description('null for a dry run, which is not stored.')),
    dry_run: v.pipe(v.boolean(), v.description('Whether this is only a plan.')),
    partial: v.pipe(
      v.boolean(),
      v.description('The run ran out of time; a continuation or the next sync does the rest.'),
    ),
    plan: v.pipe(
      v.exactOptional(PlanToken),
      v.description('Present if interviewers are to be orphaned: the token that confirms exactly these.'),
    ),
    needs_confirmation: v.pipe(
      v.exactOptional(v.literal(true)),
      v.description('Present if the orphan guard blocks the orphaning until `plan` confirms it.'),
    ),
    duration_ms: v.pipe(Count, v.description('How long the sync took.')),
    retell_calls: v.pipe(Count, v.description('Requests sent to Retell.')),
    health_score: v.pipe(v.nullable(HealthScore), v.description('null if an agent could not be read.')),
    truncated: Truncated,
  }),
  v.description('What a sync did or would do.'),
);
export type SyncReport = Data<typeof SyncReport>;

const guard = {
  ...ErrorResponse.entries,
  plan: v.pipe(PlanToken, v.description('Send it as `confirm_orphans` to orphan exactly these.')),
  held_back: v.pipe(v.array(ReportEntry), v.description('The interviewers that would be orphaned.')),
  truncated: Truncated,
};

/** Everything but the orphaning was applied. */
export const OrphanGuardResponse = v.object({
  ...guard,
  run_id: v.pipe(v.nullable(RunId), v.description('The run that was blocked.')),
  sync_result: SyncReport,
});

/** Nothing was written. */
export const AccountMismatchResponse = v.object({
  ...guard,
  listed: v.pipe(v.array(v.string()), v.description('Names of the first agents of the account that Retell listed.')),
});

/** A sync that a guard blocked, in whole or in part. */
export const GuardResponse = v.union([OrphanGuardResponse, AccountMismatchResponse]);
export type GuardResponse = Data<typeof GuardResponse>;

export const syncEndpoints = {
  sync: {
    method: 'POST',
    path: '/api/sync-retell-agents',
    function: 'sync',
    access: 'token',
    dependsOn: ['database', 'retell'],
    tag: 'Sync',
    summary: 'Sync now, or show what a sync would do',
    description:
      'Every field is optional, and so is the body. `dry_run` returns the plan and writes nothing; `agent_id` limits the sync to one agent.',
    request: { query: Nothing, body: SyncBody, example: { dry_run: true } },
    responses: {
      200: {
        description: 'What was done; with `dry_run` what would be done.',
        schema: SyncReport,
        example: examples.syncReport,
      },
      202: {
        description: 'Partly done; a continuation or the next sync does the rest.',
        schema: SyncReport,
        example: examples.partialSyncReport,
      },
    },
    errors: {
      orphan_guard: OrphanGuardResponse,
      account_mismatch: AccountMismatchResponse,
      agent_not_found: ErrorResponse,
      agent_unreadable: ErrorResponse,
    },
  },
} as const satisfies Endpoints;
