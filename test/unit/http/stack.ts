import * as v from 'valibot';
import { endpoint } from '../../../shared/http/endpoint.ts';
import { type HandlerOptions, lambdaHandler } from '../../../shared/http/handler.ts';
import { jsonBody } from '../../../shared/http/json-body.ts';
import type { HandlerServices } from '../../../shared/http/request-context.ts';
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

/** Endpoints that echo what reached them, on the contract's own routes. */
export function echoRoutes(): HandlerOptions<HandlerServices>['routes'] {
  return {
    'POST /api/sync-retell-agents': endpoint({
      body: jsonBody(SyncBody),
      respond: ({ body }) => ({ status: 200, body: { success: true, body } }),
    }),
    'GET /api/audit-agents': endpoint({
      query: AuditQuery,
      respond: ({ query }) => ({ status: 200, body: { success: true, query } }),
    }),
    'POST /api/retell-webhook': endpoint({
      respond: ({ request }) => ({
        status: 200,
        body: { success: true, bytes: request.raw_body.toString('hex', 0, 50) },
      }),
    }),
    'GET /api/sync-runs/{id}': endpoint({
      respond: ({ request }) => ({ status: 200, body: { success: true, id: request.path_parameters['id'] } }),
    }),
    'GET /api/health': endpoint({ respond: () => ({ status: 200, body: { success: true } }) }),
    'HEAD /api/health': endpoint({ respond: () => ({ status: 200, body: { success: true } }) }),
    'GET /': endpoint({
      respond: () => ({
        status: 200,
        body: '<!doctype html>',
        headers: { 'content-type': 'text/html; charset=utf-8' },
      }),
    }),
  };
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

/** Sends a request through a handler made of these options; by default the echoing one, with a valid token. */
export async function ask(
  request: HttpRequest,
  { services }: Pick<Setup, 'services'> = setup(),
  routes: HandlerOptions<HandlerServices>['routes'] = echoRoutes(),
): Promise<Answered> {
  const handler = lambdaHandler({ services: () => services, routes });
  const headers = { authorization: `Bearer ${TOKEN}`, ...request.headers };
  return answered(await handler(httpEvent({ ...request, headers }), testContext()));
}
