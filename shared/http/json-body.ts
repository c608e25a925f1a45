import { isUtf8 } from 'node:buffer';
import jsonBodyParser from '@middy/http-json-body-parser';
import { type AppError, apiError } from '../errors.ts';
import { cutText } from '../text.ts';
import { duplicateKey } from './duplicate-key.ts';
import type { Request } from './request.ts';
import { invalidRequest } from './validate.ts';

/**
 * The JSON in the body. An absent body is `{}`, so that an empty POST takes the defaults.
 * @throws AppError `unsupported_media_type`, `invalid_json`, `invalid_request`
 */
export function readJsonBody({ raw_body, headers }: Request): unknown {
  if (raw_body.byteLength === 0) return {};
  const { 'content-encoding': encoding = 'identity' } = headers;
  if (encoding.toLowerCase() !== 'identity') {
    throw unsupported(`A body in content-encoding ${encoding}`, 'Send the body without Content-Encoding.');
  }
  const body = parse({ headers, body: raw_body.toString('base64'), isBase64Encoded: true });
  // The parser turns other bytes into replacement characters, which would then be stored.
  if (!isUtf8(raw_body)) throw invalidJson();
  const key = duplicateKey(raw_body.toString('utf8'));
  if (key !== null) throw keyTwice(key);
  return body;
}

/** What the parser reads from a gateway event; it replaces the body by its value. */
interface ParserEvent {
  readonly headers: Readonly<Record<string, string>>;
  readonly isBase64Encoded: boolean;
  body: unknown;
}

function parse(event: ParserEvent): unknown {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- its types ask for a whole gateway event; it reads these fields
  const parser = jsonBodyParser().before as (request: { event: ParserEvent }) => void;
  try {
    parser({ event });
    return event.body;
  } catch (error) {
    const key = forbiddenKey(error);
    if (key !== null) throw invalidRequest('body', [{ field: key, got: 'unknown', allowed: 'must be left out' }]);
    if (statusOf(error) !== 415) throw invalidJson(error);
    const type = event.headers['content-type'];
    const body = type === undefined ? 'A body without Content-Type' : `A body of type ${type}`;
    throw unsupported(body);
  }
}

function statusOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : undefined;
}

/** A key that the parser refuses to protect prototypes, in a body that may otherwise be valid JSON. */
function forbiddenKey(error: unknown): string | null {
  const cause = error instanceof Error ? error.cause : null;
  const data = typeof cause === 'object' && cause !== null && 'data' in cause ? cause.data : null;
  return data === '__proto__' || data === 'constructor' ? data : null;
}

function invalidJson(cause?: unknown): AppError {
  return apiError('invalid_json', { message: 'The body is not valid JSON.', cause });
}

function keyTwice(key: string): AppError {
  const named = JSON.stringify(cutText(key, 100));
  return apiError('invalid_json', {
    message: `The body has the key ${named} twice in one object.`,
    hint: 'Send each key once.',
  });
}

function unsupported(body: string, hint?: string): AppError {
  return apiError('unsupported_media_type', { message: `${body} is not supported.`, hint });
}
