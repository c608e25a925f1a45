import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import * as v from 'valibot';
import { type HttpFunctionName, routeKey } from '../../shared/api/endpoint.ts';
import { ENDPOINTS } from '../../shared/api/endpoints.ts';
import { AppError } from '../../shared/errors.ts';
import { errorResult, toAppError } from '../../shared/http/error-result.ts';
import type { LambdaHandler } from '../../shared/http/handler.ts';
import { type EndpointMatch, matchEndpoint } from '../../shared/http/match-endpoint.ts';
import { checkOrigin } from './check-origin.ts';
import { gatewayEvent, joinedHeaders, splitTarget } from './gateway-event.ts';
import { LAMBDA_MS, lambdaContext } from './lambda-context.ts';
import { bodyLimit, readBody } from './read-body.ts';
import { writeResult } from './write-result.ts';

export interface Functions {
  readonly handlers: Readonly<Record<HttpFunctionName, LambdaHandler>>;
  /** The wait before a wrong token from this address is refused. */
  readonly wrongTokenDelayMs: (address: string) => number;
}

/**
 * Turns the request into an event, invokes its function and sends the result; never rejects. `underWay` holds the
 * invocations, not the bodies that are still arriving.
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
    const responded = respond(response, requestId, async () => {
      const result = await invoke(invocation, requestId, functions);
      if (isWrongToken(message, result)) await delay(functions.wrongTokenDelayMs(message.socket.remoteAddress ?? ''));
      return result;
    });
    underWay.add(responded);
    await responded;
    underWay.delete(responded);
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
  const body = await readBody(message, bodyLimit(match?.endpoint));
  const chosen = {
    routeKey: match === undefined ? '$default' : routeKey(match.endpoint),
    pathParameters: match?.path_parameters,
  };
  // As on AWS, the console gets requests that match no route.
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
  return new AppError({
    status: 400,
    code: 'invalid_target',
    message: 'The target of the request is not valid.',
    hint,
  });
}

async function respond(response: ServerResponse, requestId: string, result: () => Promise<unknown>): Promise<void> {
  try {
    await writeResult(response, await result());
  } catch (error) {
    await writeResult(response, errorResult(toAppError(error), requestId));
  }
}

function invoke(
  { function: functionName, event }: Invocation,
  requestId: string,
  functions: Functions,
): Promise<unknown> {
  return functions.handlers[functionName](event, lambdaContext({ functionName, requestId, timeoutMs: LAMBDA_MS }));
}

const Unauthorized = v.object({ statusCode: v.literal(401), headers: v.object({ 'www-authenticate': v.string() }) });

/** A request without a token, like the page's first, is not a guess. */
function isWrongToken({ headers }: IncomingMessage, result: unknown): boolean {
  return headers.authorization !== undefined && v.is(Unauthorized, result);
}
