// oxlint-disable-next-line import/no-named-as-default -- its types have the default export only
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import type { Endpoint } from '../api/endpoint.ts';
import { type AppError, apiError } from '../errors.ts';
import { bareLog } from '../log.ts';
import { authorize } from './access.ts';
import { errorResult, logError, toAppError } from './error-result.ts';
import { type EventInput, handleEvent } from './event-invocation.ts';
import { unknownRoute } from './match-endpoint.ts';
import { type Request, readInvocation } from './request.ts';
import {
  checkSize,
  findRoute,
  type HandlerServices,
  logResponse,
  type RequestContext,
  withLogFields,
} from './request-context.ts';
import { type GatewayResult, gatewayResult } from './response.ts';
import { matches, notModified, revalidated } from './revalidate.ts';
import type { Route } from './route.ts';

interface HandlerOptions<S> {
  /** The composition root. It is called for each invocation, so it must keep what it makes. */
  readonly services: () => Promise<S> | S;
  readonly routes: readonly Route<S>[];
  /** The endpoints that a 404 names; the function's own endpoints unless given. */
  readonly endpoints?: readonly Endpoint[];
  /** For invocations that are not HTTP: the schedule and events of the bus. If it throws, Lambda retries. */
  onEvent?(input: EventInput<S>): Promise<unknown>;
}

/** The part of AWS's handler signature that Node's runtime still supports. */
export type LambdaHandler = (event: unknown, context: Context) => Promise<unknown>;

/**
 * Milliseconds before its end at which a Lambda function gives up its use case, so that the caller still gets a
 * response.
 */
const EARLY_MS = 1_000;

/** One Lambda function. An HTTP request always gets a response; an event that fails throws, so that Lambda retries. */
export function lambdaHandler<S extends HandlerServices>(options: HandlerOptions<S>): LambdaHandler {
  const stack = httpStack<S>();
  return async (event, context) => {
    const invocation = readInvocation(event, context);
    if (invocation.kind === 'event') return handleEvent(invocation.event, context, options);
    if (invocation.kind === 'unsupported') {
      const fields = { request_id: context.awsRequestId };
      return responding(options, fields, () => Promise.reject(unsupportedEvent(invocation.source)));
    }
    const { request } = invocation;
    const started = performance.now();
    const fields = { request_id: request.request_id, route: request.route_key };
    return responding(options, fields, (services) =>
      stack({ ...resolveRoute(options, request), services, started }, context),
    );
  };
}

/** The order matters: nothing of a request is read before it is authorized. The route validates the rest. */
function httpStack<S extends HandlerServices>() {
  const options = { timeoutEarlyInMillis: EARLY_MS, timeoutEarlyResponse: timedOut };
  return middy<RequestContext<S>, GatewayResult>(respond, options)
    .before(({ event }) => authorize(event))
    .before(({ event }) => checkSize(event));
}

async function respond<S extends HandlerServices>(context: RequestContext<S>): Promise<GatewayResult> {
  const sent = await resultOf(context);
  logResponse(context, sent.statusCode);
  return sent;
}

async function resultOf<S extends HandlerServices>({ request, route, services }: RequestContext<S>) {
  const ifNoneMatch = request.headers['if-none-match'];
  // Read before the response: a change in between has another ETag at the next request.
  const etag = (await route.etag?.(request, services)) ?? null;
  if (etag !== null && matches(ifNoneMatch, etag)) {
    return notModified(gatewayResult({ status: 304, body: '' }, request.request_id), etag);
  }
  const result = gatewayResult(await route.respond(request, services), request.request_id);
  if (etag !== null) return revalidated(result, ifNoneMatch, etag);
  return route.endpoint.revalidates === true ? revalidated(result, ifNoneMatch) : result;
}

function timedOut(): never {
  throw apiError('timeout', {
    message: 'The time for this request ran out.',
  });
}

/** Creates the services of one request. Errors of them or of `work` are logged and become an error response. */
async function responding<S extends HandlerServices>(
  options: HandlerOptions<S>,
  fields: { readonly request_id: string; readonly route?: string },
  work: (services: S) => Promise<GatewayResult>,
): Promise<GatewayResult> {
  let log = bareLog().with(fields);
  try {
    const services = withLogFields(await options.services(), fields);
    log = services.log;
    return await work(services);
  } catch (thrown) {
    const error = toAppError(thrown);
    logError(log, error);
    return errorResult(error, fields.request_id);
  }
}

/** @throws AppError `not_found`, `method_not_allowed` */
function resolveRoute<S>(
  { routes, endpoints }: HandlerOptions<S>,
  request: Request,
): Pick<RequestContext<S>, 'request' | 'route'> {
  const found = findRoute(routes, request);
  if (found !== undefined) return found;
  throw unknownRoute(endpoints ?? routes.map(({ endpoint }) => endpoint), request);
}

/**
 * Sent as an HTTP response, which load balancers and REST APIs also understand, so that the caller can read what is
 * wrong.
 */
function unsupportedEvent(source: string): AppError {
  return apiError('unsupported_event', {
    message: `This function reads requests of an API Gateway HTTP API (payload format 2.0); this one came from ${source}.`,
  });
}
