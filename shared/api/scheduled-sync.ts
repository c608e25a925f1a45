/** What the scheduled sync and its status return. */
import * as v from 'valibot';
import { AuditReport, AuditSummary, HealthStatus, Warning } from './audit.ts';
import type { Endpoints } from './endpoint.ts';
import { ErrorResponse } from './error-response.ts';
import * as examples from './examples.ts';
import { Count, type Data, HealthScore, Nothing, RunId, Success, Timestamp } from './fields.ts';
import { AccountMismatchResponse, OrphanGuardResponse, SyncReport } from './sync.ts';
import { StateAndReason } from './sync-state.ts';
import { WebhookSummary } from './webhook-events.ts';

export const ScheduledSyncQuery = v.strictObject({
  action: v.pipe(
    v.optional(v.picklist(['status'])),
    v.description('`status` returns the status; without it the response says what the endpoint offers.'),
  ),
});

export const TrendPoint = v.object({
  run_id: v.pipe(RunId, v.description('The run that was scored.')),
  timestamp: v.pipe(Timestamp, v.description('When it finished.')),
  health_score: v.pipe(HealthScore, v.description('Its health score.')),
  discrepancies: v.pipe(v.nullable(Count), v.description('Its discrepancies.')),
});
export type TrendPoint = Data<typeof TrendPoint>;

export const Freshness = v.object({
  p50_s: v.pipe(
    v.nullable(v.number()),
    v.description('Seconds that half of the changes took at most; null: no change.'),
  ),
  p95_s: v.pipe(v.nullable(v.number()), v.description('Seconds that 95 % of the changes took at most.')),
  samples: v.pipe(Count, v.description('Changes that were measured.')),
});
export type Freshness = Data<typeof Freshness>;

/** Both sides had a new name, and Retell's was kept. */
export const OpenConflict = v.object({
  agent_id: v.pipe(v.string(), v.description("The agent's id in Retell.")),
  name: v.pipe(v.string(), v.description("The interviewer's name now.")),
  retell_name: v.pipe(v.string(), v.description('The name in Retell, which won.')),
  database_name: v.pipe(v.string(), v.description('The name that the database had.')),
  run_id: v.pipe(RunId, v.description('The run that decided it; its undo gives both sides the name of the database.')),
  decided_at: v.pipe(Timestamp, v.description('When it was decided.')),
});
export type OpenConflict = Data<typeof OpenConflict>;

export const Status = v.pipe(
  v.object({
    ...StateAndReason.entries,
    last_check: v.pipe(v.nullable(Timestamp), v.description('When both sides were last compared in full.')),
    last_sync: v.pipe(v.nullable(Timestamp), v.description('When a sync last completed.')),
    health_score: v.pipe(
      v.nullable(HealthScore),
      v.description('null before the first check; current only while `state` is `in_sync` or `out_of_sync`.'),
    ),
    health_status: v.pipe(v.nullable(HealthStatus), v.description('null before the first check.')),
    discrepancies: v.pipe(v.nullable(Count), v.description('Discrepancies at the last check.')),
    summary: v.pipe(v.nullable(AuditSummary), v.description('What the last check counted on both sides.')),
    recommendations: v.pipe(v.array(v.string()), v.description('What to do, in sentences.')),
    advice: v.pipe(v.array(Warning), v.description('Warnings: in sync at the last check, but likely to drift.')),
    trend: v.pipe(
      v.array(TrendPoint),
      v.description(
        'The scores of 90 days, oldest first: the last 50, then the lowest of ten minutes for a day, of two hours for a week, and of each day.',
      ),
    ),
    conflicts: v.pipe(
      v.array(OpenConflict),
      v.description('Conflicts of names, newest first, until they are acknowledged or decided the other way.'),
    ),
    freshness: v.pipe(
      Freshness,
      v.description('How long changes in Retell took to reach their rows in the last 7 days.'),
    ),
    webhooks: v.pipe(WebhookSummary, v.description('Whether webhooks arrive.')),
  }),
  v.description('The state of both sides, as of the last comparison.'),
);
export type Status = Data<typeof Status>;

export const StatusResponse = v.object({ success: Success, status: Status });

/** The response of `GET /api/scheduled-sync`. */
export const ScheduledSyncOffer = v.object({
  success: Success,
  message: v.pipe(v.string(), v.description('What the endpoint does.')),
  actions: v.pipe(v.record(v.string(), v.string()), v.description('Each request and what it does.')),
  endpoints: v.pipe(v.array(v.string()), v.description('All endpoints of the service.')),
});

export const ScheduledSyncResponse = v.object({
  success: v.pipe(v.boolean(), v.description('Whether the sync was applied in full and the audit is complete.')),
  message: v.pipe(v.string(), v.description('The result in a sentence.')),
  sync_result: SyncReport,
  audit_result: v.pipe(
    v.nullable(AuditReport),
    v.description('null if agents could not be read, for the first time or too many, so that there is no score.'),
  ),
  timestamp: v.pipe(Timestamp, v.description('When it finished.')),
});
export type ScheduledSyncResponse = Data<typeof ScheduledSyncResponse>;

/** The orphan guard blocked a scheduled sync; everything else was applied and audited. */
export const ScheduledGuardResponse = v.object({ ...ScheduledSyncResponse.entries, ...OrphanGuardResponse.entries });

/** A scheduled sync was applied but could not be audited. */
export const ScheduledIncompleteResponse = v.object({ ...ScheduledSyncResponse.entries, ...ErrorResponse.entries });

const StatusOrOffer = v.union([StatusResponse, ScheduledSyncOffer]);

export const scheduledSyncEndpoints = {
  status: {
    method: 'GET',
    path: '/api/scheduled-sync',
    // Served by the console, so that the status never waits behind a run of fifteen minutes.
    function: 'console',
    access: 'token',
    dependsOn: ['database'],
    tag: 'History',
    summary: 'Health, trend and recommendations of the last check, without a request to Retell',
    revalidates: true,
    description:
      'With `action=status`; otherwise the response says what the endpoint offers. The `ETag` changes with each run, event and observed change: poll with `If-None-Match`, a 304 costs the database one small statement.',
    request: { query: ScheduledSyncQuery },
    responses: {
      200: {
        description: 'With `action=status` the status; otherwise what the endpoint offers.',
        schema: StatusOrOffer,
        example: { success: true, status: examples.status },
      },
    },
    errors: {},
  },
  scheduledSync: {
    method: 'POST',
    path: '/api/scheduled-sync',
    function: 'scheduled-sync',
    access: 'token',
    dependsOn: ['database', 'retell'],
    tag: 'Sync',
    summary: 'Sync, then audit, as the schedule does',
    request: { query: Nothing, body: Nothing, example: {} },
    responses: {
      200: {
        description: 'What was done, and the health after it.',
        schema: ScheduledSyncResponse,
        example: examples.scheduledSync,
      },
      202: {
        description: 'Partly done; a continuation or the next sync does the rest.',
        schema: ScheduledSyncResponse,
        example: examples.partialScheduledSync,
      },
    },
    errors: {
      orphan_guard: ScheduledGuardResponse,
      account_mismatch: AccountMismatchResponse,
      audit_incomplete: ScheduledIncompleteResponse,
    },
  },
} as const satisfies Endpoints;
