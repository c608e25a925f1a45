/** What the endpoints for people and monitors take and return. */
import * as v from 'valibot';
import type { Endpoint, Endpoints } from './endpoint.ts';
import { ErrorResponse } from './error-response.ts';
import { type Data, Success } from './fields.ts';

export const HealthResponse = v.object({
  success: Success,
  status: v.pipe(v.literal('ok'), v.description('The service works.')),
  database: v.pipe(v.literal('ok'), v.description('The database has the tables that this version needs.')),
});
export type HealthResponse = Data<typeof HealthResponse>;

export const OpenApiResponse = v.looseObject({
  openapi: v.pipe(v.string(), v.description('The version of the OpenAPI specification.')),
});

export const AssetPath = v.strictObject({
  file: v.pipe(v.string(), v.description('The name of the file; it changes with the content.')),
});

const health = {
  method: 'GET',
  path: '/api/health',
  function: 'console',
  access: 'open',
  dependsOn: ['database'],
  tag: 'Console',
  summary: 'Whether the service can use its database',
  request: {},
  responses: {
    200: {
      description: 'It can.',
      schema: HealthResponse,
      example: { success: true, status: 'ok', database: 'ok' },
    },
  },
  errors: {},
} as const satisfies Endpoint;

export const consoleEndpoints = {
  openapi: {
    method: 'GET',
    path: '/api/openapi.json',
    function: 'console',
    access: 'token',
    dependsOn: [],
    tag: 'Console',
    summary: 'This document',
    request: {},
    responses: { 200: { description: 'OpenAPI 3.1.', schema: OpenApiResponse, example: { openapi: '3.1.1' } } },
    errors: {},
  },
  health,
  /** The method that many monitors use. */
  healthHead: { ...health, method: 'HEAD' },
  page: {
    method: 'GET',
    path: '/',
    function: 'console',
    access: 'open',
    dependsOn: [],
    tag: 'Console',
    summary: 'The page for people',
    request: {},
    responses: {
      200: {
        description: 'The page.',
        mediaTypes: { 'text/html': '<!doctype html><html lang="en"><title>voice-agent-sync</title></html>' },
      },
      308: {
        description: 'Below a path prefix, without the slash at its end: the address with the slash.',
        mediaTypes: { 'text/plain': '' },
      },
    },
    errors: { page_not_built: ErrorResponse },
  },
  asset: {
    method: 'GET',
    path: '/assets/{file}',
    function: 'console',
    access: 'open',
    dependsOn: [],
    tag: 'Console',
    summary: 'Script and style of the page',
    request: { path: AssetPath },
    responses: {
      200: {
        description: 'The file; its name changes with its content.',
        mediaTypes: { 'text/javascript': 'const title = "voice-agent-sync";', 'text/css': 'body { margin: 0 }' },
      },
    },
    errors: { asset_not_found: ErrorResponse },
  },
} as const satisfies Endpoints;
