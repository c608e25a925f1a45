/** The response to a wrong path, such as a mistyped webhook URL. */
import { describe, expect, test } from '@jest/globals';
import { ENDPOINTS } from '../../../shared/api/endpoints.ts';
import { matchEndpoint, unknownRoute } from '../../../shared/http/match-endpoint.ts';

function responseTo(method: string, path: string): string {
  const { status, message, hint } = unknownRoute(ENDPOINTS, { method, path });
  return `${status} ${message} ${hint}`;
}

describe('a path that is nearly right', () => {
  test.each([
    [
      '/api/retell-webhook/',
      '404 There is nothing at /api/retell-webhook/. Leave out the slash at the end: /api/retell-webhook.',
    ],
    [
      '/api/sync-runs/7//',
      '404 There is nothing at /api/sync-runs/7//. Leave out the slash at the end: /api/sync-runs/7.',
    ],
    [
      '/prod/api/retell-webhook',
      '404 There is nothing at /prod/api/retell-webhook. Leave out what is in front of /api/retell-webhook.',
    ],
    [
      '/voices/v1/api/retell-webhook/',
      '404 There is nothing at /voices/v1/api/retell-webhook/. Leave out the slash at the end: /voices/v1/api/retell-webhook.',
    ],
  ])('%s is refused, and the extra part is named', (path, response) => {
    expect(matchEndpoint(ENDPOINTS, 'POST', path)).toBeUndefined();
    expect(responseTo('POST', path)).toBe(response);
  });

  test.each(['/', '/other', '/api', '/api/retell-webhooks', '//', '/api/sync-runs/%zz/'])(
    '%s is not: the hint names the endpoints',
    (path) => {
      expect(responseTo('PUT', path)).toMatch(/Endpoints: \/api\/.*\.$|Use GET\.$/);
    },
  );
});

test('a method that the path does not support is refused with the supported ones', () => {
  expect(responseTo('DELETE', '/api/audit-agents')).toBe(
    '405 /api/audit-agents does not take DELETE. Use GET or POST.',
  );
});

test('a long path is shown shortened', () => {
  expect(responseTo('GET', `/${'x'.repeat(5_000)}`).length).toBeLessThan(1_000);
});

test('no pair of path and method belongs to two endpoints', () => {
  const keys = ENDPOINTS.map(({ method, path }) => `${method} ${path.replaceAll(/\{\w+\}/g, '{}')}`);
  expect(new Set(keys).size).toBe(keys.length);
});
