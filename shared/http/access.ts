import { createHash, timingSafeEqual } from 'node:crypto';
import type { Access } from '../contract.ts';
import { AppError } from '../errors.ts';

/** RFC 6750's token characters. A repeated header arrives joined by a comma, and does not match. */
const BEARER = /^bearer ([\w.~+/-]+=*)$/i;

/**
 * Lets the request pass or throws. `authToken` is asked for only where the route needs it; null leaves the route open.
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
  throw new AppError(
    401,
    'unauthorized',
    authorization === undefined ? 'This endpoint needs a token.' : 'The token is not valid.',
    'Send the header "Authorization: Bearer <the value of SYNC_AUTH_TOKEN>", once.',
  );
}

/** Hashed first, because timingSafeEqual throws on unequal lengths, which would tell the length. */
function isSame(given: string, expected: string): boolean {
  return timingSafeEqual(sha256(given), sha256(expected));
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
