import type { Context } from 'aws-lambda';
import * as v from 'valibot';
import { LIMITS } from '../contract.ts';

/** One HTTP request, whether API Gateway or the local server received it. */
export interface Request {
  readonly method: string;
  readonly path: string;
  /** `GET /api/health`, or `$default` where no route matched. */
  readonly route_key: string;
  /** Values of a name that was given twice are joined by a comma, as API Gateway does. */
  readonly query: Readonly<Record<string, string>>;
  readonly path_parameters: Readonly<Record<string, string>>;
  /** Lower-case names; headers that were given twice are joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  /** The bytes as sent, base64 undone. */
  readonly raw_body: Buffer;
  readonly request_id: string;
  /** Milliseconds until the Lambda ends. */
  readonly remainingMs: () => number;
}

const Strings = v.fallback(v.record(v.string(), v.string()), {});

/** API Gateway HTTP API, payload 2.0. Each field falls back to nothing: what is missing is refused by the rule that needs it. */
const GatewayEvent = v.object({
  routeKey: v.fallback(v.string(), '$default'),
  rawPath: v.fallback(v.string(), '/'),
  headers: Strings,
  queryStringParameters: Strings,
  pathParameters: Strings,
  body: v.fallback(v.string(), ''),
  isBase64Encoded: v.fallback(v.boolean(), false),
  requestContext: v.object({
    requestId: v.fallback(v.pipe(v.string(), v.minLength(1)), ''),
    http: v.object({ method: v.fallback(v.string(), 'GET') }),
  }),
});

/** The request in an API Gateway event; null for an event that is not HTTP, such as the schedule's or the bus's. */
export function readRequest(event: unknown, context: Context): Request | null {
  const parsed = v.safeParse(GatewayEvent, event);
  if (!parsed.success) return null;
  const { requestContext, body, isBase64Encoded, ...rest } = parsed.output;
  const gatewayLeaves = performance.now() + LIMITS.gatewayMs;
  return {
    method: requestContext.http.method,
    path: rest.rawPath,
    route_key: rest.routeKey,
    query: rest.queryStringParameters,
    path_parameters: rest.pathParameters,
    headers: lowerCaseNames(rest.headers),
    raw_body: Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'),
    request_id: requestContext.requestId || context.awsRequestId,
    // A function that also runs on the schedule has more time than API Gateway waits for it.
    remainingMs: () => Math.min(context.getRemainingTimeInMillis(), Math.round(gatewayLeaves - performance.now())),
  };
}

/** Joined rather than overwritten: of `Authorization` and `authorization` neither may win. */
function lowerCaseNames(headers: Readonly<Record<string, string>>): Record<string, string> {
  const joined = new Map<string, string>();
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase();
    const before = joined.get(lower);
    joined.set(lower, before === undefined ? value : `${before},${value}`);
  }
  return Object.fromEntries(joined);
}
