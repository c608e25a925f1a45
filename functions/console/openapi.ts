/** The OpenAPI 3.1 document, derived from the entries in `shared/api`. */
import {
  type ConversionConfig,
  type JsonSchema,
  type OverrideActionContext,
  toJsonSchema,
  toJsonSchemaDefs,
} from '@valibot/to-json-schema';
import { type BaseIssue, type BaseSchema, is } from 'valibot';
import type { Access, Endpoint, FileResponse, JsonResponse, RequestSchemas, Tag } from '../../shared/api/endpoint.ts';
import { errorsOf } from '../../shared/api/endpoint-errors.ts';
import { API } from '../../shared/api/endpoints.ts';
import { errorExample } from '../../shared/api/error-examples.ts';
import { ErrorResponse } from '../../shared/api/error-response.ts';
import { ERRORS } from '../../shared/api/errors.ts';
import { JsonValue } from '../../shared/api/fields.ts';
import { NAMED_SCHEMAS } from '../../shared/api/named-schemas.ts';
import { LIMITS } from '../../shared/contract.ts';
import { LICENSE, VERSION } from '../../shared/manifest.ts';

type Json = Readonly<Record<string, unknown>>;
type OpenApiDocument = Json & { readonly openapi: string };

const TAGS: Readonly<Record<Tag, string>> = {
  Sync: 'Bring both sides in sync.',
  Audit: 'Compare both sides, explain, clean up and restore.',
  History: 'What was done, and how healthy both sides were.',
  Webhook: 'What Retell sends.',
  Console: 'For people and monitors.',
};

const SECURITY: Readonly<Record<Access, readonly Json[]>> = {
  token: [{ token: [] }],
  signature: [{ signature: [] }],
  open: [],
};

const SECURITY_SCHEMES = {
  token: { type: 'http', scheme: 'bearer', description: 'The value of SYNC_AUTH_TOKEN, if it is set.' },
  signature: { type: 'apiKey', in: 'header', name: 'x-retell-signature', description: "Retell's own: v={ms},d={hex}." },
};

const ETAG = {
  ETag: { description: 'Send it as `If-None-Match` with the next request.', schema: { type: 'string' } },
};
const NOT_MODIFIED = { description: 'Nothing changed since the response that had this `ETag`.', headers: ETAG };
const IF_NONE_MATCH = {
  name: 'If-None-Match',
  in: 'header',
  required: false,
  description: 'The `ETag` of an earlier response.',
  schema: { type: 'string' },
};

/** Its schema refers to itself, and the type that a generator derives from that does not compile. */
const ANY_JSON = { description: 'Any JSON value.' };

/** What is sent as JSON: a value before the schema has transformed it. */
const CONVERSION: ConversionConfig = {
  target: 'draft-2020-12',
  typeMode: 'input',
  definitions: { ...NAMED_SCHEMAS, JsonValue },
  overrideAction: unicodePattern,
  // JSON Schema has no equivalent of a function.
  ignoreActions: ['check'],
  overrideRef: ({ referenceId }) => `#/components/schemas/${referenceId}`,
};

/** A pattern of JSON Schema is a Unicode pattern without a flag. */
function unicodePattern({ valibotAction, jsonSchema }: OverrideActionContext): JsonSchema | null {
  const requirement = 'requirement' in valibotAction ? valibotAction.requirement : null;
  if (!(requirement instanceof RegExp) || requirement.flags !== 'u') return null;
  return { ...jsonSchema, pattern: requirement.source };
}

let document: OpenApiDocument | undefined;

/** Created on first use. */
export function openApiDocument(): OpenApiDocument {
  document ??= makeDocument();
  return document;
}

