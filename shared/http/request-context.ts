import { LIMITS, METRICS, type Route } from '../contract.ts';
import { AppError } from '../errors.ts';
import { bareLog, type Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { checkAccess } from './access.ts';
import type { Request } from './request.ts';
import { routeOf, unknownRoute } from './routes.ts';

/** What the handler stack itself needs of a function's services. */
export interface HandlerServices {
  readonly log: Log;
  /** null: the endpoints are open. */
  authToken(): Promise<string | null>;
  readonly metrics: Metrics;
}

/** What the stages of the handler stack hand on, for one request. */
export interface Exchange<S> {
  readonly request: Request;
  /** Unset where no route matched. */
  readonly route: Route | undefined;
  /** By `performance.now()`. */
  readonly started: number;
  /** The same promise each time. */
  services(): Promise<S>;
  /** Unset until the services are there. */
  log: Log | undefined;
}

export function openExchange<S>(request: Request, services: () => Promise<S> | S): Exchange<S> {
  let opened: Promise<S> | undefined;
  return {
    request,
    route: routeOf(request.route_key),
    started: performance.now(),
    services: () => (opened ??= Promise.try(services)),
    log: undefined,
  };
}

/** The log of an exchange whose services could not be made. */
export function logOf<S>(exchange: Exchange<S>): Log {
  const { log, request } = exchange;
  return log ?? named(bareLog(), request);
}

export async function openLog<S extends HandlerServices>(exchange: Exchange<S>): Promise<void> {
  const { log } = await exchange.services();
  exchange.log = named(log, exchange.request);
}

function named(log: Log, request: Request): Log {
  return log.with({ request_id: request.request_id, route: request.route_key });
}

/** @throws AppError `not_found`, `method_not_allowed`, `unauthorized` */
export async function letIn<S extends HandlerServices>(exchange: Exchange<S>): Promise<void> {
  const { request, route } = exchange;
  if (route === undefined) throw unknownRoute(request);
  const services = await exchange.services();
  try {
    await checkAccess(route.access, request.headers['authorization'], () => services.authToken());
  } catch (error) {
    if (error instanceof AppError && error.code === 'unauthorized')
      services.metrics.record({ [METRICS.unauthorizedRequests]: 1 });
    throw error;
  }
}

/** @throws AppError `payload_too_large` */
export function checkSize<S>({ request }: Exchange<S>): void {
  const bytes = request.raw_body.byteLength;
  if (bytes <= LIMITS.bodyBytes) return;
  throw new AppError(
    413,
    'payload_too_large',
    `The body has ${bytes} bytes.`,
    `Send at most ${LIMITS.bodyBytes} bytes.`,
  );
}

/** The page's own requests for itself and its health say nothing worth a line. */
export function logAnswer<S>(exchange: Exchange<S>, status: number): void {
  const fields = { status, duration_ms: Math.round(performance.now() - exchange.started) };
  const log = logOf(exchange);
  if (exchange.route?.access === 'open') log.debug('answered', fields);
  else log.info('answered', fields);
}
