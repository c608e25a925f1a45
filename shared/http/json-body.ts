import { isUtf8 } from 'node:buffer';
import { AppError } from '../errors.ts';
import type { Request } from './request.ts';

const JSON_TYPE = /^application\/([a-z0-9.+-]+\+)?json\s*(;|$)/i;

/**
 * The JSON in the body. An absent body is `{}`, so that an empty POST takes the defaults.
 * @throws AppError `unsupported_media_type`, `invalid_json`
 */
export function readJsonBody({ raw_body, headers }: Request): unknown {
  if (raw_body.byteLength === 0) return {};
  const { 'content-type': type, 'content-encoding': encoding = 'identity' } = headers;
  if (encoding.toLowerCase() !== 'identity') {
    throw unsupported(`A body in content-encoding ${encoding}`, 'Send the body without Content-Encoding.');
  }
  if (!JSON_TYPE.test(type ?? '')) {
    const body = type === undefined ? 'A body without Content-Type' : `A body of type ${type}`;
    throw unsupported(body, 'Send the header "Content-Type: application/json".');
  }
  // Decoding would turn other bytes into replacement characters, which would then be stored.
  if (!isUtf8(raw_body)) throw invalidJson();
  return parse(raw_body.toString('utf8'));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text, withoutPrototypes);
  } catch (cause) {
    throw invalidJson(cause);
  }
}

/** Keys that reach the prototype of an object are an attack. */
function withoutPrototypes(key: string, value: unknown): unknown {
  if (key === '__proto__' || (key === 'constructor' && hasPrototype(value)))
    throw new SyntaxError(`Forbidden key ${key}`);
  return value;
}

function hasPrototype(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, 'prototype');
}

function invalidJson(cause?: unknown): AppError {
  const hint = 'Send one JSON value in UTF-8, such as {"dry_run": true}, or no body at all.';
  return new AppError(400, 'invalid_json', 'The body is not valid JSON.', hint, { cause });
}

function unsupported(body: string, hint: string): AppError {
  return new AppError(415, 'unsupported_media_type', `${body} is not supported.`, hint);
}
