/** Building blocks of the request and response schemas. */
import * as v from 'valibot';

export type Schema = v.GenericSchema<unknown, unknown>;

/** The value that a schema describes, read-only at every depth. */
export type Data<S extends Schema> = DeepReadonly<v.InferOutput<S>>;

type DeepReadonly<Value> = Value extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : Value extends object
    ? { readonly [Key in keyof Value]: DeepReadonly<Value[Key]> }
    : Value;

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** Any JSON value. A recursive schema has no inferred type. */
export const JsonValue: v.GenericSchema<Json> = v.union([
  v.string(),
  v.number(),
  v.boolean(),
  v.null(),
  v.array(v.lazy(() => JsonValue)),
  v.record(
    v.string(),
    v.lazy(() => JsonValue),
  ),
]);

export const Count = v.pipe(v.number(), v.integer(), v.minValue(0));

/** ISO 8601 in UTC. */
export const Timestamp = v.pipe(v.string(), v.isoTimestamp());

export const Success = v.pipe(v.literal(true), v.description('Always true; an error response has false.'));

export const Truncated = v.pipe(
  v.exactOptional(v.literal(true)),
  v.description('Present if a list was cut; the counts stay whole.'),
);

/** Larger than any run's id will be, and exact in a double. */
const MOST_RUNS = 999_999_999_999_999;

export const RunId = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MOST_RUNS));

export const HealthScore = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(100));

export const SyncStatus = v.picklist(['active', 'orphaned', 'deleted']);
export type SyncStatus = Data<typeof SyncStatus>;

/** 132 bits in base64url, as `planToken` makes them. In responses too: a person copies it into a command line. */
export const PlanToken = v.pipe(
  v.string(),
  v.regex(/^[\w-]{22}$/, 'must be a plan token, as a dry run or a 409 returns it'),
);

/** A request without fields: an ignored parameter, such as `?dry_run=true` instead of a body, must be an error. */
export const Nothing = v.strictObject({});

export const Flag = v.optional(v.boolean(), false);

const NOT_EMPTY = v.minLength<string, 1, string>(1, 'must not be empty');

/** Any id that Retell may have given. Postgres refuses NUL characters and lone surrogates; `..` would leave the path. */
export const AgentId = v.pipe(
  v.string(),
  NOT_EMPTY,
  v.maxLength(255),
  v.regex(/^(?!\.{1,2}$)[^\p{Cc}\p{Cs}]*$/u, 'must not be . or .., nor have control characters or lone surrogates'),
);

/**
 * A time in a request, as UTC text that Postgres accepts: years from 1970 to 9999; times outside are moved to the
 * nearest end.
 */
export const Moment = v.pipe(
  v.string(),
  v.isoTimestamp('must be a time such as 2026-01-31T12:00:00Z'),
  v.check(
    (text) => !Number.isNaN(Date.parse(text)) && isDayOfCalendar(text),
    'must be a day of the calendar and a time, such as 2026-01-31T12:00:00Z',
  ),
  v.transform((text) => new Date(Math.min(Math.max(Date.parse(text), 0), END_OF_9999)).toISOString()),
  // A transform does not describe its result, which the OpenAPI document shows.
  v.string(),
);

const END_OF_9999 = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** Date.parse moves February 30 into March. */
function isDayOfCalendar(text: string): boolean {
  const [year = 0, month = 0, day = 0] = text.slice(0, 10).split('-').map(Number);
  return new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day;
}

/** A whole number, sent as text in a path or a query. */
export function wholeNumber(least: number, most: number) {
  return v.pipe(
    v.string(),
    v.regex(/^\d{1,15}$/, 'must be a whole number of at most 15 digits'),
    v.transform(Number),
    v.number(),
    v.integer(),
    v.minValue(least),
    v.maxValue(most),
  );
}
