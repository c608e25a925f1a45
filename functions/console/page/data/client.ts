/** The typed client of the API. Validates every response; throws a RequestError on every failure. */
import * as v from 'valibot';
import { readToken } from './access-token.ts';
import {
  AcknowledgeReport,
  type AgentOverview,
  AgentPage,
  type AuditReport,
  AuditResponse,
  CleanupReport,
  ErrorResponse,
  Explanation,
  RestoreReport,
  RunDetails,
  RunPage,
  SettingsResponse,
  type Status,
  StatusResponse,
  type SyncBody,
  SyncReport,
  UndoReport,
  WebhookEventsResponse,
} from './api-types.ts';
import { type ErrorDetails, RequestError } from './request-error.ts';
import type { RunFilter } from './run-filter.ts';

type Schema<Value> = v.GenericSchema<unknown, Value>;

const OpenApiDocument = v.looseObject({
  openapi: v.string(),
  info: v.object({ summary: v.string() }),
  paths: v.record(
    v.string(),
    v.record(v.string(), v.object({ summary: v.string(), description: v.optional(v.string()) })),
  ),
});
export type OpenApiDocument = v.InferOutput<typeof OpenApiDocument>;

/** The page confirms orphans by the plan token of what it showed, and never all that a sync finds. */
type SyncInput = Omit<v.InferInput<typeof SyncBody>, 'confirm_orphans'> & { readonly confirm_orphans?: string };

/** A dry run, or the plan token of one. */
type UndoInput = { readonly dry_run: true } | { readonly confirm: string };

/** The most that the service returns at once. */
export const MOST_RUNS = 200;

export const client = {
  status: statusReader(),
  runs: (limit: number, before: number | null = null, filter: RunFilter = {}) => {
    const query = new URLSearchParams({
      limit: String(limit),
      ...filter,
      ...(before === null ? {} : { before: String(before) }),
    });
    return request(`api/sync-runs?${query}`, RunPage);
  },
  run: (id: string, limit: number, offset: number) =>
    request(`api/sync-runs/${encodeURIComponent(id)}?limit=${limit}&offset=${offset}`, RunDetails),
  agents: allAgents,
  explain: (agent_id: string) => request(`api/audit-agents?agent_id=${encodeURIComponent(agent_id)}`, Explanation),
  audit: async (): Promise<AuditReport> => (await request('api/audit-agents', AuditResponse)).audit_report,
  sync: (body: SyncInput) => request('api/sync-retell-agents', SyncReport, body),
  previewCleanup: (older_than_days: number) =>
    request('api/audit-agents', CleanupReport, { action: 'cleanup_orphaned', older_than_days, dry_run: true }),
  cleanUp: (older_than_days: number, confirm: number | string) =>
    request('api/audit-agents', CleanupReport, { action: 'cleanup_orphaned', older_than_days, confirm }),
  restore: (agent_ids: readonly string[]) =>
    request('api/audit-agents', RestoreReport, { action: 'restore', agent_ids }),
  settings: () => request('api/settings', SettingsResponse),
  webhookEvents: (hours: number) => request(`api/webhook-events?hours=${hours}`, WebhookEventsResponse),
  acknowledge: (agent_ids: readonly string[], run_id: number) =>
    request('api/audit-agents', AcknowledgeReport, { action: 'acknowledge', agent_ids, run_id }),
  undo: (run_id: number, body: UndoInput) => request(`api/sync-runs/${run_id}/undo`, UndoReport, body),
  openApi: () => request('api/openapi.json', OpenApiDocument),
};

/** The status with its `ETag`, which changes whenever the service's data does. */
export interface TaggedStatus {
  readonly etag: string;
  readonly status: Status;
}

/** Keeps the last status, so that an unchanged one costs the service almost nothing. */
function statusReader(): () => Promise<TaggedStatus> {
  let known: TaggedStatus | null = null;
  return async () => {
    const response = await send('api/scheduled-sync?action=status', {
      headers: known === null ? {} : { 'if-none-match': known.etag },
    });
    if (response.status === 304 && known !== null) return known;
    const { status } = await read(response, StatusResponse);
    known = { etag: response.headers.get('etag') ?? '', status };
    return known;
  };
}

async function allAgents(): Promise<readonly AgentOverview[]> {
  const agents: AgentOverview[] = [];
  let after: string | null = '';
  while (after !== null) {
    const page: v.InferOutput<typeof AgentPage> = await request(
      `api/agents?after=${encodeURIComponent(after)}`,
      AgentPage,
    );
    agents.push(...page.agents);
    after = page.next;
  }
  return agents;
}

/** Resolves against the document, so that the page works below a path prefix. */
export function endpointUrl(path: string): URL {
  return new URL(path, document.baseURI);
}

async function request<Value>(path: string, schema: Schema<Value>, body?: object): Promise<Value> {
  const init =
    body === undefined
      ? {}
      : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  return read(await send(path, init), schema);
}

interface RequestInit {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

async function send(path: string, init: RequestInit): Promise<Response> {
  const token = readToken();
  const headers = { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...init.headers };
  return fetch(endpointUrl(path), { ...init, headers }).catch(() => {
    throw new RequestError(UNREACHABLE);
  });
}

async function read<Value>(response: Response, schema: Schema<Value>): Promise<Value> {
  const received: unknown = await response.json().catch(() => null);
  if (!response.ok) throw failed(response.status, received);
  const parsed = v.safeParse(schema, received);
  if (!parsed.success) throw notUnderstood(response.status, received, v.getDotPath(parsed.issues[0]));
  return parsed.output;
}

const UNREACHABLE: ErrorDetails = {
  status: 0,
  code: 'unreachable',
  error: 'The service cannot be reached.',
  hint: 'The page tries again by itself.',
  request_id: null,
  body: null,
};

function failed(status: number, body: unknown): RequestError {
  const parsed = v.safeParse(ErrorResponse, body);
  if (parsed.success) return new RequestError({ ...parsed.output, status, body });
  return new RequestError({
    status,
    // API Gateway times out after 30 s; the Lambda behind it continues.
    code: 'no_response',
    error: 'The service did not respond in time.',
    hint: 'What was started may still be running: see Runs.',
    request_id: null,
    body,
  });
}

function notUnderstood(status: number, body: unknown, field: string | null): RequestError {
  return new RequestError({
    status,
    code: 'not_understood',
    error: `This page does not understand ${field ?? 'the body'} in the service's response.`,
    hint: 'Load the page again: it may be older than the service.',
    request_id: null,
    body,
  });
}
