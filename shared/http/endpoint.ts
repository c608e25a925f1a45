import type * as v from 'valibot';
import type { Log } from '../log.ts';
import type { Request } from './request.ts';
import type { Answer } from './response.ts';
import { type Schema, validated } from './validate.ts';

/** A use case behind a route: its input is checked, then it answers. */
export type Endpoint<S> = (exchange: EndpointExchange<S>) => Promise<Answer>;

export interface EndpointExchange<S> {
  readonly request: Request;
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

export interface BodyReader<B extends Schema> {
  read(request: Request): v.InferOutput<B>;
}

export interface EndpointOptions<S, B extends Schema, Q extends Schema> {
  /** As `jsonBody` reads it. Without it `body` is undefined, and nothing of it is parsed: a signature is of its bytes. */
  readonly body?: BodyReader<B>;
  /** Without a schema `query` is undefined. */
  readonly query?: Q;
  respond(input: EndpointInput<v.InferOutput<B>, v.InferOutput<Q>>, services: S): Promise<Answer> | Answer;
}

type Nothing = v.UndefinedSchema<undefined>;

/** @throws AppError `invalid_request` (from the endpoint) for a query that its schema refuses, and what reading the body throws */
export function endpoint<S, B extends Schema = Nothing, Q extends Schema = Nothing>(
  options: EndpointOptions<S, B, Q>,
): Endpoint<S> {
  return async ({ request, services, log }) => {
    const body = options.body?.read(request);
    const query = options.query && validated(options.query, 'query', request.query);
    return options.respond({ body, query, request, log }, services);
  };
}
