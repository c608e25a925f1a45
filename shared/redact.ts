import { isNativeError } from 'node:util/types';

/** Keys whose values are never logged: credentials, request bodies and transcripts of calls. */
const HIDDEN_KEY =
  /authorization|token|secret|passw|api[-_]?key|private[-_]?key|signature|connection[-_]?string|cookie|credential|^(raw[-_]?)?body$|^transcript|^recording_url$|^(from|to)_number$/i;

/** The fields of an error that are logged. An allow-list: pg's `detail` contains row values, and clients attach whole requests. */
const ERROR_FIELDS = ['name', 'message', 'code', 'status', 'constraint', 'table', 'stack'] as const;

/** Fields in which middy and the clients put raw input, in a `cause` that is not an error. */
const RAW_INPUT = new Set(['data', 'detail', 'request', 'response', 'config']);

const HIDDEN = '[redacted]';
const MAX_DEPTH = 8;
const MAX_ENTRIES = 100;
const MAX_CHARACTERS = 10_000;

/** Turns a text into what may be logged of it. */
export type CleanText = (text: string) => string;

/**
 * Converts to plain JSON data that is safe to log: hidden keys and the secrets replaced, errors reduced to useful fields,
 * cycles and sizes bounded. Never throws.
 */
export function redact(value: unknown, clean: CleanText): unknown {
  try {
    return plain(value, clean, []);
  } catch (error) {
    return `[unreadable: ${clean(String(error))}]`;
  }
}

/** Replaces these secrets in every form, and credentials by their shape, in time linear in the text. */
export function textCleaner(secrets: readonly string[]): CleanText {
  const registered = secretPattern(secrets);
  return (text) => {
    const cleaned = withoutCredentials(registered === null ? text : text.replace(registered, HIDDEN));
    return cleaned.length > MAX_CHARACTERS ? `${cleaned.slice(0, MAX_CHARACTERS)}… (cut)` : cleaned;
  };
}

/** Longest first: otherwise a secret that begins with another one would leave its tail behind. */
function secretPattern(secrets: readonly string[]): RegExp | null {
  const forms = secrets.flatMap(secretForms);
  const sorted = [...new Set(forms)].sort((a, b) => b.length - a.length);
  return sorted.length === 0 ? null : new RegExp(sorted.map((form) => RegExp.escape(form)).join('|'), 'g');
}

/** Shorter encoded forms would be common words of a log. */
const SHORTEST_ENCODED = 8;

/** The forms in which a text may contain a secret: as it is, or as a library encoded it. */
function secretForms(secret: string): readonly string[] {
  if (secret === '') return [];
  const bytes = Buffer.from(secret);
  const hex = bytes.toString('hex');
  const encoded = [...urlForms(secret), ...jsonForms(secret), ...base64Forms(bytes), hex, hex.toUpperCase()];
  return [...new Set([secret, ...encoded.filter((form) => form.length >= SHORTEST_ENCODED)])];
}

function urlForms(secret: string): readonly string[] {
  const component = encodeURIComponent(secret.toWellFormed());
  const form = new URLSearchParams({ '': secret }).toString().slice(1);
  return [component, form].flatMap((text) => [text, text.replaceAll(/%../g, (code) => code.toLowerCase())]);
}

/** Also as JSON within JSON, and as other languages write it. */
function jsonForms(secret: string): readonly string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  const ascii = json.replaceAll(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  const slashes = json.replaceAll('/', String.raw`\/`);
  return [json, ascii, slashes, JSON.stringify(json).slice(1, -1)];
}

const BASE64_BITS = 6;

/**
 * Within a longer text, such as `user:password`, the secret begins at the first, second or third byte of a group; the
 * characters that it shares with its neighbors are left out.
 */
function base64Forms(bytes: Buffer): readonly string[] {
  const standard = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    return text.slice(Math.ceil((before * 8) / BASE64_BITS), Math.floor(((before + bytes.length) * 8) / BASE64_BITS));
  });
  return [...standard, ...standard.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'))];
}

