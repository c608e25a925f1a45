import type { Context } from 'aws-lambda';
import { AppError } from '../errors.ts';
import { bareLog, type Log } from '../log.ts';
import { logFailure, shownError } from './failure.ts';

/** An invocation that is not HTTP: EventBridge Scheduler's input, or an event of the bus. */
export interface Invocation {
  readonly event: unknown;
  readonly request_id: string;
  /** Adds the request's id to each entry. */
  readonly log: Log;
  /** Milliseconds until the Lambda ends. */
  readonly remainingMs: () => number;
}

interface DirectOptions<S> {
  readonly services: () => Promise<S> | S;
  readonly direct?: (invocation: Invocation, services: S) => Promise<unknown>;
}

/**
 * Logs what goes wrong and throws, so that Lambda retries. What is thrown is made anew: Node's Lambda runtime prints every
 * field of an error, its cause and pg's `detail` included.
 */
export async function invokeDirectly<S extends { readonly log: Log }>(
  event: unknown,
  context: Context,
  options: DirectOptions<S>,
): Promise<unknown> {
  const request_id = context.awsRequestId;
  let log = bareLog().with({ request_id });
  try {
    const services = await options.services();
    log = services.log.with({ request_id });
    if (options.direct === undefined) throw httpOnly();
    const remainingMs = () => context.getRemainingTimeInMillis();
    return await options.direct({ event, request_id, log, remainingMs }, services);
  } catch (thrown) {
    const error = shownError(thrown);
    logFailure(log, error);
    throw Object.assign(new Error(`${error.message} The log has request_id ${request_id}.`), { code: error.code });
  }
}

function httpOnly(): AppError {
  return new AppError(400, 'http_only', 'This function only answers HTTP requests.', 'Invoke it through its endpoint.');
}
