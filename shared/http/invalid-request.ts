import * as v from 'valibot';
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
  if (Array.isArray(input)) throw invalidRequest(part, [{ field: part, got: 'Array', allowed: 'must be Object' }]);
  const parsed = v.safeParse(schema, input);
  if (parsed.success) return parsed.output;
  throw invalidRequest(
    part,
    parsed.issues.slice(0, SHOWN_ISSUES).map((issue) => describe(issue, schema, part)),
  );
}

interface InvalidField {
  readonly field: string;
  readonly got: string;
  readonly allowed: string;
}

function invalidRequest(part: Part, issues: readonly InvalidField[]): AppError {
  const message = issues.map(({ field, got }) => `${field} is ${got}`).join(', ');
  const hint = issues.map(({ field, allowed }) => `${field} ${allowed}`).join('; ');
  return new AppError(400, 'invalid_request', `The ${part} is not valid: ${message}.`, `${hint}.`, {
    details: { issues },
  });
}

function describe(issue: v.BaseIssue<unknown>, schema: Schema, part: Part): InvalidField {
  const field = v.getDotPath(issue) ?? part;
  return { field: cut(field), got: got(issue), allowed: cut(allowed(issue, schema)) };
}

function got(issue: v.BaseIssue<unknown>): string {
  if (isUnknownField(issue)) return 'unknown';
  return issue.received === 'undefined' ? 'missing' : cut(issue.received);
}

/** A message of the schema's author says it best; valibot's own begin with "Invalid". */
function allowed(issue: v.BaseIssue<unknown>, schema: Schema): string {
  if (!issue.message.startsWith('Invalid ')) return issue.message;
  const entries = outermostEntries(issue, schema);
  if (isUnknownField(issue))
    return entries === null ? 'must be left out' : `must be one of: ${[...entries.keys()].join(', ')}`;
  const missing = issue.type.endsWith('object') ? entries?.get(v.getDotPath(issue) ?? '') : undefined;
  return `must be ${readable(missing ?? issue.expected ?? issue.type.replaceAll('_', ' '))}`;
}

function isUnknownField(issue: v.BaseIssue<unknown>): boolean {
  return issue.type === 'strict_object' && issue.expected === 'never';
}

/** Field names with what each expects; null for fields further in, where the schema's shape is not known. */
function outermostEntries(issue: v.BaseIssue<unknown>, schema: Schema): Map<string, string> | null {
  if (issue.path?.length !== 1 || !('entries' in schema)) return null;
  const entries = Object.entries(schema.entries ?? {});
  return new Map(entries.map(([name, entry]: [string, unknown]) => [name, expectation(entry)]));
}

function expectation(entry: unknown): string {
  const expects: unknown = typeof entry === 'object' && entry !== null ? Reflect.get(entry, 'expects') : undefined;
  return typeof expects === 'string' ? expects : 'given';
}

/** valibot writes `("a" | "b")`. */
function readable(expected: string): string {
  return expected.replace(/^\((.*)\)$/s, '$1').replaceAll(' | ', ' or ');
}

function cut(text: string): string {
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS).toWellFormed()}…` : text;
}
