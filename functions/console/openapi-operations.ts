/** What the OpenAPI document says of each route, beside what the contract says. */
import * as v from 'valibot';
import {
  AgentsQuery,
  AuditAction,
  AuditQuery,
  RunQuery,
  RunsQuery,
  ScheduledSyncQuery,
  SyncBody,
} from '../../shared/http/schemas.ts';
import { AgentPage } from './answers/agents.ts';
import { AuditAnswer, AuditReport, Explanation } from './answers/audit-report.ts';
import { CleanupReport, RestoreReport } from './answers/cleanup-report.ts';
import { Failure } from './answers/failure.ts';
import { CleanupGuard, OrphanGuard } from './answers/guards.ts';
import { RunDetails, RunPage, StatusAnswer } from './answers/history.ts';
import { SyncReport } from './answers/sync-report.ts';

type Schema = v.GenericSchema<unknown, unknown>;

export const TAGS = {
  Sync: 'Bring both sides in step.',
  Audit: 'Compare both sides, explain, clean up and restore.',
  History: 'What was done, and how healthy it was.',
  Webhook: 'What Retell sends.',
  Console: 'For people and monitors.',
} as const;

export interface Operation {
  readonly id: string;
  readonly tag: keyof typeof TAGS;
  readonly summary: string;
  readonly description?: string;
  readonly query?: { readonly entries: v.ObjectEntries };
  readonly body?: Schema;
  /** Media type and schema of each answer that is not a failure; a schema alone is JSON. */
  readonly answers: Readonly<Record<number, AnswerShape>>;
  /** Failures of its own, besides those that every endpoint can answer. */
  readonly failures?: Readonly<Record<number, { readonly description: string; readonly schema?: Schema }>>;
}

interface AnswerShape {
  readonly description: string;
  readonly schema?: Schema;
  readonly media?: string;
}

const ScheduledAnswer = v.object({
  success: v.boolean(),
  message: v.string(),
  sync_result: SyncReport,
  audit_result: v.nullable(AuditReport),
  timestamp: v.pipe(v.string(), v.isoTimestamp()),
});

const ScheduledSyncOffer = v.object({
  success: v.literal(true),
  message: v.string(),
  actions: v.record(v.string(), v.string()),
  endpoints: v.array(v.string()),
});

const WebhookResult = v.object({
  success: v.literal(true),
  event: v.string(),
  agent_id: v.pipe(v.optional(v.string()), v.description('Of the agent that the event is about, if it is about one.')),
  action: v.picklist(['created', 'updated', 'restored', 'orphaned', 'skipped', 'unchanged', 'held_back', 'ignored']),
  message: v.string(),
});

const GUARD = {
  description: 'The orphan guard tripped (`orphan_guard`), or the listing is another account’s (`account_mismatch`).',
  schema: OrphanGuard,
};
const RETELL_FAILED = { description: 'Retell failed, or could not say everything.' };

export const SCHEMAS: Readonly<Record<string, Schema>> = {
  Failure,
  OrphanGuard,
  CleanupGuard,
  SyncReport,
  AuditReport,
  AuditAnswer,
  Explanation,
  CleanupReport,
  RestoreReport,
  ScheduledAnswer,
  StatusAnswer,
  RunPage,
  RunDetails,
  AgentPage,
};

