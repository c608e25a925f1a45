import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { AppError } from '../errors.ts';

/** What a use case's answer is made of. An object is sent as JSON; text and bytes need their own `content-type`. */
export interface Answer {
  readonly status: number;
  readonly body: object | string | Uint8Array;
  /** Lower-case names; these replace the defaults. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** What API Gateway takes from a Lambda, with the fields that we always give. */
export interface GatewayResult extends APIGatewayProxyStructuredResultV2 {
  statusCode: number;
  headers: Record<string, string>;
  body: string;
}

/** Of the 6 MB that a Lambda may answer, headers and JSON escaping of the body included. */
const MAX_ANSWER_BYTES = 5_500_000;

const DEFAULT_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000',
  'x-content-type-options': 'nosniff',
};

/** @throws AppError `answer_too_large`; and whatever `JSON.stringify` throws on a body that is not JSON. */
export function gatewayResult(answer: Answer, requestId: string): GatewayResult {
  const { text, type, isBase64Encoded } = encode(answer.body);
  // A Lambda's answer is itself JSON: quotes and line ends in it count twice.
  if (Buffer.byteLength(JSON.stringify(text)) > MAX_ANSWER_BYTES) {
    throw new AppError(
      500,
      'answer_too_large',
      'The answer is larger than a Lambda can send.',
      'Ask for less at a time.',
    );
  }
  return {
    statusCode: answer.status,
    headers: { 'content-type': type, ...DEFAULT_HEADERS, ...answer.headers, 'x-request-id': requestId },
    body: text,
    ...(isBase64Encoded ? { isBase64Encoded } : {}),
  };
}

function encode(body: Answer['body']): { text: string; type: string; isBase64Encoded: boolean } {
  if (typeof body === 'string') return { text: body, type: 'text/plain; charset=utf-8', isBase64Encoded: false };
  if (body instanceof Uint8Array) {
    return { text: Buffer.from(body).toString('base64'), type: 'application/octet-stream', isBase64Encoded: true };
  }
  return { text: JSON.stringify(body), type: 'application/json; charset=utf-8', isBase64Encoded: false };
}
