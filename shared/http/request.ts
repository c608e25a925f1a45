import type { Context } from 'aws-lambda';
import * as v from 'valibot';
import { LIMITS } from '../contract.ts';

/** One HTTP request, whether API Gateway or the local server received it. */
export interface Request {
  readonly method: string;
  /** As sent, without the stage's name that API Gateway adds at the front. */
  readonly path: string;
  /** As sent, with the prefix that a stage or a custom domain adds. */
  readonly sent_path: string;
  /** `GET /api/health`, or `$default` where no route matched. */
  readonly route_key: string;
  /** Values of a repeated name are joined by a comma, as API Gateway does. */
  readonly query: Readonly<Record<string, string>>;
  readonly path_parameters: Readonly<Record<string, string>>;
  /** Lower-case names; the values of a repeated header are joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  /** The bytes as sent, decoded from base64. */
  readonly raw_body: Buffer;
  readonly request_id: string;
  /** Milliseconds until the caller no longer waits. */
  readonly remainingMs: () => number;
}

export type Invocation =
  | { readonly kind: 'request'; readonly request: Request }
  /** An HTTP request in an unsupported event format; `source` names it. */
  | { readonly kind: 'unsupported'; readonly source: string }
  /** Not HTTP, such as the schedule's input or an event of the bus. */
  | { readonly kind: 'event'; readonly event: unknown };

const Strings = v.fallback(v.record(v.string(), v.string()), {});

/**
 * API Gateway's HTTP API, and a function URL (payload format 2.0). A missing field falls back to an empty one: the check that
 * needs the field refuses the request.
 */
const HttpApiEvent = v.object({
  routeKey: v.fallback(v.string(), '$default'),
  rawPath: v.fallback(v.string(), '/'),
  headers: Strings,
  queryStringParameters: Strings,
  pathParameters: Strings,
  body: v.fallback(v.string(), ''),
  isBase64Encoded: v.fallback(v.boolean(), false),
  requestContext: v.object({
    requestId: v.fallback(v.pipe(v.string(), v.minLength(1)), ''),
    stage: v.fallback(v.string(), '$default'),
    http: v.object({ method: v.fallback(v.string(), 'GET') }),
  }),
});

const LoadBalancerEvent = v.object({ requestContext: v.object({ elb: v.unknown() }) });
const RestApiEvent = v.object({ httpMethod: v.unknown() });
/** This includes WebSocket APIs and VPC Lattice. */
const OtherHttpEvent = v.union([
  v.object({ requestContext: v.unknown() }),
  v.object({ method: v.unknown(), headers: v.unknown() }),
]);

/** HTTP is checked first, so that no request can pose as an event: a caller chooses its headers, query and body. */
export function readInvocation(event: unknown, context: Context): Invocation {
  const parsed = v.safeParse(HttpApiEvent, event);
  if (parsed.success) return { kind: 'request', request: readRequest(parsed.output, context) };
  if (v.is(LoadBalancerEvent, event)) return { kind: 'unsupported', source: 'an Application Load Balancer' };
  if (v.is(RestApiEvent, event)) {
    return { kind: 'unsupported', source: 'a REST API, or from an HTTP API with payload format 1.0' };
  }
  if (v.is(OtherHttpEvent, event)) return { kind: 'unsupported', source: 'another kind of HTTP source' };
  return { kind: 'event', event };
}

function readRequest(event: v.InferOutput<typeof HttpApiEvent>, context: Context): Request {
  const { requestContext, body, isBase64Encoded } = event;
  const gatewayLeaves = performance.now() + LIMITS.gatewayMs;
  return {
    method: requestContext.http.method,
    path: withoutStage(event.rawPath, requestContext.stage),
    sent_path: event.rawPath,
    route_key: event.routeKey,
    query: event.queryStringParameters,
    path_parameters: event.pathParameters,
    headers: lowerCaseNames(event.headers),
    raw_body: Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'),
    request_id: requestContext.requestId || context.awsRequestId,
    // A function that also runs on the schedule has more time than API Gateway waits for it.
    remainingMs: () => Math.min(context.getRemainingTimeInMillis(), Math.round(gatewayLeaves - performance.now())),
  };
}

/** API Gateway adds the name of any stage but `$default` at the front of the path. */
function withoutStage(path: string, stage: string): string {
  if (stage === '$default') return path;
  if (path === `/${stage}`) return '/';
  return path.startsWith(`/${stage}/`) ? path.slice(stage.length + 1) : path;
}

/** Joined, not overwritten: if `Authorization` is given twice, neither value may win. */
function lowerCaseNames(headers: Readonly<Record<string, string>>): Record<string, string> {
  const joined = new Map<string, string>();
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase();
    const before = joined.get(lower);
    joined.set(lower, before === undefined ? value : `${before},${value}`);
  }
  return Object.fromEntries(joined);
}
