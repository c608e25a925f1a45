import type { IncomingMessage } from 'node:http';
import type { Endpoint } from '../../shared/api/endpoint.ts';
import { apiError } from '../../shared/errors.ts';

/** API Gateway's limit. */
export const MAX_SIGNED_BYTES = 10_000_000;
/** The largest request of the API restores a few thousand agents. It is held before the token is checked. */
const MAX_BYTES = 1_000_000;

/** How much of a body is kept in memory. */
export function bodyLimit(route: Pick<Endpoint, 'access'> | undefined): number {
  return route?.access === 'signature' ? MAX_SIGNED_BYTES : MAX_BYTES;
}

/**
 * The whole body. The rest of a body that is too large is read and dropped, so that the caller gets the response.
 * @throws AppError `payload_too_large`; Error when the connection breaks
 */
export async function readBody(message: IncomingMessage, most: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message) {
    bytes += chunk.length;
    if (bytes <= most) chunks.push(chunk);
  }
  if (bytes <= most) return Buffer.concat(chunks);
  throw apiError('payload_too_large', {
    message: 'The body is too large.',
    hint: `Send at most ${most} bytes.`,
  });
}
