import { createHash, timingSafeEqual } from 'node:crypto';
import type { Access } from '../api/endpoint.ts';
import { apiError } from '../errors.ts';

/** RFC 6750's token characters. A repeated header arrives joined by a comma, and does not match. */
const BEARER = /^bearer ([\w.~+/-]+=*)$/i;

/**
 * Returns if the request may pass. `authToken` is read only where the endpoint requires it; null leaves the endpoint open.
 * @throws AppError `unauthorized`
 */
export async function checkAccess(
  access: Access,
  authorization: string | undefined,
  authToken: () => Promise<string | null>,
): Promise<void> {
  if (access !== 'token') return;
  const expected = await authToken();
  if (expected === null) return;
  const given = BEARER.exec(authorization ?? '')?.[1];
  if (given !== undefined && isSame(given, expected)) return;
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
