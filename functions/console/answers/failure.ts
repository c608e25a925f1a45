import * as v from 'valibot';

/** Every failure of every endpoint; some carry further fields, such as the agents that a guard holds back. */
export const Failure = v.object({
  success: v.literal(false),
  error: v.pipe(v.string(), v.description('What went wrong.')),
  code: v.pipe(v.string(), v.regex(/^[a-z][a-z0-9_]*$/), v.description('Stable, for programs.')),
  hint: v.pipe(v.string(), v.description('What to do next.')),
  request_id: v.pipe(v.string(), v.description('Finds the log entries of the request.')),
});
