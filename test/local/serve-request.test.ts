import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type RunningServer, startServer } from '../../infra/local/server.ts';
import { lambdaHandler } from '../../shared/http/handler.ts';
import { handlersOf, raw, withServer } from '../support/local-server.ts';
import { echoRoutes, JSON_TYPE, setup, TOKEN } from '../unit/http/stack.ts';

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
    ['a HEAD of the page', '/', { method: 'HEAD' }, 405],
    ['a HEAD of the health', '/api/health', { method: 'HEAD' }, 200],
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

  test('a body over 10 MB is refused, whether its length is given or not', async () => {
    const url = `${server.url}/api/sync-retell-agents`;
    const body = Buffer.alloc(10_000_001, ' ');
    const announced = await fetch(url, { method: 'POST', headers: { ...authorization, ...JSON_TYPE }, body });
    expect(await announced.json()).toMatchObject({ success: false, code: 'payload_too_large' });
    const chunked = httpRequest(url, { method: 'POST', headers: { ...authorization, 'transfer-encoding': 'chunked' } });
    chunked.end(body);
    const [response] = await once(chunked, 'response');
    expect(response).toMatchObject({ statusCode: 413 });
    response.resume();
  });

  test('[S121] a body over 1 MB is refused before it is held, unless it is signed', async () => {
    const body = Buffer.alloc(1_000_001, ' ');
    const statusOf = async (path: string) => {
      const response = await fetch(`${server.url}${path}`, { method: 'POST', headers: JSON_TYPE, body });
      await response.body?.cancel();
      return response.status;
    };
    expect(await statusOf('/api/sync-retell-agents')).toBe(413);
    expect(await statusOf('/unknown')).toBe(413);
    expect(await statusOf('/api/retell-webhook')).not.toBe(413);
  });

  test.each([
    ['another host', 'Host: evil.example'],
    ['a host that only begins like this one', 'Host: localhost.evil.example'],
    ['two hosts', 'Host: localhost\r\nHost: evil.example'],
    ['the page of another origin', 'Host: localhost\r\nOrigin: https://evil.example'],
    ['a sandboxed page', 'Host: localhost\r\nOrigin: null'],
  ])('[S8] a request from %s is refused', async (_, lines) => {
    const given = await raw(server, `POST /api/sync-retell-agents HTTP/1.1\r\n${lines}\r\nConnection: close\r\n\r\n`);
    expect(given).toMatch(/^HTTP\/1\.1 403 /);
    expect(given).toMatch(/"code":"foreign_(host|origin)"/);
  });

  test('requests of its own page and to the names of this machine are accepted, and signed requests to any name', async () => {
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
      '[A9] two body lengths',
      'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello',
      400,
    ],
    [
      '[A9] a length and chunks',
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
    ['[A11] endless headers', `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
  ])('%s is refused, and the connection ended', async (_, bytes, status) => {
    expect(await raw(server, bytes)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  });
});

test.each<[string, (socket: Socket) => void]>([
  ['disconnects', (socket) => socket.destroy()],
  ['ends the connection', (socket) => socket.end()],
])(
  '[A12] a caller that %s in the middle of a body reaches no function, and affects no other caller',
  async (_, leave) => {
    const reached: unknown[] = [];
    const handlers = handlersOf((name) => async () => {
      reached.push(name);
      return { statusCode: 200, headers: {}, body: '' };
    });
    await withServer({ handlers }, async (server) => {
      const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
      const head = 'POST /api/sync-retell-agents HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue';
      socket.write(`${head}\r\nContent-Type: application/json\r\nContent-Length: 4\r\n\r\n`);
      // The server has begun to wait for the body.
      await once(socket, 'data');
      // Complete JSON by itself, but only half of the given length.
      await new Promise((sent) => socket.write('{}', sent));
      leave(socket);
      await once(socket.resume(), 'close');
      expect((await fetch(`${server.url}/api/health`)).status).toBe(200);
    });
    expect(reached).toEqual(['console']);
  },
);
