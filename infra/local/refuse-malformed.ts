import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { AppError } from '../../shared/errors.ts';
import { errorResult } from '../../shared/http/error-result.ts';

/** Answers what Node's parser refused or gave up waiting for, in the shape of every failure, and ends the connection. */
export function refuseMalformed(error: Error, socket: Socket): void {
  if (!socket.writable || Reflect.get(error, 'code') === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const { statusCode, headers, body } = errorResult(refusal(Reflect.get(error, 'code')), randomUUID());
  const lines = Object.entries({ ...headers, 'content-length': Buffer.byteLength(body), connection: 'close' });
  const head = [
    `HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode]}`,
    ...lines.map(([name, value]) => `${name}: ${value}`),
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  socket.destroySoon();
}

function refusal(code: unknown): AppError {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new AppError(408, 'request_timeout', 'The request did not arrive in time.', 'Send it again, whole.');
  }
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new AppError(431, 'headers_too_large', 'The headers are too large.', 'Send at most 16 KB of headers.');
  }
  return new AppError(
    400,
    'malformed_request',
    'This is not a valid HTTP request.',
    'Send HTTP/1.1 with one body length.',
  );
}
