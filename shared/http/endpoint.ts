import type * as v from 'valibot';
import type { Log } from '../log.ts';
import type { Answer } from './answer.ts';
import { type Schema, validated } from './invalid-request.ts';
import type { Request } from './request.ts';

/** A use case behind a route: its input is checked, then it answers. `body` is parsed JSON; undefined when there is none. */
export type Endpoint<S> = (exchange: EndpointExchange<S>) => Promise<Answer>;

export interface EndpointExchange<S> {
  readonly request: Request;
  readonly body: unknown;
  readonly services: S;
  /** Adds the request's id and route to each entry. */
  readonly log: Log;
}

export interface EndpointInput<B, Q> {
  readonly body: B;
  readonly query: Q;
  readonly request: Request;
  readonly log: Log;
}

export interface EndpointOptions<S, B extends Schema, Q extends Schema> {
  /** An absent body is checked as `{}`, so that an empty POST takes the defaults. Without a schema `body` is undefined. */
  readonly body?: B;
  /** Without a schema `query` is undefined. */
  readonly query?: Q;
  respond(input: EndpointInput<v.InferOutput<B>, v.InferOutput<Q>>, services: S): Promise<Answer> | Answer;
}

type Nothing = v.UndefinedSchema<undefined>;

/** @throws AppError `invalid_request` (from the endpoint) for a body or query that its schema refuses */
export function endpoint<S, B extends Schema = Nothing, Q extends Schema = Nothing>(
  options: EndpointOptions<S, B, Q>,
): Endpoint<S> {
  return async ({ request, body, services, log }) => {
    const query = options.query && validated(options.query, 'query', request.query);
    const checked = options.body && validated(options.body, 'body', body === undefined ? {} : body);
    return options.respond({ body: checked, query, request, log }, services);
  };
}
