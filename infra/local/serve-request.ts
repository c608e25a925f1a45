import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { type HttpFunctionName, routeKey } from '../../shared/api/endpoint.ts';
import { ENDPOINTS } from '../../shared/api/endpoints.ts';
import { AppError } from '../../shared/errors.ts';
import { errorResult, toAppError } from '../../shared/http/error-result.ts';
import type { LambdaHandler } from '../../shared/http/handler.ts';
import { type EndpointMatch, matchEndpoint } from '../../shared/http/match-endpoint.ts';
import { checkOrigin } from './check-origin.ts';
import { gatewayEvent, joinedHeaders, splitTarget } from './gateway-event.ts';
import { LAMBDA_MS, lambdaContext } from './lambda-context.ts';
import { readBody } from './read-body.ts';
import { writeResult } from './write-result.ts';

export interface Functions {
  readonly handlers: Readonly<Record<HttpFunctionName, LambdaHandler>>;
  /** Milliseconds that an invocation may take, by function; 15 minutes each, the most that a Lambda has. */
  readonly timeoutMs?: Readonly<Partial<Record<HttpFunctionName, number>>>;
}

/**
 * Makes an event of the request, invokes its function, and answers; never rejects. `underWay` holds what a function has
 * begun, and not a body that is still trickling in.
 */
export async function serveRequest(
  message: IncomingMessage,
  response: ServerResponse,
  functions: Functions,
  underWay: Set<Promise<void>>,
): Promise<void> {
  const requestId = randomUUID();
  try {
    const invocation = await receive(message, requestId);
    const answered = answer(response, requestId, () => invoke(invocation, requestId, functions));
    underWay.add(answered);
    await answered;
    underWay.delete(answered);
  } catch (error) {
    await writeResult(response, errorResult(toAppError(error), requestId));
  }
}

interface Invocation {
  readonly function: HttpFunctionName;
  readonly event: unknown;
}

async function receive(message: IncomingMessage, requestId: string): Promise<Invocation> {
  const match = findEndpoint(message);
  checkOrigin(match?.endpoint, joinedHeaders(message));
  const body = await readBody(message);
  const chosen = {
    routeKey: match === undefined ? '$default' : routeKey(match.endpoint),
    pathParameters: match?.path_parameters,
  };
  // As on AWS, the console takes what no route takes.
  return {
    function: match?.endpoint.function ?? 'console',
    event: gatewayEvent({ message, body, requestId, ...chosen }),
  };
}

function findEndpoint({ method = '', url = '' }: IncomingMessage): EndpointMatch | undefined {
  const [path] = splitTarget(url);
  if (!path.startsWith('/') || !isPercentEncoded(path)) throw invalidTarget();
  return matchEndpoint(ENDPOINTS, method, path);
}

function isPercentEncoded(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

function invalidTarget(): AppError {
  const hint = 'Send a path that begins with / and is percent-encoded.';
  return new AppError(400, 'invalid_target', 'The target of the request is not valid.', hint);
}

async function answer(response: ServerResponse, requestId: string, result: () => Promise<unknown>): Promise<void> {
  try {
    await writeResult(response, await result());
  } catch (error) {
    await writeResult(response, errorResult(toAppError(error), requestId));
  }
}

async function invoke(invocation: Invocation, requestId: string, functions: Functions): Promise<unknown> {
  const functionName = invocation.function;
  const timeoutMs = functions.timeoutMs?.[functionName] ?? LAMBDA_MS;
  const context = lambdaContext({ functionName, requestId, timeoutMs });
  const ended = new AbortController();
  try {
    const timeout = delay(timeoutMs, undefined, { signal: ended.signal, ref: false }).then(timedOut);
    return await Promise.race([functions.handlers[functionName](invocation.event, context), timeout]);
  } finally {
    ended.abort();
  }
}

function timedOut(): never {
  throw new AppError(503, 'timeout', 'The function did not answer in time.', 'Try again.');
}
