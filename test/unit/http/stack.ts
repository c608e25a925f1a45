import * as v from 'valibot';
import { auditEndpoints } from '../../../shared/api/audit.ts';
import { consoleEndpoints } from '../../../shared/api/console.ts';
import type { Endpoint } from '../../../shared/api/endpoint.ts';
import { ENDPOINTS } from '../../../shared/api/endpoints.ts';
import { runEndpoints } from '../../../shared/api/runs.ts';
import { syncEndpoints } from '../../../shared/api/sync.ts';
import { webhookEndpoints } from '../../../shared/api/webhook.ts';
import { lambdaHandler } from '../../../shared/http/handler.ts';
import type { HandlerServices } from '../../../shared/http/request-context.ts';
import { type Route, route } from '../../../shared/http/route.ts';
import { type HttpRequest, httpEvent, testContext } from '../../support/events.ts';
import { type LogEntry, recordingLog } from '../../support/log.ts';

export const TOKEN = 'correct-horse-battery-staple-0123456789';

export const SYNC = { method: 'POST', path: '/api/sync-retell-agents' };
export const WEBHOOK = { method: 'POST', path: '/api/retell-webhook' };
export const JSON_TYPE = { 'content-type': 'application/json' };

export interface Setup {
  readonly entries: LogEntry[];
  /** Names of the metrics that were recorded. */
  readonly counted: string[];
  readonly services: HandlerServices;
}

export function setup(token: string | null = TOKEN): Setup {
  const entries: LogEntry[] = [];
  const counted: string[] = [];
  const services: HandlerServices = {
    log: recordingLog(entries),
    authToken: () => Promise.resolve(token),
    metrics: { record: (values) => void counted.push(...Object.keys(values)) },
  };
  return { entries, counted, services };
}

const SyncBody = v.strictObject({
  dry_run: v.optional(v.boolean(), false),
  older_than_days: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 7),
  mode: v.optional(v.picklist(['full', 'fast'])),
});

const AuditQuery = v.strictObject({ agent_id: v.optional(v.pipe(v.string(), v.maxLength(100))) });
const RunPath = v.strictObject({ id: v.string() });

/** The endpoint with other schemas, on its real route. */
function echoing<R extends Endpoint['request']>(endpoint: Endpoint, request: R) {
  const schema: v.GenericSchema<unknown, object> = v.looseObject({});
  return { ...endpoint, request, responses: { 200: { description: '', schema, example: {} } } } as const;
}

/** Routes on the real paths that echo what they receive. */
export function echoRoutes(): Route<HandlerServices>[] {
  const health = () => ({ status: 200, body: { success: true } }) as const;
  return [
    route(echoing(syncEndpoints.sync, { body: SyncBody })).to(({ body }) => ({
      status: 200,
      body: { success: true, body },
    })),
    route(echoing(auditEndpoints.audit, { query: AuditQuery })).to(({ query }) => ({
      status: 200,
      body: { success: true, query },
    })),
    route(echoing(webhookEndpoints.webhook, {})).to(({ rawBody }) => ({
      status: 200,
      body: { success: true, bytes: rawBody.toString('hex', 0, 50) },
    })),
    route(echoing(runEndpoints.readRun, { path: RunPath })).to(({ path }) => ({
      status: 200,
      body: { success: true, id: path.id },
    })),
    route(echoing(consoleEndpoints.health, {})).to(health),
    route(echoing(consoleEndpoints.healthHead, {})).to(health),
    route(consoleEndpoints.page).to(() => ({
      status: 200,
      body: '<!doctype html>',
      headers: { 'content-type': 'text/html; charset=utf-8' },
    })),
  ];
}

/** The page's route, which responds with what the function returns, or fails like the function. */
export function pageRoute(respond: Route<HandlerServices>['respond']): Route<HandlerServices>[] {
  return [{ endpoint: consoleEndpoints.page, respond }];
}

const Result = v.object({
  statusCode: v.number(),
  headers: v.record(v.string(), v.string()),
  body: v.string(),
  isBase64Encoded: v.optional(v.boolean()),
});

const Json = v.record(v.string(), v.unknown());

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** The JSON body; empty for a body of another type. */
  readonly body: Readonly<Record<string, unknown>>;
}

export function answered(result: unknown): Answered {
  const { statusCode, headers, body } = v.parse(Result, result);
  const isJson = headers['content-type']?.startsWith('application/json') === true;
  return { status: statusCode, headers, text: body, body: isJson ? v.parse(Json, JSON.parse(body)) : {} };
}

/** Sends a request through a handler with these options; by default the echoing one, with a valid token. */
export async function ask(
  request: HttpRequest,
  { services }: Pick<Setup, 'services'> = setup(),
  routes: readonly Route<HandlerServices>[] = echoRoutes(),
): Promise<Answered> {
  const handler = lambdaHandler({ services: () => services, routes, endpoints: ENDPOINTS });
  const headers = { authorization: `Bearer ${TOKEN}`, ...request.headers };
  return answered(await handler(httpEvent({ ...request, headers }), testContext()));
}
