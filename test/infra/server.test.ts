import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { type RunningServer, type ServerOptions, startServer } from '../../infra/local/server.ts';
import type { HttpFunctionName } from '../../shared/contract.ts';
import { type LambdaHandler, lambdaHandler } from '../../shared/http/handler.ts';
import { echoRoutes, setup, TOKEN } from '../http/stack.ts';

const NAMES: readonly HttpFunctionName[] = ['sync', 'audit', 'cleanup', 'webhook', 'scheduled-sync', 'console'];
const JSON_TYPE = { 'content-type': 'application/json' };

function handlersOf(make: (name: HttpFunctionName) => LambdaHandler): ServerOptions['handlers'] {
  const [sync, audit, cleanup, webhook, scheduled, console] = NAMES.map(make);
  if (!sync || !audit || !cleanup || !webhook || !scheduled || !console) throw new Error('six functions');
  return { sync, audit, cleanup, webhook, 'scheduled-sync': scheduled, console };
}

/** Answers with the event and context that it was given, and the name of the function. */
const echo = handlersOf((name) => async (event, context) => ({
  statusCode: 200,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ name, event, context, left: context.getRemainingTimeInMillis() }),
}));

interface Echoed {
  readonly name: HttpFunctionName;
  readonly event: APIGatewayProxyEventV2;
  readonly context: Context;
  readonly left: number;
}

/** What a raw socket gets for these bytes, until the server ends the connection. */
async function raw(server: RunningServer, bytes: string): Promise<string> {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  socket.write(bytes);
  return readText(socket);
}

async function withServer<T>(options: Partial<ServerOptions>, use: (server: RunningServer) => Promise<T>): Promise<T> {
  const server = await startServer({ port: 0, handlers: echo, ...options });
  try {
    return await use(server);
  } finally {
    await server.close(0);
  }
}

describe('the event that a function gets', () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await startServer({ port: 0, handlers: echo, timeoutMs: { sync: 60_000 } });
  });
  afterAll(() => server.close());

  async function echoed(path: string, init: RequestInit = {}): Promise<Echoed> {
    const response = await fetch(`${server.url}${path}`, init);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the echo above made it
    return (await response.json()) as Echoed;
  }

  test('is payload 2.0, of the route of the contract', async () => {
    const { name, event } = await echoed('/api/sync-runs/a%20b?x=1&x=2&y=%C3%A9+z', { headers: { 'X-Test': 'T' } });
    expect(name).toBe('console');
    expect(event).toMatchObject({
      version: '2.0',
      routeKey: 'GET /api/sync-runs/{id}',
      rawPath: '/api/sync-runs/a%20b',
      rawQueryString: 'x=1&x=2&y=%C3%A9+z',
      queryStringParameters: { x: '1,2', y: 'é z' },
      pathParameters: { id: 'a b' },
      headers: { 'x-test': 'T' },
      isBase64Encoded: false,
      requestContext: {
        http: { method: 'GET', path: '/api/sync-runs/a%20b', protocol: 'HTTP/1.1', sourceIp: '127.0.0.1' },
        stage: '$default',
        routeKey: 'GET /api/sync-runs/{id}',
        time: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
      },
    });
    expect(event).not.toHaveProperty('body');
  });

  test('leaves out an empty query, as the gateway does', async () => {
    const { event } = await echoed('/');
    expect(event).not.toHaveProperty('queryStringParameters');
    expect(event).not.toHaveProperty('pathParameters');
    expect(event.rawQueryString).toBe('');
  });

  test('holds text as it is, and bytes in base64', async () => {
    const post = { method: 'POST' };
    const sync = '/api/sync-retell-agents';
    expect((await echoed(sync, { ...post, body: '{"a":"é"}', headers: JSON_TYPE })).event).toMatchObject({
      body: '{"a":"é"}',
      isBase64Encoded: false,
    });
    expect((await echoed(sync, { ...post, body: new Uint8Array([0, 255]) })).event).toMatchObject({
      body: 'AP8=',
      isBase64Encoded: true,
    });
    expect((await echoed(sync, { ...post, body: new Uint8Array([255]), headers: JSON_TYPE })).event).toMatchObject({
      body: '/w==',
      isBase64Encoded: true,
    });
  });

  test('splits cookies from the headers', async () => {
    const { event } = await echoed('/', { headers: { cookie: 'a=1; b=2' } });
    expect(event.cookies).toEqual(['a=1', 'b=2']);
    expect(event.headers).not.toHaveProperty('cookie');
  });

  test('joins repeated headers by a comma, Authorization too', async () => {
    const given = await raw(
      server,
      'GET / HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\nConnection: close\r\n\r\n',
    );
    expect(given).toContain('"authorization":"Bearer a,Bearer b"');
  });

  test('comes with a context whose time runs down from what the function may take', async () => {
    const sync = await echoed('/api/sync-retell-agents', { method: 'POST' });
    expect(sync.left).toBeGreaterThan(50_000);
    expect(sync.left).toBeLessThanOrEqual(60_000);
    expect(sync.context).toMatchObject({ functionName: 'sync', awsRequestId: sync.event.requestContext.requestId });
    expect((await echoed('/')).left).toBeGreaterThan(800_000);
  });

  test('goes to the console under $default when no route takes it', async () => {
    for (const [method, path] of [
      ['GET', '/nothing'],
      ['PUT', '/api/audit-agents'],
      ['GET', '/api/sync-runs/'],
      ['GET', '//'],
    ]) {
      const { name, event } = await echoed(`${path}`, { method: `${method}` });
      expect({ name, routeKey: event.routeKey }).toEqual({ name: 'console', routeKey: '$default' });
    }
  });
});

