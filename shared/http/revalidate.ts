import { createHash } from 'node:crypto';
import type { GatewayResult } from './response.ts';

/** The result with its `ETag`, or a 304 without a body if the caller already has it. An error is sent unchanged. */
export function revalidated(
  result: GatewayResult,
  ifNoneMatch: string | undefined,
  etag: string = etagOf(result.body),
): GatewayResult {
  if (result.statusCode !== 200) return result;
  if (matches(ifNoneMatch, etag)) return notModified(result, etag);
  return { ...result, headers: { ...result.headers, etag } };
}

export function notModified(result: GatewayResult, etag: string): GatewayResult {
  return { ...result, statusCode: 304, headers: { ...result.headers, etag }, body: '' };
}

/** Weak, because a proxy may compress the body. */
export function etagOf(content: string): string {
  return `W/"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`;
}

/** Weak comparison (RFC 9110, 8.8.3.2), as `If-None-Match` requires. */
export function matches(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === '*') return true;
  const opaque = (tag: string) => tag.trim().replace(/^W\//, '');
  return ifNoneMatch.split(',').some((tag) => opaque(tag) === opaque(etag));
}