export const OPERATIONS: Readonly<Record<string, Operation>> = {
  'POST /api/sync-retell-agents': {
    id: 'sync',
    tag: 'Sync',
    summary: 'Sync now, or show what a sync would do',
    description:
      'Without a body everything has its default. `dry_run` answers the plan and writes nothing anywhere; `full` reads every agent again; `confirm_orphans` lets the orphan guard pass, for the plan that a 409 or a dry run named.',
    body: SyncBody,
    answers: {
      200: { description: 'What was done, or with `dry_run` what would be.', schema: SyncReport },
      202: { description: 'Partly done: the rest goes on by itself.', schema: SyncReport },
    },
    failures: { 409: GUARD, 502: RETELL_FAILED },
  },
  'GET /api/audit-agents': {
    id: 'audit',
    tag: 'Audit',
    summary: 'Compare both sides, or explain one agent',
    description: 'With `agent_id`: each rule with passed or not and why, both sides’ values, and the agent’s history.',
    query: AuditQuery,
    answers: {
      200: { description: 'The audit report, or the explanation.', schema: v.union([AuditAnswer, Explanation]) },
    },
    failures: { 404: { description: 'Neither side knows the agent (`agent_not_found`).' }, 502: RETELL_FAILED },
  },
  'POST /api/audit-agents': {
    id: 'cleanup',
    tag: 'Audit',
    summary: 'Clean up old orphans, or restore what a cleanup took out',
    body: AuditAction,
    answers: {
      200: { description: 'What became of each interviewer.', schema: v.union([CleanupReport, RestoreReport]) },
    },
    failures: {
      409: {
        description: 'Many candidates, and `confirm` is not their number (`cleanup_guard`).',
        schema: CleanupGuard,
      },
      502: RETELL_FAILED,
    },
  },
  'POST /api/retell-webhook': {
    id: 'webhook',
    tag: 'Webhook',
    summary: 'Take an event from Retell',
    description:
      'Signed over the raw body. The payload is only a hint: the agent that it names is read from Retell and reconciled.',
    body: v.looseObject({ event: v.optional(v.string()), type: v.optional(v.string()) }),
    answers: { 200: { description: 'Taken.', schema: WebhookResult } },
    failures: { 503: { description: 'Retell could not be asked; deliver the event again.' } },
  },
  'POST /api/scheduled-sync': {
    id: 'scheduledSync',
    tag: 'Sync',
    summary: 'Sync, then audit, as the schedule does',
    answers: {
      200: { description: 'What was done, and how healthy it is now.', schema: ScheduledAnswer },
      202: { description: 'Partly done: the rest goes on by itself.', schema: ScheduledAnswer },
    },
    failures: { 409: GUARD, 502: RETELL_FAILED },
  },
  'GET /api/scheduled-sync': {
    id: 'status',
    tag: 'History',
    summary: 'Health, trend and advice of the last check, without asking Retell',
    description: 'With `action=status`; without it, what the endpoint offers.',
    query: ScheduledSyncQuery,
    answers: {
      200: {
        description: 'With `action=status` the status; without, what the endpoint offers.',
        schema: v.union([StatusAnswer, ScheduledSyncOffer]),
      },
    },
  },
  'GET /api/sync-runs': {
    id: 'listRuns',
    tag: 'History',
    summary: 'The history, newest first',
    description: 'A running run says what it is doing and how far it is.',
    query: RunsQuery,
    answers: { 200: { description: 'A page of runs.', schema: RunPage } },
  },
  'GET /api/sync-runs/{id}': {
    id: 'readRun',
    tag: 'History',
    summary: 'One run with its audit log',
    query: RunQuery,
    answers: { 200: { description: 'The run and a page of its log.', schema: RunDetails } },
    failures: { 404: { description: 'There is no such run (`run_not_found`).' } },
  },
  'GET /api/agents': {
    id: 'listAgents',
    tag: 'Console',
    summary: 'All agents of both sides, as they were last seen',
    query: AgentsQuery,
    answers: { 200: { description: 'A page of agents, by their ids.', schema: AgentPage } },
  },
  'GET /api/openapi.json': {
    id: 'openapi',
    tag: 'Console',
    summary: 'This document',
    answers: { 200: { description: 'OpenAPI 3.1.', schema: v.looseObject({ openapi: v.string() }) } },
  },
  'GET /api/health': {
    id: 'health',
    tag: 'Console',
    summary: 'Whether the service can reach its database',
    answers: {
      200: {
        description: 'It can.',
        schema: v.object({ success: v.literal(true), status: v.literal('ok'), database: v.literal('ok') }),
      },
    },
    failures: { 503: { description: 'It cannot (`database_unavailable`).' } },
  },
  'GET /': {
    id: 'page',
    tag: 'Console',
    summary: 'The page for people',
    answers: { 200: { description: 'The page.', media: 'text/html' } },
  },
  'GET /assets/{file}': {
    id: 'asset',
    tag: 'Console',
    summary: 'Script, style and icon of the page',
    answers: {
      200: { description: 'The file; its name changes with its content.', media: 'application/octet-stream' },
    },
    failures: { 404: { description: 'There is no such file.' } },
  },
};
