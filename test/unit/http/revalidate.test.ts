import { expect, test } from '@jest/globals';
import { type GatewayResult, gatewayResult } from '../../../shared/http/response.ts';
import { revalidated } from '../../../shared/http/revalidate.ts';

const result = gatewayResult({ status: 200, body: { success: true } }, 'id');
const etag = revalidated(result, undefined).headers['etag'] ?? '';

function statusFor(ifNoneMatch: string, sent: GatewayResult = result): number {
  return revalidated(sent, ifNoneMatch).statusCode;
}

test('a result has an ETag that changes with its body only', () => {
  expect(etag).toMatch(/^W\/"[\w-]{22}"$/);
  expect(revalidated(gatewayResult({ status: 200, body: { success: true } }, 'other'), undefined).headers['etag']).toBe(
    etag,
  );
  expect(revalidated(gatewayResult({ status: 200, body: {} }, 'id'), undefined).headers['etag']).not.toBe(etag);
});

test.each([etag, etag.replace('W/', ''), `"other", ${etag}`, '*'])(
  'If-None-Match %s gets a 304 without a body',
  (sent) => {
    expect(revalidated(result, sent)).toMatchObject({ statusCode: 304, body: '', headers: { etag } });
  },
);

test.each(['', '"other"', etag.slice(0, -2)])('If-None-Match %s gets the body', (sent) => {
  expect(statusFor(sent)).toBe(200);
});

test('an error is sent unchanged', () => {
  const error = gatewayResult({ status: 503, body: {} }, 'id');
  expect(revalidated(error, '*')).toBe(error);
});
