import * as v from 'valibot';
import { cutText } from '../cut-text.ts';
import { AppError } from '../errors.ts';

export type Schema = v.GenericSchema<unknown, unknown>;
type Part = 'body' | 'query' | 'path';

const SHOWN_ISSUES = 10;
const SHOWN_CHARACTERS = 100;

/**
 * `input` as the schema makes it. Bodies and queries are objects here; valibot would take an array for one.
 * @throws AppError `invalid_request`, naming each field, what was got and what is allowed
 */
export function validated<T extends Schema>(schema: T, part: Part, input: unknown): v.InferOutput<T> {
  if (Array.isArray(input)) throw invalidRequest(part, [{ field: part, got: 'a list', allowed: 'must be an object' }]);
  const parsed = v.safeParse(schema, input, { abortPipeEarly: true });
  if (parsed.success) return parsed.output;
  const entries = entriesOf(schema, input);
  throw invalidRequest(
    part,
    parsed.issues.slice(0, SHOWN_ISSUES).map((issue) => describe(issue, entries, part)),
  );
}

interface InvalidField {
  readonly field: string;
  readonly got: string;
  readonly allowed: string;
}

/** What a schema says of its fields, by their names. */
type Entries = ReadonlyMap<string, unknown>;

function invalidRequest(part: Part, issues: readonly InvalidField[]): AppError {
  const subject = (field: string) => (field === part ? `the ${part}` : field);
  const message = issues.map(({ field, got }) => `${subject(field)} is ${got}`).join(', ');
  const hint = issues.map(({ field, allowed }) => `${subject(field)} ${allowed}`).join('; ');
  return new AppError(400, 'invalid_request', `The ${part} is not valid: ${message}.`, `${hint}.`, {
    details: { issues },
  });
}

function describe(issue: v.BaseIssue<unknown>, entries: Entries, part: Part): InvalidField {
  const field = v.getDotPath(issue) ?? part;
  return { field: cut(field), got: got(issue), allowed: cut(allowed(issue, entries, part)) };
}

function got(issue: v.BaseIssue<unknown>): string {
  if (isUnknownField(issue)) return 'unknown';
  if (isLength(issue)) return issue.received === '0' ? 'empty' : `${issue.received} ${unit(issue)} long`;
  return GOT[issue.received] ?? cut(issue.received);
}

/** valibot writes the type of what it cannot show. */
const GOT: Readonly<Record<string, string>> = { undefined: 'missing', Array: 'a list', Object: 'an object' };

/** A message of the schema's author says it best; valibot's own begin with "Invalid". */
function allowed(issue: v.BaseIssue<unknown>, entries: Entries, part: Part): string {
  if (!issue.message.startsWith('Invalid ')) return issue.message;
  if (isUnknownField(issue)) return `must be left out: ${known(issue, entries, part)}`;
  if (isLength(issue)) return `must be ${BOUNDS[issue.type]} ${String(issue.requirement)} ${unit(issue)} long`;
  const bound = BOUNDS[issue.type];
  if (bound !== undefined) return `must be ${bound} ${String(issue.requirement)}`;
  if (issue.type === 'integer') return 'must be a whole number';
  const missing = issue.type.endsWith('object') && entries.get(v.getDotPath(issue) ?? '');
  return missing ? expectation(missing) : mustBe(issue.expected ?? issue.type.replaceAll('_', ' '));
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

/** Of fields further in the names are not known. */
function known(issue: v.BaseIssue<unknown>, entries: Entries, part: Part): string {
  if (issue.path?.length !== 1) return 'it means nothing here';
  return entries.size === 0
    ? `this endpoint takes nothing in the ${part}`
    : `known here: ${[...entries.keys()].join(', ')}`;
}

/** The outermost fields. Which ones a variant has depends on the input's discriminating field. */
function entriesOf(schema: object, input: unknown): Entries {
  const options: unknown = Reflect.get(schema, 'options');
  const key: unknown = Reflect.get(schema, 'key');
  if (!Array.isArray(options) || typeof key !== 'string') {
    return new Map(Object.entries(Reflect.get(schema, 'entries') ?? {}));
  }
  const named: unknown = typeof input === 'object' && input !== null ? Reflect.get(input, key) : undefined;
  const all = options.map((option: object) => entriesOf(option, input));
  return all.find((entries) => literalOf(entries.get(key)) === named) ?? new Map();
}

function literalOf(entry: unknown): unknown {
  return typeof entry === 'object' && entry !== null ? Reflect.get(entry, 'literal') : undefined;
}

function expectation(entry: unknown): string {
  if (typeof entry !== 'object' || entry === null) return 'must be given';
  const message: unknown = Reflect.get(entry, 'message');
  const expects: unknown = Reflect.get(entry, 'expects');
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

/** valibot writes `("a" | "b")`. */
function mustBe(expected: string): string {
  const choices = expected.replace(/^\((.*)\)$/s, '$1').split(' | ');
  return `must be ${choices.map((choice) => WORDS[choice] ?? choice).join(' or ')}`;
}

function cut(text: string): string {
  return cutText(text, SHOWN_CHARACTERS);
}
