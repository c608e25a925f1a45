import * as v from 'valibot';
import type { InvalidField } from '../api/error-response.ts';
import type { Schema } from '../api/fields.ts';
import { type AppError, apiError } from '../errors.ts';
import { suggestName } from '../suggest-name.ts';
import { cutText } from '../text.ts';

type Part = 'body' | 'query' | 'path';

const MAX_ISSUES = 10;
const MAX_VALUE_CHARACTERS = 100;
/** The message names what the schema allows, such as every kind of run, and nothing that was sent. */
const MAX_ALLOWED_CHARACTERS = 400;

/**
 * The input as the schema returns it. Bodies and queries are objects; valibot would also accept a list.
 *
 * @throws AppError `invalid_request`, naming each field, what was sent and what is allowed
 */
export function validate<S extends Schema>(schema: S, part: Part, input: unknown): v.InferOutput<S> {
  if (Array.isArray(input)) throw invalidRequest(part, [{ field: part, got: 'a list', allowed: 'must be an object' }]);
  // valibot accepts inherited properties of every object, such as `constructor`, as known fields.
  const inherited = Object.keys(Object(input)).find((name) => name in Object.prototype);
  if (inherited !== undefined)
    throw invalidRequest(part, [{ field: inherited, got: 'unknown', allowed: 'must be left out' }]);
  const parsed = v.safeParse(schema, input, { abortPipeEarly: true });
  if (parsed.success) return parsed.output;
  const fields = fieldsOf(schema, input);
  throw invalidRequest(
    part,
    parsed.issues.slice(0, MAX_ISSUES).map((issue) => invalidField(issue, fields, part)),
  );
}

/** The schemas of the outermost fields, by name. */
type Fields = ReadonlyMap<string, unknown>;

export function invalidRequest(part: Part, issues: readonly InvalidField[]): AppError {
  const subject = (field: string) => (field === part ? `the ${part}` : field);
  const message = issues.map(({ field, got }) => `${subject(field)} is ${got}`).join(', ');
  const hint = issues.map(({ field, allowed }) => `${subject(field)} ${allowed}`).join('; ');
  return apiError('invalid_request', {
    message: `The ${part} is not valid: ${message}.`,
    hint: hint.endsWith('?') ? hint : `${hint}.`,
    details: { issues },
  });
}

function invalidField(issue: v.BaseIssue<unknown>, fields: Fields, part: Part): InvalidField {
  const field = v.getDotPath(issue) ?? part;
  return { field: cut(field), got: got(issue), allowed: cutText(allowed(issue, fields, part), MAX_ALLOWED_CHARACTERS) };
}

function got(issue: v.BaseIssue<unknown>): string {
  if (isUnknownField(issue)) return 'unknown';
  if (isLength(issue)) return issue.received === '0' ? 'empty' : `${issue.received} ${unit(issue)} long`;
  return TYPE_NAMES[issue.received] ?? cut(issue.received);
}

/** The words for valibot's types, which it names for a value that it cannot show. */
const TYPE_NAMES: Readonly<Record<string, string>> = { undefined: 'missing', Array: 'a list', Object: 'an object' };

/** A message written in the schema is preferred; valibot's own messages begin with "Invalid". */
function allowed(issue: v.BaseIssue<unknown>, fields: Fields, part: Part): string {
  if (!issue.message.startsWith('Invalid ')) return issue.message;
  if (isUnknownField(issue)) return `must be left out: ${known(issue, fields, part)}`;
  if (isLength(issue)) return `must be ${BOUNDS[issue.type]} ${String(issue.requirement)} ${unit(issue)} long`;
  const bound = BOUNDS[issue.type];
  if (bound !== undefined) return `must be ${bound} ${String(issue.requirement)}`;
  if (issue.type === 'integer') return 'must be a whole number';
  const missing = issue.type.endsWith('object') && fields.get(v.getDotPath(issue) ?? '');
  if (missing) return expectation(missing);
  return `${mustBe(issue.expected ?? issue.type.replaceAll('_', ' '))}${resembling(issue)}`;
}

/** A value is compared with few others, so a shorter one than a name may count as a misspelling. */
const SHORTEST_VALUE = 4;

/** The allowed value that a misspelled one resembles. */
function resembling({ expected, received }: v.BaseIssue<unknown>): string {
  const values = choicesOf(expected ?? '').filter((choice) => choice.startsWith('"'));
  const suggestion = values.length < 2 ? null : suggestName(received, values, SHORTEST_VALUE);
  return suggestion === null ? '' : `: did you mean ${suggestion.name}?`;
}

const BOUNDS: Readonly<Record<string, string>> = {
  min_value: 'at least',
  max_value: 'at most',
  min_length: 'at least',
  max_length: 'at most',
};

function isUnknownField(issue: v.BaseIssue<unknown>): boolean {
  return issue.type === 'strict_object' && issue.expected === 'never';
}

function isLength(issue: v.BaseIssue<unknown>): boolean {
  return issue.type.endsWith('_length');
}

function unit(issue: v.BaseIssue<unknown>): string {
  return Array.isArray(issue.input) ? 'entries' : 'characters';
}

/** A shorter known name too easily resembles another word. */
const SHORTEST_NAME = 5;

/** The names of nested fields are not collected. */
function known(issue: v.BaseIssue<unknown>, fields: Fields, part: Part): string {
  if (issue.path?.length !== 1) return 'it means nothing here';
  if (fields.size === 0) return `this endpoint takes nothing in the ${part}`;
  const names = [...fields.keys()];
  const suggestion = suggestName(String(issue.path[0].key), names, SHORTEST_NAME);
  const known = `known here: ${names.join(', ')}`;
  return suggestion === null ? known : `did you mean ${suggestion.name}? ${known}`;
}

/** Which fields a variant has depends on the input's discriminating field. */
function fieldsOf(schema: object, input: unknown): Fields {
  const options: unknown = Reflect.get(schema, 'options');
  const key: unknown = Reflect.get(schema, 'key');
  if (!Array.isArray(options) || typeof key !== 'string') {
    return new Map(Object.entries(Reflect.get(schema, 'entries') ?? {}));
  }
  const named: unknown = typeof input === 'object' && input !== null ? Reflect.get(input, key) : undefined;
  const all = options.map((option: object) => fieldsOf(option, input));
  return all.find((fields) => literalOf(fields.get(key)) === named) ?? new Map();
}

function literalOf(field: unknown): unknown {
  return typeof field === 'object' && field !== null ? Reflect.get(field, 'literal') : undefined;
}

function expectation(field: unknown): string {
  if (typeof field !== 'object' || field === null) return 'must be given';
  const message: unknown = Reflect.get(field, 'message');
  const expects: unknown = Reflect.get(field, 'expects');
  if (typeof message === 'string') return message;
  return typeof expects === 'string' ? mustBe(expects) : 'must be given';
}

const WORDS: Readonly<Record<string, string>> = {
  boolean: 'true or false',
  number: 'a number',
  string: 'text',
  Array: 'a list',
  Object: 'an object',
};

function mustBe(expected: string): string {
  const words = choicesOf(expected).map((choice) => WORDS[choice] ?? choice);
  return `must be ${[words.slice(0, -1).join(', '), ...words.slice(-1)].filter((part) => part !== '').join(' or ')}`;
}

/** valibot writes `("a" | "b")`. */
function choicesOf(expected: string): readonly string[] {
  return expected.replace(/^\((.*)\)$/s, '$1').split(' | ');
}

function cut(text: string): string {
  return cutText(text, MAX_VALUE_CHARACTERS);
}
