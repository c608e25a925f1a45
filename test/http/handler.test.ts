import { describe, expect, jest, test } from '@jest/globals';
import { LIMITS, ROUTES } from '../../shared/contract.ts';
import { AppError } from '../../shared/errors.ts';
import { endpoint } from '../../shared/http/endpoint.ts';
import { lambdaHandler } from '../../shared/http/handler.ts';
import { busEvent, httpEvent, schedulerEvent, testContext } from '../support/events.ts';
import { answered, ask, echoRoutes, setup, TOKEN } from './stack.ts';

const SYNC = { method: 'POST', path: '/api/sync-retell-agents' };
const WEBHOOK = { method: 'POST', path: '/api/retell-webhook' };
const JSON_TYPE = { 'content-type': 'application/json' };

describe('an answer', () => {
  test('is JSON with strict headers and the id of the request', async () => {
    const { status, headers, body } = await ask({ ...SYNC, body: { dry_run: true } });
    expect(status).toBe(200);
    expect(body).toEqual({ success: true, body: { dry_run: true, older_than_days: 7 } });
    expect(headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-request-id': 'JKJaXmPLvHcESHA=',
    });
  });

  test('keeps the content type that the endpoint gives', async () => {
    const { headers, text } = await ask({ path: '/' });
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(text).toBe('<!doctype html>');
  });

  test('holds bytes in base64', async () => {
    const routes = { 'GET /': endpoint({ respond: () => ({ status: 200, body: new Uint8Array([0, 255]) }) }) };
    const handler = lambdaHandler({ services: () => setup().services, routes });
    expect(await handler(httpEvent({}), testContext())).toMatchObject({ body: 'AP8=', isBase64Encoded: true });
  });

  test.each([
    ['too large for a Lambda', { text: 'x'.repeat(6_000_000) }, 'answer_too_large'],
    ['not JSON', { big: 1n }, 'internal_error'],
  ])('that is %s becomes a failure', async (_, body, code) => {
    const routes = { 'GET /': endpoint({ respond: () => ({ status: 200, body }) }) };
    expect(await ask({ path: '/' }, setup(), routes)).toMatchObject({ status: 500, body: { success: false, code } });
  });

  test('is logged with its request, route, status and duration', async () => {
    const kept = setup();
    await ask(SYNC, kept);
    expect(kept.entries).toEqual([
      {
        level: 'info',
        message: 'answered',
        fields: {
          request_id: 'JKJaXmPLvHcESHA=',
          route: 'POST /api/sync-retell-agents',
          status: 200,
          duration_ms: expect.any(Number),
        },
      },
    ]);
  });
});

