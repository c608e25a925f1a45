import { describe, expect, test } from '@jest/globals';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { openApiDocument } from '../../functions/console/openapi.ts';
import { OPERATIONS } from '../../functions/console/openapi-operations.ts';
import { ROUTES } from '../../shared/contract.ts';
import { routeKey } from '../../shared/http/routes.ts';

/** HEAD goes without saying where there is GET. */
const DESCRIBED = ROUTES.filter(({ method }) => method !== 'HEAD');

describe('the OpenAPI document', () => {
  test('pleases the linter', async () => {
    const config = await createConfig({
      extends: ['recommended-strict'],
      // Answers differ for one path: a guard's 409 is no 4XX of every operation, and the page itself has none.
      rules: { 'operation-4xx-response': 'off', 'no-server-example.com': 'off' },
    });
    const problems = await lintFromString({ source: JSON.stringify(openApiDocument()), config });
    expect(problems.map(({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer}`)).toEqual(
      [],
    );
  });

  test('[S57] describes every route, and nothing else', () => {
    expect(Object.keys(OPERATIONS).sort()).toEqual(DESCRIBED.map(routeKey).sort());
    const document = JSON.parse(JSON.stringify(openApiDocument()));
    const described = Object.entries<object>(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(described.sort()).toEqual(DESCRIBED.map(routeKey).sort());
  });

  test('says of each route who may ask', () => {
    const document = JSON.parse(JSON.stringify(openApiDocument()));
    for (const { method, path, access } of DESCRIBED) {
      const { security } = document.paths[path][method.toLowerCase()];
      expect(security).toEqual({ token: [{ token: [] }], signature: [{ signature: [] }], open: [] }[access]);
    }
  });

  test('takes its limits from the schemas that validate', () => {
    const document = JSON.parse(JSON.stringify(openApiDocument()));
    const { schema } = document.paths['/api/audit-agents'].post.requestBody.content['application/json'];
    const cleanup = schema.oneOf.find((one: { properties: object }) => 'older_than_days' in one.properties);
    expect(cleanup.properties.older_than_days).toMatchObject({ type: 'integer', minimum: 0, default: 7 });
    expect(cleanup.additionalProperties).toBe(false);
  });
});
