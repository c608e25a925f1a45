import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { ENDPOINTS } from '../../../shared/api/endpoints.ts';
import { lambdaHandler } from '../../../shared/http/handler.ts';
import { readInvocation } from '../../../shared/http/request.ts';
import { httpEvent, testContext } from '../../support/events.ts';
import { type Answered, answered, echoRoutes, setup, TOKEN } from './stack.ts';

const CODES = new Set([
  'unauthorized',
  'not_found',
  'method_not_allowed',
  'payload_too_large',
  'unsupported_media_type',
  'invalid_json',
  'invalid_request',
]);

/** Of a path in a URL. fast-check's own first lists all code points, which takes a second. */
const segment = fc.string({
  unit: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...Array.from("abcxyzABCXYZ0189-._~!$&'()*+,;=:@")) },
    fc.nat(0x10_ffff).map((code) => encodeURIComponent(String.fromCodePoint(code).toWellFormed())),
  ),
});
const path = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...ENDPOINTS.map((route) => route.path.replace(/\{\w+\}/, 'x'))) },
  fc.array(segment).map((segments) => `/${segments.join('/')}`.replace(/^\/+/, '/')),
);

const headers = fc
  .record(
    {
      authorization: fc.oneof(fc.constant(`Bearer ${TOKEN}`), fc.string(), fc.constant(`bearer ${TOKEN},Bearer x`)),
      'content-type': fc.oneof(fc.constantFrom('application/json', 'Application/JSON;x', 'text/plain'), fc.string()),
      'content-encoding': fc.constantFrom('identity', 'gzip', ''),
    },
    { requiredKeys: [] },
  )
  .chain((known) =>
    fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }).map((other) => Object.assign(other, known)),
  );

const body = fc.oneof(
  fc.json(),
  fc.string(),
  fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  fc.record({ dry_run: fc.anything(), older_than_days: fc.double() }, { requiredKeys: [] }).map(toJson),
  fc.constant('{"__proto__": 1}'),
);

function toJson(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return '{';
  }
}

function isDocumented({ status, headers: sent, body: given }: Answered): boolean {
  if (sent['x-request-id'] === undefined || sent['x-content-type-options'] !== 'nosniff') return false;
  if (status === 200) return given['success'] === true || sent['content-type'] === 'text/html; charset=utf-8';
  const { success, error, code, hint, request_id } = given;
  const texts = [error, code, hint, request_id].every((text) => typeof text === 'string' && text !== '');
  return status >= 400 && status < 500 && success === false && texts && CODES.has(String(code));
}

test('[S3] any request gets a response of a documented shape, and never a 5xx', async () => {
  const handler = lambdaHandler({ services: () => setup().services, routes: echoRoutes(), endpoints: ENDPOINTS });
  const request = fc.record({
    method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD', 'get', ''),
    path,
    headers,
    body,
  });
  await fc.assert(
    fc.asyncProperty(request, async (sent) => {
      expect(isDocumented(answered(await handler(httpEvent(sent), testContext())))).toBe(true);
    }),
    { numRuns: 1_000 },
  );
});

test('any event of the gateway is read as a request', () => {
  const anything = fc.record(
    {
      routeKey: fc.anything(),
      rawPath: fc.anything(),
      headers: fc.anything(),
      queryStringParameters: fc.anything(),
      pathParameters: fc.anything(),
      body: fc.anything(),
      isBase64Encoded: fc.anything(),
      requestContext: fc.record({ http: fc.record({ method: fc.anything() }), requestId: fc.anything() }),
    },
    { requiredKeys: ['requestContext'] },
  );
  fc.assert(
    fc.property(anything, (event) => {
      const invocation = readInvocation(event, testContext());
      expect(invocation.kind === 'request' && invocation.request.request_id).toMatch(/./s);
    }),
  );
});