describe('a token', () => {
  test.each([
    ['none', undefined],
    ['another', 'Bearer another-token-of-some-length-0123456789'],
    ['a prefix of it', `Bearer ${TOKEN.slice(0, -1)}`],
    ['more than it', `Bearer ${TOKEN}x`],
    ['two, joined by the gateway', `Bearer ${TOKEN},Bearer ${TOKEN}`],
    ['no scheme', TOKEN],
    ['another scheme', `Basic ${TOKEN}`],
    ['two spaces', `Bearer  ${TOKEN}`],
    ['a trailing space', `Bearer ${TOKEN} `],
    ['an empty one', 'Bearer '],
    ['a name that JavaScript gives', 'Bearer undefined'],
  ])('that is %s is refused, counted, and nothing is read further', async (_, authorization) => {
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

  test('passes whatever the case of the header name', async () => {
    const event = httpEvent({ ...SYNC, headers: { AUTHORIZATION: `Bearer ${TOKEN}` } });
    const handler = lambdaHandler({ services: () => setup().services, routes: echoRoutes() });
    expect(answered(await handler(event, testContext())).status).toBe(200);
  });

  test('under two spellings of the header name is refused like any repeated one', async () => {
    const headers = { Authorization: `Bearer ${TOKEN}`, authorization: 'Bearer another' };
    expect(await ask({ ...SYNC, headers })).toMatchObject({ status: 401 });
  });

  test('is not needed where none is set, nor by open and signed routes', async () => {
    expect(await ask({ ...SYNC, headers: { authorization: '' } }, setup(null))).toMatchObject({ status: 200 });
    expect(await ask({ path: '/api/health', headers: { authorization: '' } })).toMatchObject({ status: 200 });
    expect(await ask({ ...WEBHOOK, headers: { authorization: '' } })).toMatchObject({ status: 200 });
  });

  test('that is set but empty lets nobody in', async () => {
    const kept = setup('');
    expect(await ask({ ...SYNC, headers: { authorization: 'Bearer ' } }, kept)).toMatchObject({ status: 401 });
    expect(await ask({ ...SYNC, headers: { authorization: 'Bearer x' } }, kept)).toMatchObject({ status: 401 });
  });

  test('is asked of every token route in the contract', async () => {
    for (const route of ROUTES.filter(({ access }) => access === 'token')) {
      const path = route.path.replace('{id}', '1');
      expect(await ask({ method: route.method, path, headers: { authorization: '' } })).toMatchObject({ status: 401 });
    }
  });
});

describe('a body', () => {
  test('may be absent: the defaults hold', async () => {
    expect((await ask(SYNC)).body).toMatchObject({ body: { dry_run: false } });
    expect((await ask({ ...SYNC, body: '', headers: JSON_TYPE })).body).toMatchObject({ body: { dry_run: false } });
  });

  test('may be base64', async () => {
    const body = Buffer.from('{"dry_run":true}');
    expect((await ask({ ...SYNC, body, headers: JSON_TYPE })).body).toMatchObject({ body: { dry_run: true } });
  });

  test.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON', 'application/problem+json'])(
    'of type %s is read',
    async (type) => {
      const request = { ...SYNC, body: '{"dry_run":true}', headers: { 'content-type': type } };
      expect(await ask(request)).toMatchObject({ status: 200 });
    },
  );

  test.each([
    undefined,
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/jsonp',
    'application/json,text/plain',
  ])('of type %s is refused with the header to send', async (type) => {
    const request = { ...SYNC, body: '{}', ...(type === undefined ? {} : { headers: { 'content-type': type } }) };
    expect(await ask(request)).toMatchObject({
      status: 415,
      body: { code: 'unsupported_media_type', hint: expect.stringContaining('Content-Type: application/json') },
    });
  });

  test('of another type is refused for its type, whatever its bytes', async () => {
    const headers = { 'content-type': 'application/octet-stream' };
    expect(await ask({ ...SYNC, body: Buffer.from([0xff]), headers })).toMatchObject({ status: 415 });
  });

  test('that is compressed is refused', async () => {
    const headers = { ...JSON_TYPE, 'content-encoding': 'gzip' };
    expect(await ask({ ...SYNC, body: '{}', headers })).toMatchObject({ status: 415 });
  });

  test.each([
    ['cut off', '{"dry_run": tr'],
    ['not JSON', 'dry_run=true'],
    ['two values', '{} {}'],
    ['a prototype', '{"__proto__": {"dry_run": true}}'],
    ['a constructor', '{"constructor": {"prototype": {"x": 1}}}'],
    ['not UTF-8', Buffer.from([0x22, 0xff, 0xfe, 0x22])],
    ['a byte order mark', '\ufeff{}'],
    ['nested without end', '['.repeat(100_000)],
    ['nested deeply', '['.repeat(100_000) + ']'.repeat(100_000)],
  ])('that is %s is refused', async (_, body) => {
    const answer = await ask({ ...SYNC, body, headers: JSON_TYPE });
    expect(answer).toMatchObject({ status: 400, body: { success: false } });
    expect(Reflect.get({}, 'dry_run')).toBeUndefined();
  });

  test('larger than the limit is refused, signed or not, and however it is encoded', async () => {
    const body = Buffer.alloc(LIMITS.bodyBytes + 1, ' ');
    for (const route of [SYNC, WEBHOOK]) {
      expect(await ask({ ...route, body, headers: JSON_TYPE })).toMatchObject({ status: 413 });
      expect(await ask({ ...route, body: body.toString(), headers: JSON_TYPE })).toMatchObject({
        status: 413,
        body: { code: 'payload_too_large' },
      });
    }
    expect(await ask({ ...WEBHOOK, body: body.subarray(1) })).toMatchObject({ status: 200 });
  });

  test('that is signed reaches its endpoint as the bytes that were sent, valid JSON or not', async () => {
    const bytes = Buffer.from([0x7b, 0xff, 0x00, 0x22]);
    expect((await ask({ ...WEBHOOK, body: bytes, headers: JSON_TYPE })).body).toMatchObject({ bytes: '7bff0022' });
    expect((await ask({ ...WEBHOOK, body: '{"a": 1}' })).body).toMatchObject({
      bytes: Buffer.from('{"a": 1}').toString('hex'),
    });
  });
});

describe('an input that its schema refuses', () => {
  test.each([
    [{ dry_run: 'yes' }, 'dry_run', '"yes"', 'must be true or false'],
    [{ older_than_days: -1 }, 'older_than_days', '-1', 'must be at least 0'],
    [{ older_than_days: 1.5 }, 'older_than_days', '1.5', 'must be a whole number'],
    [{ mode: 'slow' }, 'mode', '"slow"', 'must be "full" or "fast"'],
    [{ dryrun: true }, 'dryrun', 'unknown', 'must be left out: known here: dry_run, older_than_days, mode'],
  ])('%j: the field, what was got, what is allowed', async (body, field, got, allowed) => {
    expect(await ask({ ...SYNC, body, headers: JSON_TYPE })).toMatchObject({
      status: 400,
      body: {
        success: false,
        code: 'invalid_request',
        error: `The body is not valid: ${field} is ${got}.`,
        hint: `${field} ${allowed}.`,
        issues: [{ field, got, allowed }],
      },
    });
  });

  test.each([
    [[], 'a list'],
    ['null', 'null'],
  ])('%j: a body that is no object', async (body, got) => {
    expect((await ask({ ...SYNC, body, headers: JSON_TYPE })).body).toMatchObject({
      error: `The body is not valid: the body is ${got}.`,
      hint: 'the body must be an object.',
    });
  });

  test('names every field that is wrong', async () => {
    const { body } = await ask({ ...SYNC, body: { dry_run: 1, older_than_days: 'x' } });
    expect(body['error']).toBe('The body is not valid: dry_run is 1, older_than_days is "x".');
  });

  test('may be a query', async () => {
    expect((await ask({ path: '/api/audit-agents?agent_id=agent_1' })).body).toMatchObject({
      query: { agent_id: 'agent_1' },
    });
    expect(await ask({ path: '/api/audit-agents?agent=1' })).toMatchObject({
      status: 400,
      body: { code: 'invalid_request', hint: 'agent must be left out: known here: agent_id.' },
    });
    expect(await ask({ path: `/api/audit-agents?agent_id=${'x'.repeat(200)}` })).toMatchObject({ status: 400 });
  });
});

describe('a path', () => {
  test('that is unknown: 404 with the endpoints', async () => {
    expect(await ask({ path: '/api/nothing' })).toMatchObject({
      status: 404,
      body: { code: 'not_found', hint: expect.stringContaining('/api/audit-agents') },
    });
  });

  test('with a method that it does not take: 405 with those that it does', async () => {
    expect(await ask({ method: 'DELETE', path: '/api/audit-agents' })).toMatchObject({
      status: 405,
      headers: { allow: 'GET, POST' },
      body: { code: 'method_not_allowed', allowed_methods: ['GET', 'POST'] },
    });
  });

  test('of another function is unknown to this one', async () => {
    expect(await ask({ method: 'GET', path: '/api/sync-runs' })).toMatchObject({ status: 405 });
  });

  test('holds its parameters', async () => {
    expect((await ask({ path: '/api/sync-runs/a%2Fb' })).body).toMatchObject({ id: 'a/b' });
  });
});

describe('a failure', () => {
  const failing = (error: unknown) => ({
    'GET /': endpoint({
      respond: () => {
        throw error;
      },
    }),
  });

  test('of our own kind is answered as it is, and its details cannot replace what every failure has', async () => {
    const details = { agents: ['agent_1'], success: true, request_id: 'forged' };
    const error = new AppError(409, 'orphan_guard', 'Too many.', 'Confirm.', { details });
    const kept = setup();
    expect(await ask({ path: '/' }, kept, failing(error))).toMatchObject({
      status: 409,
      body: {
        success: false,
        error: 'Too many.',
        code: 'orphan_guard',
        hint: 'Confirm.',
        agents: ['agent_1'],
        request_id: 'JKJaXmPLvHcESHA=',
      },
    });
    expect(kept.entries).toMatchObject([{ level: 'warn', fields: { code: 'orphan_guard' } }]);
  });

  test.each([[new Error('password is hunter2')], ['a string'], [null], [undefined], [{ statusCode: 200 }]])(
    'of any other kind (%p) is answered in constant words, and logged whole',
    async (thrown) => {
      const kept = setup();
      const answer = await ask({ path: '/' }, kept, failing(thrown));
      expect(answer).toMatchObject({ status: 500, body: { code: 'internal_error' } });
      expect(answer.text).not.toContain('hunter2');
      expect(kept.entries).toMatchObject([{ level: 'error', fields: { request_id: 'JKJaXmPLvHcESHA=' } }]);
    },
  );

  test('that nobody foresaw is logged itself, stack and all', async () => {
    const kept = setup();
    const thrown = new TypeError('x is not a function');
    await ask({ path: '/' }, kept, failing(thrown));
    expect(kept.entries[0]?.fields['error']).toBe(thrown);
  });

  test('of a dependency is logged with its cause', async () => {
    const kept = setup();
    const cause = new Error('connect ECONNREFUSED');
    const error = new AppError(503, 'database_unavailable', 'The database cannot be reached.', 'Wait.', { cause });
    expect(await ask({ path: '/' }, kept, failing(error))).toMatchObject({ status: 503 });
    expect(kept.entries).toMatchObject([{ level: 'error', fields: { error: cause } }]);
  });

  test('whose details are not JSON is answered without them', async () => {
    const error = new AppError(409, 'odd', 'Odd.', 'None.', { details: { big: 1n } });
    expect(await ask({ path: '/' }, setup(), failing(error))).toMatchObject({ status: 409, body: { code: 'odd' } });
  });

  test('to make the services is an answer too', async () => {
    const services = () => Promise.reject(new AppError(503, 'not_configured', 'RETELL_API_KEY is not set.', 'Set it.'));
    const handler = lambdaHandler({ services, routes: echoRoutes() });
    const written = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    expect(answered(await handler(httpEvent({}), testContext()))).toMatchObject({ status: 503 });
    expect(written).toHaveBeenCalledWith(expect.stringContaining('"request_id":"JKJaXmPLvHcESHA="'), expect.anything());
    written.mockRestore();
  });

  test('to end in time is an answer, a second before the Lambda ends', async () => {
    const routes = { 'GET /': endpoint({ respond: () => new Promise<never>(() => undefined) }) };
    const handler = lambdaHandler({ services: () => setup().services, routes });
    const answer = answered(await handler(httpEvent({}), testContext(1_050)));
    expect(answer).toMatchObject({ status: 503, body: { code: 'timeout' } });
  });
});

describe('an invocation that is not HTTP', () => {
  const event = busEvent('SyncContinuationRequested', { run_id: 'x' });

  test('reaches `direct` with its event, id, remaining time and the services', async () => {
    const { services } = setup();
    const handler = lambdaHandler({
      services: () => services,
      routes: {},
      direct: (invocation, given) => {
        const { request_id } = invocation;
        return Promise.resolve({
          event: invocation.event,
          request_id,
          left: invocation.remainingMs() > 0,
          same: given === services,
        });
      },
    });
    const request_id = testContext().awsRequestId;
    expect(await handler(event, testContext())).toEqual({ event, request_id, left: true, same: true });
    expect(await handler(schedulerEvent(), testContext())).toMatchObject({ event: { source: 'aws.scheduler' } });
  });

  test('throws anew what goes wrong, so that Lambda retries and its runtime prints no cause', async () => {
    const kept = setup();
    const direct = () => Promise.reject(Object.assign(new Error('duplicate key'), { detail: 'Key (name)=(Bob)' }));
    const handler = lambdaHandler({ services: () => kept.services, routes: {}, direct });
    const thrown: unknown = await handler(event, testContext()).catch((error: unknown) => error);
    expect(thrown).toMatchObject({ code: 'internal_error', message: expect.stringContaining('request_id') });
    expect(Object.keys(Object(thrown))).toEqual(['code']);
    expect(kept.entries).toMatchObject([{ level: 'error', fields: { error: { message: 'duplicate key' } } }]);
  });

  test('is refused by a function that only answers HTTP', async () => {
    const handler = lambdaHandler({ services: () => setup().services, routes: echoRoutes() });
    await expect(handler(event, testContext())).rejects.toMatchObject({ code: 'http_only' });
  });
});
