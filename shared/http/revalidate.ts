import { createHash } from 'node:crypto';
import type { GatewayResult } from './response.ts';

/** The result with its `ETag`, or a 304 without a body if the caller has it already. An error is sent as it is. */
export function revalidated(result: GatewayResult, ifNoneMatch: string | undefined): GatewayResult {
  if (result.statusCode !== 200) return result;
  // Weak: a proxy may compress the body on its way.
  const etag = `W/"${createHash('sha256').update(result.body).digest('base64url').slice(0, 22)}"`;
  const headers = { ...result.headers, etag };
  return matches(ifNoneMatch, etag) ? { ...result, statusCode: 304, headers, body: '' } : { ...result, headers };
}

/** Weak comparison (RFC 9110, 8.8.3.2), as `If-None-Match` requires. */
function matches(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === '*') return true;
  const opaque = (tag: string) => tag.trim().replace(/^W\//, '');
  return ifNoneMatch.split(',').some((tag) => opaque(tag) === opaque(etag));
}
