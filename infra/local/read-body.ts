import type { IncomingMessage } from 'node:http';
import { AppError } from '../../shared/errors.ts';

/** What API Gateway takes. */
const MAX_BYTES = 10_000_000;

/**
 * The whole body. Of one that is too large nothing is kept; Node reads the rest off the socket while the caller gets
 * the answer.
 * @throws AppError `payload_too_large`; Error when the connection breaks
 */
export async function readBody(message: IncomingMessage): Promise<Buffer> {
  if (Number(message.headers['content-length'] ?? 0) > MAX_BYTES) throw tooLarge();
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    message.on('data', (chunk: Buffer) => {
      bytes += chunk.byteLength;
      if (bytes <= MAX_BYTES) chunks.push(chunk);
      else reject(tooLarge());
    });
    message.on('end', () => resolve(Buffer.concat(chunks)));
    message.on('error', reject);
  });
}

function tooLarge(): AppError {
  return new AppError(413, 'payload_too_large', 'The body is too large.', `Send at most ${MAX_BYTES} bytes.`);
}
