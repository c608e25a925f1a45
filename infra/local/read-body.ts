import type { IncomingMessage } from 'node:http';
import { AppError } from '../../shared/errors.ts';

/** API Gateway's limit. */
const MAX_BYTES = 10_000_000;

/**
 * The whole body. The rest of a body that is too large is read and dropped, so that the caller gets the response.
 * @throws AppError `payload_too_large`; Error when the connection breaks
 */
export async function readBody(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message) {
    bytes += chunk.length;
    if (bytes <= MAX_BYTES) chunks.push(chunk);
  }
  if (bytes <= MAX_BYTES) return Buffer.concat(chunks);
  throw new AppError({
    status: 413,
    code: 'payload_too_large',
    message: 'The body is too large.',
    hint: `Send at most ${MAX_BYTES} bytes.`,
  });
}
