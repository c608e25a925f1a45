import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { type AppError, apiError } from '../errors.ts';

/** The response of a use case. An object is sent as JSON; text and bytes need their own `content-type`. */
export interface HttpResponse {
  readonly status: number;
  readonly body: object | string | Uint8Array;
  /** Lower-case names; these replace the defaults. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** What API Gateway accepts from a Lambda function, with the fields that are always present. */
export interface GatewayResult extends APIGatewayProxyStructuredResultV2 {
  statusCode: number;
  headers: Record<string, string>;
  body: string;
}

/** Of the 6 MB that a Lambda function may return, including headers and the JSON escaping of the body. */
const MAX_RESPONSE_BYTES = 5_500_000;

const DEFAULT_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  // Other sites can neither load a response nor keep a handle of the window that shows it.
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000',
  'x-content-type-options': 'nosniff',
};

/** @throws AppError `answer_too_large`; and what `JSON.stringify` throws for a body that is not JSON */
export function gatewayResult(response: HttpResponse, requestId: string): GatewayResult {
  const { text, type, isBase64Encoded } = encode(response.body);
  // A Lambda function's result is itself JSON: quotes and line ends in the body count twice.
  if (Buffer.byteLength(JSON.stringify(text)) > MAX_RESPONSE_BYTES) throw tooLarge();
  return {
    statusCode: response.status,
    headers: { 'content-type': type, ...DEFAULT_HEADERS, ...response.headers, 'x-request-id': requestId },
    body: text,
    ...(isBase64Encoded ? { isBase64Encoded } : {}),
  };
}

function encode(body: HttpResponse['body']): { text: string; type: string; isBase64Encoded: boolean } {
  if (typeof body === 'string') return { text: body, type: 'text/plain; charset=utf-8', isBase64Encoded: false };
  if (body instanceof Uint8Array) {
    return { text: Buffer.from(body).toString('base64'), type: 'application/octet-stream', isBase64Encoded: true };
  }
  return { text: JSON.stringify(body), type: 'application/json; charset=utf-8', isBase64Encoded: false };
}

function tooLarge(): AppError {
  return apiError('answer_too_large', {
    message: 'The response is larger than a Lambda function may return.',
  });
}
