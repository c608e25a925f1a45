// oxlint-disable-next-line import/no-named-as-default -- its types have the default export only
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { AppError } from '../errors.ts';
import type { Endpoint } from './endpoint.ts';
import { type Invocation, invokeDirectly } from './event-invocation.ts';
import { failureResult, logFailure, shownError } from './failure.ts';
import { readRequest } from './request.ts';
import {
  checkSize,
  type Exchange,
  type HandlerServices,
  letIn,
  logAnswer,
  logOf,
  openExchange,
  openLog,
} from './request-context.ts';
import { type Answer, type GatewayResult, gatewayResult } from './response.ts';
import { type RouteKey, unknownRoute } from './routes.ts';

export interface HandlerOptions<S> {
  /** The composition root. Called for each invocation, so it keeps what it makes. */
  readonly services: () => Promise<S> | S;
  readonly routes: Readonly<Partial<Record<RouteKey, Endpoint<S>>>>;
  /** For invocations that are not HTTP: the schedule and events of the bus. What it throws makes Lambda retry. */
  direct?(invocation: Invocation, services: S): Promise<unknown>;
}

/** The part of AWS's handler signature that Node's runtime still has. */
export type LambdaHandler = (event: unknown, context: Context) => Promise<unknown>;

/** Milliseconds before its end at which a Lambda gives up its use case, so that the caller still gets an answer. */
const EARLY_MS = 1_000;

/** One Lambda function. An HTTP invocation is always answered and never throws; a direct one throws, so that Lambda retries. */
export function lambdaHandler<S extends HandlerServices>(options: HandlerOptions<S>): LambdaHandler {
  const stack = httpStack(options);
  return async (event, context) => {
    const request = readRequest(event, context);
    return request === null
      ? invokeDirectly(event, context, options)
      : stack(openExchange(request, options.services), context);
  };
}

/** The order is the rule: who asks, then how much, then, in the endpoint, what. Nothing of a refused request is read. */
function httpStack<S extends HandlerServices>(options: HandlerOptions<S>) {
  const useCase = async (exchange: Exchange<S>) => answer(exchange, await respond(exchange, options.routes));
  return middy<Exchange<S>, GatewayResult>(useCase, { timeoutEarlyInMillis: EARLY_MS, timeoutEarlyResponse })
    .before(({ event }) => openLog(event))
    .before(({ event }) => letIn(event))
    .before(({ event }) => checkSize(event))
    .onError(({ event, error }) => answerFailure(event, error));
}

async function respond<S>(exchange: Exchange<S>, routes: HandlerOptions<S>['routes']): Promise<Answer> {
  const { request } = exchange;
  const found = Object.entries(routes).find(([key]) => key === request.route_key)?.[1];
  if (found === undefined) throw unknownRoute(request);
  return found({ request, log: logOf(exchange), services: await exchange.services() });
}

function timeoutEarlyResponse(): never {
  throw new AppError(503, 'timeout', 'The time for this request ran out.', 'Try again.');
}

function answer<S>(exchange: Exchange<S>, given: Answer): GatewayResult {
  const result = gatewayResult(given, exchange.request.request_id);
  logAnswer(exchange, given.status);
  return result;
}

function answerFailure<S>(exchange: Exchange<S>, thrown: unknown): GatewayResult {
  const error = shownError(thrown);
  logFailure(logOf(exchange), error);
  return failureResult(error, exchange.request.request_id);
}
