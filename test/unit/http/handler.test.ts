import { describe, expect, jest, test } from '@jest/globals';
import { AppError } from '../../../shared/errors.ts';
import { lambdaHandler } from '../../../shared/http/handler.ts';
import { busEvent, httpEvent, schedulerEvent, testContext } from '../../support/events.ts';
import { answered, ask, echoRoutes, pageRoute, SYNC, setup } from './stack.ts';

const failing = (error: unknown) =>
  pageRoute(async () => {
    throw error;
  });

describe('a response', () => {
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

  test('contains bytes in base64', async () => {
    const routes = pageRoute(async () => ({ status: 200, body: new Uint8Array([0, 255]) }));
    const handler = lambdaHandler({ services: () => setup().services, routes });
    expect(await handler(httpEvent({}), testContext())).toMatchObject({ body: 'AP8=', isBase64Encoded: true });
  });

  test.each([
    ['too large for a Lambda', { text: 'x'.repeat(6_000_000) }, 'answer_too_large'],
    ['not JSON', { big: 1n }, 'internal_error'],
  ])('that is %s becomes a failure', async (_, body, code) => {
    const routes = pageRoute(async () => ({ status: 200, body }));
    expect(await ask({ path: '/' }, setup(), routes)).toMatchObject({ status: 500, body: { success: false, code } });
  });

  test('that is a failure and too large for a Lambda is cut', async () => {
    const endless = '"'.repeat(3_000_000);
    const routes = failing(
      new AppError({ status: 400, code: 'endless', message: endless, hint: endless, details: { endless } }),
    );
    const cut = `${'"'.repeat(1_000)}…`;
    expect(await ask({ path: '/' }, setup(), routes)).toMatchObject({
      status: 400,
      body: { success: false, code: 'endless', error: cut, hint: cut },
    });
  });

  test('is logged with its request, route, status and duration', async () => {
    const kept = setup();
    await ask(SYNC, kept);
    expect(kept.entries).toEqual([
      {
        level: 'info',
        message: 'Request completed: 200',
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

describe('a path', () => {
  test('[A8] that is unknown: 404 with the endpoints', async () => {
    expect(await ask({ path: '/api/nothing' })).toMatchObject({
      status: 404,
      body: { code: 'not_found', hint: expect.stringContaining('/api/audit-agents') },
    });
  });

  test('with an unsupported method: 405 with the supported ones', async () => {
    expect(await ask({ method: 'DELETE', path: '/api/audit-agents' })).toMatchObject({
      status: 405,
      headers: { allow: 'GET, POST' },
      body: { code: 'method_not_allowed', allowed_methods: ['GET', 'POST'] },
    });
  });

  test('[A8] of another function is unknown to this one', async () => {
    expect(await ask({ method: 'GET', path: '/api/sync-runs' })).toMatchObject({ status: 405 });
  });

  test('contains its parameters', async () => {
    expect((await ask({ path: '/api/sync-runs/a%2Fb' })).body).toMatchObject({ id: 'a/b' });
  });
});

describe('a failure', () => {
  test('that is an AppError is the response, and its details cannot replace the common fields', async () => {
    const details = { agents: ['agent_1'], success: true, request_id: 'forged' };
    const error = new AppError({ status: 409, code: 'orphan_guard', message: 'Too many.', hint: 'Confirm.', details });
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
    'of any other kind (%p) gets a constant response, and is logged completely',
    async (thrown) => {
      const kept = setup();
      const answer = await ask({ path: '/' }, kept, failing(thrown));
      expect(answer).toMatchObject({ status: 500, body: { code: 'internal_error' } });
      expect(answer.text).not.toContain('hunter2');
      expect(kept.entries).toMatchObject([{ level: 'error', fields: { request_id: 'JKJaXmPLvHcESHA=' } }]);
    },
  );

  test('of an unexpected kind is logged with its stack', async () => {
    const kept = setup();
    const thrown = new TypeError('x is not a function');
    await ask({ path: '/' }, kept, failing(thrown));
    expect(kept.entries[0]?.fields['error']).toBe(thrown);
  });

  test('of a dependency is logged with its cause', async () => {
    const kept = setup();
    const cause = new Error('connect ECONNREFUSED');
    const error = new AppError({
      status: 503,
      code: 'database_unavailable',
      message: 'The database cannot be reached.',
      hint: 'Wait.',
      cause,
    });
    expect(await ask({ path: '/' }, kept, failing(error))).toMatchObject({ status: 503 });
    expect(kept.entries).toMatchObject([{ level: 'error', fields: { error: cause } }]);
  });

  test('whose details are not JSON is sent without them', async () => {
    const error = new AppError({ status: 409, code: 'odd', message: 'Odd.', hint: 'None.', details: { big: 1n } });
    expect(await ask({ path: '/' }, setup(), failing(error))).toMatchObject({ status: 409, body: { code: 'odd' } });
  });

  test('to create the services is an error response too', async () => {
    const services = () =>
      Promise.reject(
        new AppError({ status: 503, code: 'not_configured', message: 'RETELL_API_KEY is not set.', hint: 'Set it.' }),
      );
    const handler = lambdaHandler({ services, routes: echoRoutes() });
    const written = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    expect(answered(await handler(httpEvent({}), testContext()))).toMatchObject({ status: 503 });
    expect(written).toHaveBeenCalledWith(expect.stringContaining('"request_id":"JKJaXmPLvHcESHA="'), expect.anything());
    written.mockRestore();
  });

  test('[L1] to end in time is an error response, a second before the Lambda ends', async () => {
    const routes = pageRoute(() => new Promise<never>(() => undefined));
    const handler = lambdaHandler({ services: () => setup().services, routes });
    const answer = answered(await handler(httpEvent({}), testContext(1_050)));
    expect(answer).toMatchObject({ status: 503, body: { code: 'timeout' } });
  });
});

describe('an invocation that is not HTTP', () => {
  const event = busEvent('SyncContinuationRequested', { run_id: 'x' });

  test('reaches `onEvent` with its remaining time, and services whose log names the invocation', async () => {
    const kept = setup();
    const handler = lambdaHandler({
      services: () => kept.services,
      routes: [],
      async onEvent({ event, services, remainingMs }) {
        services.log.info('seen');
        return { event, left: remainingMs() > 0 };
      },
    });
    expect(await handler(event, testContext())).toEqual({ event, left: true });
    expect(await handler(schedulerEvent(), testContext())).toMatchObject({ event: { source: 'aws.scheduler' } });
    const seen = { message: 'seen', fields: { request_id: testContext().awsRequestId } };
    expect(kept.entries).toMatchObject([seen, seen]);
  });

  test('throws a new error for a failure, so that Lambda retries and its runtime prints no cause', async () => {
    const kept = setup();
    const onEvent = () => Promise.reject(Object.assign(new Error('duplicate key'), { detail: 'Key (name)=(Bob)' }));
    const handler = lambdaHandler({ services: () => kept.services, routes: [], onEvent });
    const thrown: unknown = await handler(event, testContext()).catch((error: unknown) => error);
    expect(thrown).toMatchObject({ code: 'internal_error', message: expect.stringContaining('request_id') });
    expect(Object.keys(Object(thrown))).toEqual(['code']);
    expect(kept.entries).toMatchObject([{ level: 'error', fields: { error: { message: 'duplicate key' } } }]);
  });

  test('is refused by a function that only serves HTTP', async () => {
    const handler = lambdaHandler({ services: () => setup().services, routes: echoRoutes() });
    await expect(handler(event, testContext())).rejects.toMatchObject({ code: 'http_only' });
  });
});
