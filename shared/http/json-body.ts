import { isUtf8 } from 'node:buffer';
import jsonBodyParser from '@middy/http-json-body-parser';
import { AppError } from '../errors.ts';
import type { BodyReader } from './endpoint.ts';
import type { Request } from './request.ts';
import { type Schema, validated } from './validate.ts';

/**
 * How an endpoint reads its body. An absent one is checked as `{}`, so that an empty POST takes the defaults.
 * @throws AppError `unsupported_media_type`, `invalid_json`, `invalid_request` (when it is read)
 */
export function jsonBody<T extends Schema>(schema: T): BodyReader<T> {
  return { read: (request) => validated(schema, 'body', isEmpty(request) ? {} : parseJsonBody(request)) };
}

function isEmpty({ raw_body }: Request): boolean {
  return raw_body.byteLength === 0;
}

function parseJsonBody(request: Request): unknown {
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding.toLowerCase() !== 'identity') {
    throw unsupported(`A body in content-encoding ${encoding}`, 'Send the body without Content-Encoding.');
  }
  const event = { headers: request.headers, body: request.raw_body.toString('base64'), isBase64Encoded: true };
  const body = parse(event, request.headers['content-type']);
  // The parser turns bytes that are not UTF-8 into replacement characters, which would then be stored.
  if (!isUtf8(request.raw_body)) throw invalidJson();
  return body;
}

interface ParserEvent {
  readonly headers: Readonly<Record<string, string>>;
  readonly isBase64Encoded: boolean;
  body: unknown;
}

function parse(event: ParserEvent, contentType: string | undefined): unknown {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- its types ask for a whole gateway event; it reads these fields
  const parser = jsonBodyParser().before as (request: { event: ParserEvent }) => void;
  try {
    parser({ event });
    return event.body;
  } catch (error) {
    if (statusOf(error) === 415) {
      throw unsupported(
        contentType === undefined ? 'A body without Content-Type' : `A body of type ${contentType}`,
        'Send the header "Content-Type: application/json".',
      );
    }
    throw invalidJson(error);
  }
}

function statusOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : undefined;
}

function invalidJson(cause?: unknown): AppError {
  const hint = 'Send one JSON value in UTF-8, such as {"dry_run": true}, or no body at all.';
  return new AppError(400, 'invalid_json', 'The body is not valid JSON.', hint, { cause });
}

function unsupported(what: string, hint: string): AppError {
  return new AppError(415, 'unsupported_media_type', `${what} is not understood.`, hint);
}
