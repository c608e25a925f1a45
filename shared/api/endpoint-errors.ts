/** Which errors an endpoint can respond with: its own, and those that follow from its input and its dependencies. */
import type { Endpoint } from './endpoint.ts';
import { ErrorResponse, InvalidRequestResponse, RetellRefusedResponse } from './error-response.ts';
import { ERROR_CODES, type ErrorCode } from './errors.ts';
import type { Schema } from './fields.ts';

type ErrorSchemas = Readonly<Partial<Record<ErrorCode, Schema>>>;

const EVERYWHERE: ErrorSchemas = {
  payload_too_large: ErrorResponse,
  answer_too_large: ErrorResponse,
  internal_error: ErrorResponse,
  timeout: ErrorResponse,
};

const BY_ACCESS: Readonly<Record<Endpoint['access'], ErrorSchemas>> = {
  open: {},
  token: { unauthorized: ErrorResponse, secret_unavailable: ErrorResponse },
  signature: { invalid_signature: ErrorResponse, secret_unavailable: ErrorResponse },
};

const BY_DEPENDENCY: Readonly<Record<Endpoint['dependsOn'][number], ErrorSchemas>> = {
  database: {
    database_unavailable: ErrorResponse,
    database_permission: ErrorResponse,
    schema_mismatch: ErrorResponse,
    secret_unavailable: ErrorResponse,
  },
  retell: {
    retell_unauthorized: ErrorResponse,
    retell_payment_required: ErrorResponse,
    retell_unavailable: ErrorResponse,
    retell_listing_malformed: ErrorResponse,
    retell_refused: RetellRefusedResponse,
    deadline_exceeded: ErrorResponse,
  },
};

/** Every error code that the endpoint can respond with, in the order of the catalog, and the schema of the response. */
export function errorsOf({ access, dependsOn, request, errors }: Endpoint): ReadonlyMap<ErrorCode, Schema> {
  const validated = request.path ?? request.query ?? request.body;
  const schemas: ErrorSchemas = {
    ...EVERYWHERE,
    ...BY_ACCESS[access],
    ...(validated === undefined ? {} : { invalid_request: InvalidRequestResponse }),
    ...(request.body === undefined ? {} : { invalid_json: ErrorResponse, unsupported_media_type: ErrorResponse }),
    ...(dependsOn.includes('database') ? BY_DEPENDENCY.database : {}),
    ...(dependsOn.includes('retell') ? BY_DEPENDENCY.retell : {}),
    ...errors,
  };
  return new Map(ERROR_CODES.flatMap((code) => (schemas[code] === undefined ? [] : [[code, schemas[code]] as const])));
}
