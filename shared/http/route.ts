import type { Endpoint, JsonResponse, RequestSchemas } from '../api/endpoint.ts';
import type { Data, Schema } from '../api/fields.ts';
import { readJsonBody } from './json-body.ts';
import type { Request } from './request.ts';
import type { HttpResponse } from './response.ts';
import { validate } from './validate.ts';

/** An endpoint and the handler of its requests. */
export interface Route<S> {
  readonly endpoint: Endpoint;
  /** @throws AppError `invalid_request`, `invalid_json`, `unsupported_media_type`, and what the handler throws */
  respond(request: Request, services: S): Promise<HttpResponse>;
  /** Computes the response's `ETag` at less cost than the response; null: the tag is computed from the body. */
  etag?(request: Request, services: S): Promise<string | null>;
}

/** What a handler receives: the request as its endpoint's schemas parse it. A part without a schema is undefined. */
export interface HandlerInput<S, R extends RequestSchemas = RequestSchemas> {
  readonly path: PartOf<R, 'path'>;
  readonly query: PartOf<R, 'query'>;
  readonly body: PartOf<R, 'body'>;
  /** The bytes as sent, for a signature. */
  readonly rawBody: Buffer;
  readonly headers: Readonly<Record<string, string>>;
  /** The path as sent, with the prefix that a stage or a custom domain adds. */
  readonly sentPath: string;
  /** Their log names the request. */
  readonly services: S;
  /** Milliseconds until the caller no longer waits. */
  readonly remainingMs: () => number;
}

type PartOf<R, Name extends string> = RequestSchemas extends R
  ? unknown
  : R extends { readonly [Key in Name]: infer Given extends Schema }
    ? Data<Given>
    : undefined;

/** What a handler returns: by status, what the endpoint's response schemas describe. */
type ResponseOf<Responses> = {
  [Status in keyof Responses & number]: {
    readonly status: Status;
    readonly body: BodyOf<Responses[Status]>;
    readonly headers?: Readonly<Record<string, string>>;
  };
}[keyof Responses & number];

type BodyOf<Response> = Response extends JsonResponse ? JsonBody<Data<Response['schema']>> : string | Uint8Array;

type JsonBody<Value> = unknown extends Value ? object : BeforeJson<Value>;

/** JSON turns a Date into a string. A literal type stays unchanged. */
type BeforeJson<Value> = string extends Value
  ? Value | Date
  : Value extends readonly (infer Item)[]
    ? readonly BeforeJson<Item>[]
    : Value extends object
      ? { readonly [Key in keyof Value]: BeforeJson<Value[Key]> }
      : Value;

/**
 * The endpoint's schemas give the types of the handler's input and result. Two calls, so that the first determines the
 * types of the second.
 */
interface RouteBuilder<E extends Endpoint> {
  /** `etag` must change whenever the response does. */
  to<S>(handle: Handler<S, E>, etag?: EtagReader<S, E>): Route<S>;
}

type EtagReader<S, E extends Endpoint> = (input: HandlerInput<S, E['request']>) => Promise<string | null>;

type Handler<S, E extends Endpoint> = (
  input: HandlerInput<S, E['request']>,
) => Promise<ResponseOf<E['responses']>> | ResponseOf<E['responses']>;

/** `route(endpoint).to(handler)`. The handler is called only with valid input. */
export function route<const E extends Endpoint>(endpoint: E): RouteBuilder<E>;
export function route(endpoint: Endpoint): RouteBuilder<Endpoint> {
  return {
    to: (handle, etag) => ({
      endpoint,
      respond: async (request, services) => handle(inputOf(endpoint, request, services)),
      ...(etag === undefined ? {} : { etag: async (request, services) => etag(inputOf(endpoint, request, services)) }),
    }),
  };
}

function inputOf<S>(endpoint: Endpoint, request: Request, services: S): HandlerInput<S> {
  const { raw_body: rawBody, headers, sent_path: sentPath, remainingMs } = request;
  return { ...validateRequest(endpoint.request, request), rawBody, headers, sentPath, remainingMs, services };
}

function validateRequest({ path, query, body }: RequestSchemas, request: Request) {
  return {
    path: path && validate(path, 'path', request.path_parameters),
    query: query && validate(query, 'query', request.query),
    body: body && validate(body, 'body', readJsonBody(request)),
  };
}