describe('with the handler stack behind it', () => {
  let server: RunningServer;
  beforeAll(async () => {
    const { services } = setup();
    const handler = lambdaHandler({ services: () => services, routes: echoRoutes() });
    server = await startServer({ port: 0, handlers: handlersOf(() => handler) });
  });
  afterAll(() => server.close());

  const authorization = { authorization: `Bearer ${TOKEN}` };

  test.each<[string, string, RequestInit, number]>([
    ['a page', '/', {}, 200],
    ['an empty POST', '/api/sync-retell-agents', { method: 'POST', headers: authorization }, 200],
    ['no token', '/api/sync-retell-agents', { method: 'POST' }, 401],
    ['an unknown path', '/nothing', {}, 404],
    ['another method', '/api/audit-agents', { method: 'DELETE' }, 405],
    ['a HEAD', '/', { method: 'HEAD' }, 405],
    [
      'a form',
      '/api/sync-retell-agents',
      { method: 'POST', headers: authorization, body: new URLSearchParams('a=b') },
      415,
    ],
    ['a malformed path', '/api/sync-runs/%zz', { headers: authorization }, 400],
  ])('%s: %s', async (_, path, init, status) => {
    const response = await fetch(`${server.url}${path}`, init);
    expect(response.status).toBe(status);
    expect(response.headers.get('x-request-id')).toMatch(/./);
    await response.body?.cancel();
  });

  test('a body over 10 MB is refused, whether its length is told or not', async () => {
    const url = `${server.url}/api/sync-retell-agents`;
    const body = Buffer.alloc(10_000_001, ' ');
    const told = await fetch(url, { method: 'POST', headers: { ...authorization, ...JSON_TYPE }, body });
    expect(await told.json()).toMatchObject({ success: false, code: 'payload_too_large' });
    const untold = httpRequest(url, { method: 'POST', headers: { ...authorization, 'transfer-encoding': 'chunked' } });
    untold.end(body);
    const [response] = await once(untold, 'response');
    expect(response).toMatchObject({ statusCode: 413 });
    response.resume();
  });

  test.each([
    ['another host', 'Host: evil.example'],
    ['a host that only begins like this one', 'Host: localhost.evil.example'],
    ['two hosts', 'Host: localhost\r\nHost: evil.example'],
    ['the page of another origin', 'Host: localhost\r\nOrigin: https://evil.example'],
    ['a sandboxed page', 'Host: localhost\r\nOrigin: null'],
  ])('a request from %s is refused', async (_, lines) => {
    const given = await raw(server, `POST /api/sync-retell-agents HTTP/1.1\r\n${lines}\r\nConnection: close\r\n\r\n`);
    expect(given).toMatch(/^HTTP\/1\.1 403 /);
    expect(given).toMatch(/"code":"foreign_(host|origin)"/);
  });

  test('its own page and the names of this machine are let in, and signed requests by any name', async () => {
    const { port } = new URL(server.url);
    for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`, 'LOCALHOST']) {
      const lines = `Host: ${host}\r\nOrigin: http://${host}\r\nConnection: close`;
      expect(await raw(server, `GET / HTTP/1.1\r\n${lines}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 200 /);
    }
    const tunnel = 'Host: abc.ngrok.app\r\nConnection: close\r\nContent-Length: 2';
    expect(await raw(server, `POST /api/retell-webhook HTTP/1.1\r\n${tunnel}\r\n\r\n{}`)).toMatch(/^HTTP\/1\.1 200 /);
  });

  test.each([
    [
      'two body lengths',
      'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello',
      400,
    ],
    [
      'a length and chunks',
      'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['no HTTP at all', 'hello\r\n\r\n', 400],
    ['no host', 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    [
      'another scheme in the target',
      'GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
      400,
    ],
    ['endless headers', `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
  ])('%s is refused, and the connection ended', async (_, bytes, status) => {
    expect(await raw(server, bytes)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  });
});

describe('an answer', () => {
  const answering = (result: unknown) => ({ handlers: handlersOf(() => () => Promise.resolve(result)) });

  test('may be bytes, with cookies', async () => {
    const result = {
      statusCode: 201,
      headers: { 'x-n': 1 },
      cookies: ['a=1', 'b=2'],
      body: 'AP8=',
      isBase64Encoded: true,
    };
    await withServer(answering(result), async ({ url }) => {
      const response = await fetch(url);
      expect([response.status, response.headers.get('x-n')]).toEqual([201, '1']);
      expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
      expect([...(await response.bytes())]).toEqual([0, 255]);
    });
  });

  test.each([
    ['nothing', undefined],
    ['no status', { body: 'x' }],
    ['a status that is none', { statusCode: 99 }],
    ['a header that would split the answer', { statusCode: 200, headers: { 'x-a': 'b\r\nx-c: d' } }],
  ])('that is %s is a failure of ours', async (_, result) => {
    await withServer(answering(result), async ({ url }) => {
      const response = await fetch(url);
      expect(response.status).toBe(500);
      expect(await response.json()).toMatchObject({ success: false, code: 'internal_error' });
    });
  });

  test('of a handler that throws is a failure of ours, without its words', async () => {
    const handlers = handlersOf(() => () => Promise.reject(new Error('hunter2')));
    await withServer({ handlers }, async ({ url }) => {
      const response = await fetch(url);
      expect(response.status).toBe(500);
      expect(await response.text()).not.toContain('hunter2');
    });
  });

  test('that does not come in time is given up', async () => {
    const handlers = handlersOf(() => () => new Promise<never>(() => undefined));
    await withServer({ handlers, timeoutMs: { console: 20 } }, async ({ url }) => {
      expect((await fetch(url)).status).toBe(503);
    });
  });
});

describe('a caller that holds a connection open', () => {
  test.each([
    ['headers', 'GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow:'],
    ['a body', 'POST /api/retell-webhook HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{'],
  ])('with unfinished %s is sent away', async (_, bytes) => {
    const given = await withServer({ arrivalMs: 100 }, (server) => raw(server, bytes));
    expect(given).toMatch(/^HTTP\/1\.1 408 /);
  });
});

describe('listening', () => {
  test('on a busy port fails in one sentence that names PORT', async () => {
    await withServer({}, async ({ url }) => {
      const port = Number(new URL(url).port);
      const message = `Port ${port} is in use; set PORT to another one.`;
      await expect(startServer({ port, handlers: echo })).rejects.toThrow(message);
    });
  });

  test('is on this machine only', async () => {
    await withServer({}, async ({ url }) => expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/));
  });
});

describe('closing', () => {
  test('lets an answer under way finish, cuts what idles, and takes nothing more', async () => {
    const begun = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const slow: LambdaHandler = async () => {
      begun.resolve();
      await release.promise;
      return { statusCode: 200, body: 'done' };
    };
    const server = await startServer({ port: 0, handlers: handlersOf(() => slow) });
    const idle = connect(Number(new URL(server.url).port), '127.0.0.1');
    const idleClosed = once(idle.resume(), 'close');
    const answer = fetch(server.url);
    await begun.promise;
    const closed = server.close();
    await expect(fetch(server.url)).rejects.toThrow('fetch failed');
    release.resolve();
    expect(await (await answer).text()).toBe('done');
    await Promise.all([closed, idleClosed]);
  });

  test('gives up an answer that takes too long, and may be asked for twice', async () => {
    const handlers = handlersOf(() => () => new Promise<never>(() => undefined));
    const server = await startServer({ port: 0, handlers });
    const cut = fetch(server.url).catch(String);
    const open = connect(Number(new URL(server.url).port), '127.0.0.1');
    open.on('error', () => undefined);
    await once(open, 'connect');
    await Promise.all([server.close(10), server.close(10)]);
    expect(await cut).toContain('fetch failed');
    open.destroy();
  });
});
