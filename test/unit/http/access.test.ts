import { describe, expect, test } from '@jest/globals';
import { ENDPOINTS } from '../../../shared/api/endpoints.ts';
import { lambdaHandler } from '../../../shared/http/handler.ts';
import { httpEvent, testContext } from '../../support/events.ts';
import { answered, ask, echoRoutes, SYNC, setup, TOKEN, WEBHOOK } from './stack.ts';

describe('a token', () => {
  test.each([
    ['none', undefined],
    ['another', 'Bearer another-token-of-some-length-0123456789'],
    ['a prefix of it', `Bearer ${TOKEN.slice(0, -1)}`],
    ['more than it', `Bearer ${TOKEN}x`],
    ['[A4] two, joined by the gateway', `Bearer ${TOKEN},Bearer ${TOKEN}`],
    ['no scheme', TOKEN],
    ['another scheme', `Basic ${TOKEN}`],
    ['two spaces', `Bearer  ${TOKEN}`],
    ['a trailing space', `Bearer ${TOKEN} `],
    ['an empty one', 'Bearer '],
    ['a name that JavaScript gives', 'Bearer undefined'],
  ])('[A5] that is %s is refused, counted, and nothing is read further', async (_, authorization) => {
    const kept = setup();
    const handler = lambdaHandler({ services: () => kept.services, routes: echoRoutes() });
    const headers = authorization === undefined ? {} : { authorization };
    const result = answered(await handler(httpEvent({ ...SYNC, headers, body: '{"broken' }), testContext()));
    expect(result).toMatchObject({
      status: 401,
      headers: { 'www-authenticate': 'Bearer' },
      body: { success: false, code: 'unauthorized', request_id: 'JKJaXmPLvHcESHA=' },
    });
    expect(kept.counted).toEqual(['UnauthorizedRequests']);
  });

  test.each(['Bearer', 'bearer', 'BEARER'])('passes with the scheme %s', async (scheme) => {
    expect(await ask({ ...SYNC, headers: { authorization: `${scheme} ${TOKEN}` } })).toMatchObject({ status: 200 });
  });

  test('[A3] passes whatever the case of the header name', async () => {
    const event = httpEvent({ ...SYNC, headers: { AUTHORIZATION: `Bearer ${TOKEN}` } });
    const handler = lambdaHandler({ services: () => setup().services, routes: echoRoutes() });
    expect(answered(await handler(event, testContext())).status).toBe(200);
  });

  test('[A4] is refused if the header is repeated, even in two spellings', async () => {
    const headers = { Authorization: `Bearer ${TOKEN}`, authorization: 'Bearer another' };
    expect(await ask({ ...SYNC, headers })).toMatchObject({ status: 401 });
  });

  test('is not needed where none is set, nor by open and signed routes', async () => {
    expect(await ask({ ...SYNC, headers: { authorization: '' } }, setup(null))).toMatchObject({ status: 200 });
    expect(await ask({ path: '/api/health', headers: { authorization: '' } })).toMatchObject({ status: 200 });
    expect(await ask({ ...WEBHOOK, headers: { authorization: '' } })).toMatchObject({ status: 200 });
  });

  test('[A2] that is set but empty authorizes no request', async () => {
    const kept = setup('');
    expect(await ask({ ...SYNC, headers: { authorization: 'Bearer ' } }, kept)).toMatchObject({ status: 401 });
    expect(await ask({ ...SYNC, headers: { authorization: 'Bearer x' } }, kept)).toMatchObject({ status: 401 });
  });

  test('[A7] is required by every token route in the contract', async () => {
    const routes = ENDPOINTS.map((endpoint) => ({ endpoint, respond: () => Promise.reject(new Error('reached')) }));
    for (const { method, path } of ENDPOINTS.filter(({ access }) => access === 'token')) {
      const request = { method, path: path.replace('{id}', '1'), headers: { authorization: '' } };
      expect(await ask(request, setup(), routes)).toMatchObject({ status: 401 });
    }
  });
});
