/** Validates responses against the entries in shared/api. */
import { isDeepStrictEqual } from 'node:util';
import * as v from 'valibot';
import type { Endpoint } from '../../shared/api/endpoint.ts';
import { errorsOf } from '../../shared/api/endpoint-errors.ts';
import { ENDPOINTS } from '../../shared/api/endpoints.ts';
import { ERRORS } from '../../shared/api/errors.ts';
import type { Schema } from '../../shared/api/fields.ts';
import { matchEndpoint } from '../../shared/http/match-endpoint.ts';

export interface SentResponse {
  readonly status: number;
  readonly body: unknown;
}

const HasCode = v.object({ code: v.string() });
const STATUSES = new Map(Object.entries(ERRORS).map(([code, { status }]) => [code, status]));

/** `endpointOf('GET /api/sync-runs/7?limit=1')` */
export function endpointOf(route: string): Endpoint {
  const [method = '', target = ''] = route.split(' ');
  const match = matchEndpoint(ENDPOINTS, method, target.split('?')[0] ?? '');
  if (match === undefined) throw new Error(`No endpoint takes ${route}`);
  return match.endpoint;
}

/** Whether the endpoint's entry describes the response: its status, its error code, and each of its fields. */
export function isDocumented(endpoint: Endpoint, { status, body }: SentResponse): boolean {
  const response = endpoint.responses[status];
  if (response === undefined) return isDocumentedError(endpoint, { status, body });
  return 'mediaTypes' in response ? typeof body === 'string' : isExactly(response.schema, body);
}

function isDocumentedError(endpoint: Endpoint, { status, body }: SentResponse): boolean {
  if (!v.is(HasCode, body) || STATUSES.get(body.code) !== status) return false;
  const schema = new Map<string, Schema>(errorsOf(endpoint)).get(body.code);
  return schema !== undefined && isExactly(schema, body);
}

/** Valid, and without a field that the schema does not have. */
export function isExactly(schema: Schema, value: unknown): boolean {
  const parsed = v.safeParse(schema, value);
  return parsed.success && isDeepStrictEqual(parsed.output, value);
}
