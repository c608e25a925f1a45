import { createHash, timingSafeEqual } from 'node:crypto';
import { METRICS } from '../contract.ts';
import { apiError } from '../errors.ts';
import type { HandlerServices, RequestContext } from './request-context.ts';

/** RFC 6750's token characters. A repeated header arrives joined by a comma, and does not match. */
const BEARER = /^bearer ([\w.~+/-]+=*)$/i;

/**
 * Returns if the request may pass. The token is read only where the endpoint requires it; without one, the endpoint is
 * open.
 * @throws AppError `unauthorized`
 */
export async function authorize<S extends HandlerServices>(context: RequestContext<S>): Promise<void> {
  const { request, route, services } = context;
  if (route.endpoint.access !== 'token') return;
  const expected = await services.authToken();
  if (expected === null) return;
  const { authorization } = request.headers;
  const given = BEARER.exec(authorization ?? '')?.[1];
  if (given !== undefined && isSame(given, expected)) return;
  services.metrics.record({ [METRICS.unauthorizedRequests]: 1 });
  throw apiError('unauthorized', {
    message: authorization === undefined ? 'This endpoint requires a token.' : 'The token is not valid.',
  });
}

/** Hashed first: timingSafeEqual throws for unequal lengths, which would reveal the length. */
function isSame(given: string, expected: string): boolean {
  return timingSafeEqual(sha256(given), sha256(expected));
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
