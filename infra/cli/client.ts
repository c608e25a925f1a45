/** Requests to a running service, and its responses as the schemas of the API describe them. */
import { text as readText } from 'node:stream/consumers';
import * as v from 'valibot';
import type { Endpoint } from '../../shared/api/endpoint.ts';
import { VERSION } from '../../shared/manifest.ts';

export interface ApiRequest {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: Readonly<Record<string, unknown>>;
}

export interface FailedRequest {
  readonly ok: false;
  /** The service's code, or one of the client's own: `not_reachable`, `not_the_service`. */
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly body: unknown;
}

export type Reply<T> =
  | { readonly ok: true; readonly status: number; readonly value: T; readonly body: unknown }
  | FailedRequest;

export interface ApiClient {
  readonly url: string;
  /** Never rejects. `schema` describes the response, or the part of a union that the request leads to. */
  call<T>(endpoint: Endpoint, schema: v.GenericSchema<unknown, T>, request?: ApiRequest): Promise<Reply<T>>;
}

export interface ClientOptions {
  /** Without a slash at the end. */
  readonly url: string;
  readonly token: string | null;
}

export function apiClient({ url, token }: ClientOptions): ApiClient {
  return {
    url,
    async call(endpoint, schema, request = {}) {
      const sent = { endpoint, target: targetOf(url, endpoint, request), token, body: request.body };
      try {
        return interpret(url, schema, await send(sent));
      } catch (error) {
        return notReachable(url, error);
      }
    },
  };
}

function targetOf(url: string, { path }: Endpoint, request: ApiRequest): URL {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(request.path?.[name] ?? ''));
  const target = new URL(`${url}${filled}`);
  for (const [name, value] of Object.entries(request.query ?? {})) target.searchParams.set(name, String(value));
  return target;
}

interface Sent {
  readonly endpoint: Endpoint;
  readonly target: URL;
  readonly token: string | null;
  readonly body: object | undefined;
}

interface Received {
  readonly status: number;
  readonly mediaType: string;
  readonly text: string;
}

/** Without a time limit, because a sync may take minutes; `fetch` has one. Redirects are not followed. */
function send({ endpoint: { method }, target, token, body }: Sent): Promise<Received> {
  const text = body === undefined ? null : JSON.stringify(body);
  const headers = {
    accept: 'application/json',
    'user-agent': `voice-agent-sync-cli/${VERSION}`,
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    ...(text === null ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
  };
  const { promise, resolve, reject } = Promise.withResolvers<Received>();
  const { request: start } = requester(target);
  const request = start(target, { method, headers }, (response) => {
    const { statusCode: status = 0, headers: received } = response;
    readText(response).then((text) => resolve({ status, mediaType: received['content-type'] ?? '', text }), reject);
  });
  request.on('error', reject);
  request.end(text);
  return promise;
}

/** Not imported: an import of `node:http` also loads all that Node needs for `fetch`, a third of the time of a command. */
function requester({ protocol }: URL) {
  return protocol === 'https:' ? process.getBuiltinModule('node:https') : process.getBuiltinModule('node:http');
}

const ErrorBody = v.looseObject({ success: v.literal(false), error: v.string(), code: v.string(), hint: v.string() });

function interpret<T>(
  url: string,
  schema: v.GenericSchema<unknown, T>,
  { status, mediaType, text }: Received,
): Reply<T> {
  const body = parseJson(text);
  const failure = v.safeParse(ErrorBody, body);
  if (failure.success) {
    const { error, code, hint } = failure.output;
    return { ok: false, code, message: error, hint, body };
  }
  const parsed = v.safeParse(schema, body);
  if (status < 300 && parsed.success) return { ok: true, status, value: parsed.output, body };
  const what = body === undefined ? mediaType.split(';')[0] || 'no content type' : 'other JSON than this version reads';
  return {
    ok: false,
    code: 'not_the_service',
    message: `${url} responded with status ${status} and ${what}.`,
    hint: 'Check --url: it is the address of the service, without /api. Both should have the same version.',
    body,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function notReachable(url: string, error: unknown): FailedRequest {
  const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  return {
    ok: false,
    code: 'not_reachable',
    message: `${url} does not respond (${reason}).`,
    hint: 'Start the service with `npm start`, or name another one with --url.',
    body: undefined,
  };
}
