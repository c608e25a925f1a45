/** The definition of an endpoint, which routing, validation and documentation all read. */
import type * as v from 'valibot';
import type { ErrorCode } from './errors.ts';
import type { Schema } from './fields.ts';

/** The Lambda functions that serve HTTP requests; each has a folder of this name in `functions/`. */
export type HttpFunctionName = 'sync' | 'audit' | 'cleanup' | 'webhook' | 'scheduled-sync' | 'console';

/** `token`: requires `Authorization: Bearer`; `signature`: requires Retell's signature; `open`: requires nothing. */
export type Access = 'token' | 'signature' | 'open';

export type Tag = 'Sync' | 'Audit' | 'History' | 'Webhook' | 'Console';

export interface Route {
  readonly method: 'GET' | 'HEAD' | 'POST';
  /** A path of an API Gateway HTTP API; `{name}` is a path parameter. */
  readonly path: `/${string}`;
}

export interface Endpoint extends Route {
  readonly function: HttpFunctionName;
  readonly access: Access;
  /** What a request depends on; the failures of these are also its errors. */
  readonly dependsOn: readonly ('database' | 'retell')[];
  readonly tag: Tag;
  readonly summary: string;
  readonly description?: string;
  /** Its response has an `ETag`, and `If-None-Match` gets a 304 while nothing changed. */
  readonly revalidates?: true;
  readonly request: RequestSchemas;
  /** By status. */
  readonly responses: Readonly<Record<number, JsonResponse | FileResponse>>;
  /** Error codes that only this endpoint has, each with the schema of its response. */
  readonly errors: Readonly<Partial<Record<ErrorCode, Schema>>>;
}

export interface RequestSchemas {
  /** Path parameters; a path without any has no schema. */
  readonly path?: ObjectSchema;
  /** Without a schema, a query is ignored. */
  readonly query?: ObjectSchema;
  /** JSON. An absent body is validated as `{}`. Without a schema, a body is ignored. */
  readonly body?: Schema;
  /** JSON that the handler itself reads, once it has verified the signature over the bytes. */
  readonly signedBody?: Schema;
  /** An example of the body. */
  readonly example?: object;
}

/** By operation id. */
export type Endpoints = Readonly<Record<string, Endpoint>>;

export type ObjectSchema = Schema & { readonly entries: v.ObjectEntries };

export interface JsonResponse {
  readonly description: string;
  readonly schema: Schema;
  readonly example: object;
}

export interface FileResponse {
  readonly description: string;
  /** An example by media type. */
  readonly mediaTypes: Readonly<Record<string, string>>;
}

/** `GET /api/health`, the form in which API Gateway names a route. */
export function routeKey({ method, path }: Route): string {
  return `${method} ${path}`;
}
