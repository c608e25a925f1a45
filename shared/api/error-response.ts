/** The one shape of an error response. */
import * as v from 'valibot';
import type { Data } from './fields.ts';

export const ErrorResponse = v.object({
  success: v.pipe(v.literal(false), v.description('Always false.')),
  error: v.pipe(v.string(), v.description('What happened, in a sentence.')),
  code: v.pipe(v.string(), v.regex(/^[a-z][a-z0-9_]*$/), v.description('Stable, for programs.')),
  hint: v.pipe(v.string(), v.description('What to do next.')),
  request_id: v.pipe(v.string(), v.description('Finds the log entries of the request.')),
});
export type ErrorResponse = Data<typeof ErrorResponse>;

export const InvalidField = v.object({
  field: v.pipe(v.string(), v.description('The field, or `path`, `query` or `body` for the whole part.')),
  got: v.pipe(v.string(), v.description('What was sent, shortened.')),
  allowed: v.pipe(v.string(), v.description('What is allowed.')),
});
export type InvalidField = Data<typeof InvalidField>;

export const InvalidRequestResponse = v.object({
  ...ErrorResponse.entries,
  issues: v.pipe(v.array(InvalidField), v.description('The invalid fields, at most ten.')),
});

export const RetellRefusedResponse = v.object({
  ...ErrorResponse.entries,
  retell_status: v.pipe(v.nullable(v.number()), v.description("The status of Retell's response.")),
});