/** Every quantifier is bounded or anchored by a literal, so that a line of megabytes does not take quadratic time. */
export function withoutCredentials(text: string): string {
  return (
    text
      // The form that messages show for a connection string is no credential.
      .replace(/(:\/\/[^\s:/@]{0,256}:)(?!password@host:5432\/database)[^\s"']{1,1024}@/g, `$1${HIDDEN}@`)
      .replace(/\b(bearer|basic) +[\w.~+/=-]+/gi, `$1 ${HIDDEN}`)
      .replace(/(passw(?:or)?d|pwd|token|secret|api[-_]?key|signature)=[^\s&'",;]+/gi, `$1=${HIDDEN}`)
      .replace(/, (?:\.\.\.)?".{0,256}?"(?:\.\.\.)? is not valid JSON/gs, ', which is not valid JSON')
  );
}

function plain(value: unknown, clean: CleanText, above: readonly object[]): unknown {
  if (typeof value === 'string') return clean(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'function' || typeof value === 'symbol') return `[${typeof value}]`;
  if (typeof value !== 'object' || value === null) return value;
  if (above.includes(value)) return '[circular]';
  if (above.length >= MAX_DEPTH) return '[deeper]';
  return plainObject(value, clean, [...above, value]);
}

function plainObject(value: object, clean: CleanText, above: readonly object[]): unknown {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (value instanceof URL) return clean(value.href);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (isError(value)) return plainError(value, clean, above);
  if (value instanceof Map)
    return plainEntries(
      [...value].map(([key, entry]) => [String(key), entry]),
      clean,
      above,
    );
  if (value instanceof Set) return plainArray([...value], clean, above);
  if (Array.isArray(value)) return plainArray(value, clean, above);
  return plainEntries(ownEntries(value), clean, above);
}

function ownEntries(value: object): [string, unknown][] {
  return Object.keys(value).map((key) => [key, read(value, key)]);
}

/** A getter that throws affects only its own value. */
function read(value: object, key: string): unknown {
  try {
    return Reflect.get(value, key);
  } catch {
    return '[unreadable]';
  }
}

/** Also recognizes errors of another realm, such as a vm's, for which `instanceof` is false. */
function isError(value: object): value is Error {
  return isNativeError(value) || value instanceof Error;
}

function plainArray(values: readonly unknown[], clean: CleanText, above: readonly object[]): unknown[] {
  const shown = values.slice(0, MAX_ENTRIES).map((entry) => plain(entry, clean, above));
  return values.length > MAX_ENTRIES ? [...shown, `… ${values.length - MAX_ENTRIES} more`] : shown;
}

function plainEntries(
  entries: readonly (readonly [string, unknown])[],
  clean: CleanText,
  above: readonly object[],
): Record<string, unknown> {
  return Object.fromEntries(
    entries
      .slice(0, MAX_ENTRIES)
      .map(([key, entry]) => [clean(key), isHidden(key, entry) ? HIDDEN : plain(entry, clean, above)]),
  );
}

/** Booleans and absent values of a hidden key reveal nothing, such as `token_set: true`. */
function isHidden(key: string, value: unknown): boolean {
  return HIDDEN_KEY.test(key) && value !== null && value !== undefined && typeof value !== 'boolean';
}

function plainError(error: Error, clean: CleanText, above: readonly object[]): Record<string, unknown> {
  const fields = ERROR_FIELDS.map((field): [string, unknown] => [field, read(error, field)]);
  const errors: unknown = read(error, 'errors');
  return plainEntries(
    [
      ...fields.filter(([, value]) => typeof value === 'string' || typeof value === 'number'),
      ...(Array.isArray(errors) ? [['errors', errors] as const] : []),
      ...(error.cause === undefined ? [] : [['cause', withoutInput(error.cause)] as const]),
    ],
    clean,
    above,
  );
}

function withoutInput(cause: unknown): unknown {
  if (typeof cause !== 'object' || cause === null || isError(cause)) return cause;
  return Object.fromEntries(ownEntries(cause).filter(([key]) => !RAW_INPUT.has(key)));
}