function makeDocument(): OpenApiDocument {
  const paths = documentPaths(API);
  return {
    openapi: '3.1.1',
    info: {
      title: 'voice-agent-sync',
      version: VERSION,
      summary: 'Keeps the interviewers of an interview platform and its Retell AI voice agents in sync.',
      description: `JSON in and out; a body has at most ${LIMITS.bodyBytes} bytes. A list of a response is cut at ${LIMITS.responseListEntries} entries, with \`truncated: true\`.`,
      license: { name: LICENSE, identifier: LICENSE },
    },
    servers: [{ url: '/' }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: { schemas: referencedSchemas(paths), securitySchemes: SECURITY_SCHEMES },
  };
}

function documentPaths(endpoints: Readonly<Record<string, Endpoint>>): Json {
  const byPath = Map.groupBy(Object.entries(endpoints), ([, { path }]) => path);
  return Object.fromEntries(
    [...byPath].map(([path, entries]) => [
      path,
      Object.fromEntries(entries.map(([id, endpoint]) => [endpoint.method.toLowerCase(), operation(id, endpoint)])),
    ]),
  );
}

function operation(operationId: string, endpoint: Endpoint): Json {
  const { access, tag, summary, description, request } = endpoint;
  const parameters = [
    ...parametersIn('path', request.path),
    ...parametersIn('query', request.query),
    ...(endpoint.revalidates === true ? [IF_NONE_MATCH] : []),
  ];
  const requestBody = documentBody(request);
  return {
    operationId,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    security: SECURITY[access],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(requestBody === undefined ? {} : { requestBody }),
    responses: { ...documentResponses(endpoint), ...documentErrors(endpoint) },
  };
}

function parametersIn(place: 'path' | 'query', schema: RequestSchemas['path']): readonly Json[] {
  return Object.entries(schema?.entries ?? {}).map(([name, entry]) => {
    const { description, ...rest } = parameterSchema(entry);
    return { name, in: place, required: place === 'path', description, schema: rest };
  });
}

/** The schema of the value that the text in the URL stands for, such as a number. */
function parameterSchema(schema: BaseSchema<unknown, unknown, BaseIssue<unknown>>): Json {
  const converted = convertAs(schema, { ...CONVERSION, typeMode: 'output' });
  const fallback = converted['default'];
  return converted['type'] === 'integer' && fallback !== undefined
    ? { ...converted, default: Number(fallback) }
    : converted;
}

function documentBody({ body, signedBody, example }: RequestSchemas): Json | undefined {
  const schema = body ?? signedBody;
  if (schema === undefined) return undefined;
  // An absent body counts as {}, except if its bytes are signed.
  const required = body === undefined || !is(body, {});
  return { required, content: { 'application/json': { schema: convert(schema), example } } };
}

function documentResponses({ responses, revalidates }: Endpoint): Json {
  const documented = Object.entries(responses).map(([status, response]) => {
    const headers = revalidates === true && status === '200' ? { headers: ETAG } : {};
    return [status, { description: response.description, ...headers, content: documentContent(response) }] as const;
  });
  return Object.fromEntries([...documented, ...(revalidates === true ? [['304', NOT_MODIFIED] as const] : [])]);
}

function documentContent(response: JsonResponse | FileResponse): Json {
  if ('mediaTypes' in response) {
    const files = Object.entries(response.mediaTypes);
    return Object.fromEntries(
      files.map(([mediaType, example]) => [mediaType, { schema: { type: 'string' }, example }]),
    );
  }
  const { schema, example } = response;
  return { 'application/json': { schema: convert(schema), example } };
}

function documentErrors(endpoint: Endpoint): Json {
  const possible = [...errorsOf(endpoint)].map(([code, schema]) => ({ code, schema, ...ERRORS[code] }));
  const byStatus = Map.groupBy(possible, ({ status }) => status);
  const documented = [...byStatus].map(([status, errors]) => {
    const [first = ErrorResponse, ...others] = new Set(errors.map(({ schema }) => schema));
    const schema = others.length === 0 ? convert(first) : { anyOf: [first, ...others].map((one) => convert(one)) };
    const description = errors.map(({ code, meaning }) => `\`${code}\`: ${meaning}`).join('\n\n');
    const examples = Object.fromEntries(
      errors.map((error) => [error.code, { value: errorExample(error.code, error.schema) }]),
    );
    return [status, { description, content: { 'application/json': { schema, examples } } }] as const;
  });
  return Object.fromEntries(documented);
}

/** Remembered, because each conversion also converts every definition, and most errors have the same schema. */
const CONVERTED = new WeakMap<BaseSchema<unknown, unknown, BaseIssue<unknown>>, Json>();

function convert(schema: BaseSchema<unknown, unknown, BaseIssue<unknown>>): Json {
  const converted = CONVERTED.get(schema) ?? convertAs(schema, CONVERSION);
  CONVERTED.set(schema, converted);
  return converted;
}

function convertAs(schema: BaseSchema<unknown, unknown, BaseIssue<unknown>>, conversion: ConversionConfig): Json {
  const { $schema: _, $defs: __, ...rest } = toJsonSchema(schema, conversion);
  return rest;
}

/** The named schemas that the paths refer to, directly or through others. */
function referencedSchemas(paths: Json): Json {
  const all: Json = { ...toJsonSchemaDefs({ ...NAMED_SCHEMAS, JsonValue }, CONVERSION), JsonValue: ANY_JSON };
  const referenced = new Map<string, unknown>();
  const visit = (json: unknown): void => {
    for (const [, name = ''] of JSON.stringify(json).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      if (referenced.has(name)) continue;
      referenced.set(name, all[name]);
      visit(all[name]);
    }
  };
  visit(paths);
  return Object.fromEntries(referenced);
}
