import type { Endpoint } from '../../shared/api/endpoint.ts';
import { AppError } from '../../shared/errors.ts';
import { isThisMachine } from './retell-simulator/this-machine.ts';

/**
 * Refuses requests from web pages, which can reach this server by DNS rebinding or by a cross-origin form. A signed route
 * needs no such guard, and its requests may come through a tunnel.
 * @throws AppError `foreign_host`, `foreign_origin`
 */
export function checkOrigin(route: Endpoint | undefined, headers: Readonly<Record<string, string>>): void {
  if (route?.access === 'signature') return;
  const host = headers['host'] ?? '';
  if (!isThisMachine(host)) {
    throw new AppError({
      status: 403,
      code: 'foreign_host',
      message: 'This server accepts only requests to this machine.',
      hint: 'Use http://127.0.0.1 or http://localhost; a tunnel must rewrite the Host header.',
    });
  }
  if (isForeignOrigin(headers['origin'], host) || isForeignFetch(route, headers)) {
    throw new AppError({
      status: 403,
      code: 'foreign_origin',
      message: 'This server accepts no requests from other web pages.',
      hint: 'Call it from its own page, or without an Origin header.',
    });
  }
}

function isForeignOrigin(origin: string | undefined, host: string): boolean {
  return origin !== undefined && origin.toLowerCase() !== `http://${host.toLowerCase()}`;
}

/**
 * Images and scripts in other pages are requested without an Origin. A link may open the page in a window, but nothing
 * else is allowed.
 */
function isForeignFetch(route: Endpoint | undefined, headers: Readonly<Record<string, string>>): boolean {
  const { 'sec-fetch-site': site, 'sec-fetch-mode': mode, 'sec-fetch-dest': destination } = headers;
  if (site !== 'cross-site' && site !== 'same-site') return false;
  const isLink = route?.path === '/' && mode === 'navigate' && destination === 'document';
  return !isLink;
}
