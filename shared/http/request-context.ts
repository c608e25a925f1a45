import { routeKey } from '../api/endpoint.ts';
import { LIMITS } from '../contract.ts';
import { apiError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { matchEndpoint } from './match-endpoint.ts';
import type { Request } from './request.ts';
import type { Route } from './route.ts';

/** What the handler stack itself needs from a function's services. */
export interface HandlerServices {
  readonly log: Log;
  readonly request_id?: string;
  /** null: the endpoints are open. */
  authToken(): Promise<string | null>;
  readonly metrics: Metrics;
}

/** One request on its way through the handler stack. */
export interface RequestContext<S> {
  readonly request: Request;
  readonly route: Route<S>;
  /** The services of this request, whose log names it. */
  readonly services: S;
  /** In the time of `performance.now()`. */
  readonly started: number;
}

/** The same services for one request, with a log that adds these fields to each entry. */
export function withLogFields<S extends HandlerServices>(
  services: S,
  fields: Readonly<Record<string, unknown>> & { readonly request_id: string },
): S {
  return { ...services, log: services.log.with(fields), request_id: fields.request_id };
}

/**
 * The route of a request, and the request with its path parameters. The route is found by the route key, which is right
 * whatever prefix a custom domain adds to the path, or else by the path, which is all that a function URL or a
 * catch-all route provides.
 */
export function findRoute<S>(
  routes: readonly Route<S>[],
  request: Request,
): Pick<RequestContext<S>, 'request' | 'route'> | undefined {
  const named = routes.find(({ endpoint }) => routeKey(endpoint) === request.route_key);
  if (named !== undefined) return { route: named, request };
  const endpoints = routes.map(({ endpoint }) => endpoint);
  const match = matchEndpoint(endpoints, request.method, request.path);
  const route = routes.find(({ endpoint }) => endpoint === match?.endpoint);
  if (match === undefined || route === undefined) return undefined;
  return { route, request: { ...request, path_parameters: match.path_parameters } };
}

/** @throws AppError `payload_too_large` */
export function checkSize({ request }: Pick<RequestContext<unknown>, 'request'>): void {
  const bytes = request.raw_body.byteLength;
  if (bytes <= LIMITS.bodyBytes) return;
  throw apiError('payload_too_large', {
    message: `The body has ${bytes} bytes.`,
    hint: `Send at most ${LIMITS.bodyBytes} bytes.`,
  });
}

/** Reads are logged at level debug: the page and monitors repeat them, which would hide the changes. */
export function logResponse<S extends HandlerServices>(context: RequestContext<S>, status: number): void {
  const fields = { status, duration_ms: Math.round(performance.now() - context.started) };
  const { log } = context.services;
  const isRead = context.route.endpoint.method !== 'POST';
  log[isRead ? 'debug' : 'info'](`Request completed: ${status}`, fields);
}
