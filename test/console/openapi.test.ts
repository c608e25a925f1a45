import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { openApiDocument } from '../../functions/console/openapi.ts';
import { routeKey } from '../../shared/api/endpoint.ts';
import { errorsOf } from '../../shared/api/endpoint-errors.ts';
import { ENDPOINTS } from '../../shared/api/endpoints.ts';
import { ERRORS } from '../../shared/api/errors.ts';
import { isExactly } from '../support/documented.ts';

const document = JSON.parse(JSON.stringify(openApiDocument()));

interface SchemaObject {
  readonly description?: string;
  readonly $ref?: string;
  readonly anyOf?: readonly SchemaObject[];
  readonly properties?: object;
}

interface Message {
  readonly content?: Readonly<Record<string, { readonly schema: SchemaObject }>>;
}

describe('the OpenAPI document', () => {
  test('passes the linter', async () => {
    const config = await createConfig({
      extends: ['recommended-strict'],
      // Errors differ by endpoint: a guard's 409 is not a 4XX of every operation, and the page itself has none.
      rules: { 'operation-4xx-response': 'off', 'no-server-example.com': 'off' },
    });
    const problems = await lintFromString({ source: JSON.stringify(document), config });
    expect(problems.map(({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer}`)).toEqual(
      [],
    );
  });

  test('[S57] describes every route, and nothing else', () => {
    const described = Object.entries<object>(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(described.sort()).toEqual(ENDPOINTS.map(routeKey).sort());
  });

  test('begins with a request that changes nothing', () => {
    const [[, first] = []] = Object.entries<object>(document.paths);
    expect(Object.keys(first ?? {})[0]).toBe('get');
  });

  test('has the access of each route', () => {
    for (const { method, path, access } of ENDPOINTS) {
      const { security } = document.paths[path][method.toLowerCase()];
      expect(security).toEqual({ token: [{ token: [] }], signature: [{ signature: [] }], open: [] }[access]);
    }
  });

  test('names every error code of a route under its status', () => {
    for (const endpoint of ENDPOINTS) {
      const { responses } = document.paths[endpoint.path][endpoint.method.toLowerCase()];
      const described = JSON.stringify(responses);
      for (const code of errorsOf(endpoint).keys()) expect(described).toContain(`\`${code}\`: `);
    }
    const { responses } = document.paths['/api/sync-retell-agents'].post;
    expect(responses['400'].content['application/json'].schema.anyOf).toContainEqual({
      $ref: '#/components/schemas/InvalidRequestResponse',
    });
    expect(document.components.schemas.InvalidRequestResponse.properties.issues).toMatchObject({
      type: 'array',
      items: { $ref: '#/components/schemas/InvalidField' },
    });
  });

  test('gives each body and each response a schema with a name, which a generated client takes over', () => {
    const unnamed = ENDPOINTS.flatMap((endpoint) => {
      const { requestBody, responses } = document.paths[endpoint.path][endpoint.method.toLowerCase()];
      return [requestBody, ...Object.values(responses)]
        .flatMap((message?: Message) => message?.content?.['application/json']?.schema ?? [])
        .flatMap((schema) => schema.anyOf ?? schema)
        .filter(({ $ref, properties = {} }) => $ref === undefined && Object.keys(properties).length > 0)
        .map(() => routeKey(endpoint));
    });
    // An account that is refused: an explanation says more of it than an audit.
    expect([...new Set(unnamed)]).toEqual(['GET /api/audit-agents']);
  });

  test('takes its limits from the schemas that validate', () => {
    const cleanup = document.components.schemas.CleanupBody;
    expect(cleanup.properties.older_than_days).toMatchObject({ type: 'integer', minimum: 0, default: 7 });
    expect(cleanup.additionalProperties).toBe(false);
    const [limit] = document.paths['/api/sync-runs'].get.parameters;
    expect(limit).toMatchObject({ name: 'limit', schema: { type: 'integer', minimum: 1, maximum: 200, default: 50 } });
  });

  test('names each schema, and none refers to itself, so that the types of a generated client compile', () => {
    const schemas = Object.entries<object>(document.components.schemas);
    expect(schemas.filter(([name]) => !/^[A-Z][A-Za-z]+$/.test(name))).toEqual([]);
    const itself = schemas.filter(([name, schema]) => JSON.stringify(schema).includes(`schemas/${name}"`));
    expect(itself).toEqual([]);
  });

  test('takes its version and license from package.json', () => {
    const { version, license } = JSON.parse(readFileSync(`${import.meta.dirname}/../../package.json`, 'utf8'));
    expect(document.info).toMatchObject({ version, license: { name: license } });
  });

  test('describes each property and each parameter', () => {
    const isDescribed = ({ description, $ref = '' }: SchemaObject): boolean =>
      (description ?? document.components.schemas[$ref.split('/').at(-1) ?? '']?.description ?? '') !== '';
    const undescribed = objectsIn(document).flatMap(({ pointer, value: { properties = {} } }) =>
      Object.entries<SchemaObject>(properties).flatMap(([name, one]) => (isDescribed(one) ? [] : `${pointer}/${name}`)),
    );
    const parameters = objectsIn(document.paths).filter(({ value }) => 'in' in value);
    expect(parameters.length).toBeGreaterThan(10);
    for (const { pointer, value } of parameters) if (!isDescribed(value)) undescribed.push(pointer);
    expect(undescribed).toEqual([]);
  });

  test('has an example of each request body and of each response, the errors included', () => {
    const bodies = objectsIn(document.paths).flatMap(({ pointer, value: { content = {} } }) =>
      Object.entries<object>(content).map(([mediaType, body]) => ({ pointer: `${pointer} ${mediaType}`, body })),
    );
    expect(bodies.length).toBeGreaterThan(100);
    const lacking = bodies.filter(({ body }) => !('example' in body || 'examples' in body));
    expect(lacking.map(({ pointer }) => pointer)).toEqual([]);
  });

  test.each(ENDPOINTS.map((endpoint) => [routeKey(endpoint), endpoint] as const))(
    'has a valid example of each error of %s',
    (_, endpoint) => {
      const { responses } = document.paths[endpoint.path][endpoint.method.toLowerCase()];
      for (const [code, schema] of errorsOf(endpoint)) {
        const { value } = responses[ERRORS[code].status].content['application/json'].examples[code];
        expect({ code, valid: isExactly(schema, value) }).toEqual({ code, valid: true });
        expect(value).toMatchObject({ code, error: ERRORS[code].meaning, hint: ERRORS[code].hint });
      }
    },
  );
});

interface FoundObject {
  readonly pointer: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- any JSON object
  readonly value: any;
}

/** Every object of the document but the examples and what a schema calls `properties`. */
function objectsIn(json: unknown, pointer = ''): readonly FoundObject[] {
  if (typeof json !== 'object' || json === null) return [];
  const inside = Object.entries(json)
    .filter(([key]) => !/^examples?$/.test(key))
    .flatMap(([key, value]) => objectsIn(value, `${pointer}/${key}`));
  return [...(pointer.endsWith('/properties') ? [] : [{ pointer, value: json }]), ...inside];
}
