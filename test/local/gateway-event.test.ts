import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type RunningServer, startServer } from '../../infra/local/server.ts';
import { type Echoed, echo, raw } from '../support/local-server.ts';
import { JSON_TYPE } from '../unit/http/stack.ts';

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
