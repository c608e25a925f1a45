/** The OpenAPI 3.1 document: routes from the contract, shapes from the schemas that validate. */
import {
  type ConversionConfig,
  type JsonSchema,
  type OverrideActionContext,
  toJsonSchema,
  toJsonSchemaDefs,
} from '@valibot/to-json-schema';
import type { BaseIssue, BaseSchema, GenericSchema } from 'valibot';
import { type Access, LIMITS, ROUTES, type Route } from '../../shared/contract.ts';
import { routeKey } from '../../shared/http/routes.ts';
import { OPERATIONS, type Operation, SCHEMAS, TAGS } from './openapi-operations.ts';

type Json = Readonly<Record<string, unknown>>;

/** What callers send: conversion stops where a value is made of another, as a number of a query's text. */
const CONVERSION: ConversionConfig = {
  target: 'draft-2020-12',
  typeMode: 'input',
  definitions: { ...SCHEMAS },
  overrideAction: unicodePattern,
  overrideRef: ({ referenceId }) => `#/components/schemas/${referenceId}`,
};

/** A pattern of JSON Schema has Unicode's meaning without saying so. */
function unicodePattern({ valibotAction, jsonSchema }: OverrideActionContext): JsonSchema | null {
  const requirement = 'requirement' in valibotAction ? valibotAction.requirement : null;
  if (!(requirement instanceof RegExp) || requirement.flags !== 'u') return null;
  return { ...jsonSchema, pattern: requirement.source };
}

const SECURITY: Readonly<Record<Access, readonly Json[]>> = {
  token: [{ token: [] }],
  signature: [{ signature: [] }],
  open: [],
};

let document: Json | undefined;

/** Made when it is first asked for. */
export function openApiDocument(): Json {
  document ??= makeDocument();
  return document;
}

function makeDocument(): Json {
  return {
    openapi: '3.1.1',
    info: {
      title: 'voice-agent-sync',
      version: '3.0.0',
      summary: 'Keeps an interview platform’s interviewers and its Retell AI voice agents in step.',
      description: `JSON in and out, bodies of at most ${LIMITS.bodyBytes} bytes. Lists in an answer are cut at ${LIMITS.answerListEntries} entries with \`truncated: true\`.`,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths: paths(),
    components: {
      schemas: toJsonSchemaDefs({ ...SCHEMAS }, CONVERSION),
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'The value of SYNC_AUTH_TOKEN, where it is set.' },
        signature: {
          type: 'apiKey',
          in: 'header',
          name: 'x-retell-signature',
          description: 'Retell’s own: v={ms},d={hex}.',
        },
      },
    },
  };
}

function paths(): Json {
  // HEAD is GET without the body.
  const described = ROUTES.filter(({ method }) => method !== 'HEAD');
  const byPath = Map.groupBy(described, (route) => route.path);
  return Object.fromEntries(
    [...byPath].map(([path, routes]) => [
      path,
      Object.fromEntries(routes.map((route) => [route.method.toLowerCase(), operation(route)])),
    ]),
  );
}

function operation(route: Route): Json {
  const found = OPERATIONS[routeKey(route)];
  if (found === undefined) throw new Error(`No OpenAPI operation describes ${routeKey(route)}`);
  const { id, tag, summary, description, query, body } = found;
  const parameters = [...pathParameters(route), ...queryParameters(query)];
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    security: SECURITY[route.access],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: { content: { 'application/json': { schema: convert(body) } } } }),
    responses: responses(route, found),
  };
}

function pathParameters({ path }: Route): readonly Json[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: name === 'id' ? 'integer' : 'string' },
  }));
}

function queryParameters(query: Operation['query']): readonly Json[] {
  return Object.entries(query?.entries ?? {}).map(([name, schema]) => ({
    name,
    in: 'query',
    schema: convert(schema),
  }));
}

function responses({ access, method }: Route, { answers, failures = {} }: Operation): Json {
  const good = Object.entries(answers).map(([status, { description, schema, media = 'application/json' }]) => {
    const content = { [media]: { schema: schema === undefined ? { type: 'string' } : convert(schema) } };
    return [status, { description, content }] as const;
  });
  const common = {
    ...(method === 'POST' ? { 400: { description: 'The request is not valid.' } } : {}),
    ...(access === 'open' ? {} : { 401: { description: 'The token or signature is missing or not valid.' } }),
    ...failures,
    default: { description: 'Any other failure.' },
  };
  const bad = Object.entries<{ description: string; schema?: GenericSchema<unknown, unknown> }>(common).map(
    ([status, { description, schema = SCHEMAS['Failure'] }]) =>
      [status, { description, content: { 'application/json': { schema: schema && convert(schema) } } }] as const,
  );
  return Object.fromEntries([...good, ...bad]);
}

function convert(schema: BaseSchema<unknown, unknown, BaseIssue<unknown>>): Json {
  const { $schema: _, $defs: __, ...rest } = toJsonSchema(schema, CONVERSION);
  return rest;
}
