import type { Context } from 'aws-lambda';
import { AppError } from '../errors.ts';
import { bareLog } from '../log.ts';
import { logError, toAppError } from './error-result.ts';
import { type HandlerServices, withLogFields } from './request-context.ts';

/** An invocation that is not HTTP: EventBridge Scheduler's input, or an event of the bus. */
export interface EventInput<S> {
  readonly event: unknown;
  /** Services whose log names the invocation. */
  readonly services: S;
  /** Milliseconds until the Lambda function ends. */
  readonly remainingMs: () => number;
}

interface EventOptions<S> {
  readonly services: () => Promise<S> | S;
  readonly onEvent?: (input: EventInput<S>) => Promise<unknown>;
}

/**
 * Logs what fails and throws, so that Lambda retries. It throws a new error, because Node's Lambda runtime prints every
 * field of an error, including its cause and pg's `detail`.
 */
export async function handleEvent<S extends HandlerServices>(
  event: unknown,
  context: Context,
  options: EventOptions<S>,
): Promise<unknown> {
  const request_id = context.awsRequestId;
  let log = bareLog().with({ request_id });
  try {
    const services = withLogFields(await options.services(), { request_id });
    log = services.log;
    if (options.onEvent === undefined) throw httpOnly();
    return await options.onEvent({ event, services, remainingMs: () => context.getRemainingTimeInMillis() });
  } catch (thrown) {
    const error = toAppError(thrown);
    logError(log, error);
    throw Object.assign(new Error(`${error.message} The log has request_id ${request_id}.`), { code: error.code });
  }
}

function httpOnly(): AppError {
  return new AppError({
    status: 400,
    code: 'http_only',
    message: 'This function only takes HTTP requests.',
    hint: 'Send a request to one of its endpoints.',
  });
}
