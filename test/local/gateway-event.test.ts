import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type RunningServer, startServer } from '../../infra/local/server.ts';
import { type Echoed, echo, raw } from '../support/local-server.ts';
import { JSON_TYPE } from '../unit/http/stack.ts';

describe('the event that a function gets', () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await startServer({ port: 0, handlers: echo });
  });
  afterAll(() => server.close());

  async function echoed(path: string, init: RequestInit = {}): Promise<Echoed> {
    const response = await fetch(`${server.url}${path}`, init);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the echo above made it
    return (await response.json()) as Echoed;
  }

  test('has the payload format 2.0 of the route', async () => {
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
      requestContext: {
        http: { method: 'GET', path: '/api/sync-runs/a%20b', sourceIp: '127.0.0.1' },
        stage: '$default',
        routeKey: 'GET /api/sync-runs/{id}',
      },
    });
  });

  test.each([
    ['text', Buffer.from('{"a":"é"}')],
    ['bytes', Buffer.from([0, 255])],
    ['nothing', Buffer.alloc(0)],
  ])('has the body as it was sent: %s', async (_, body) => {
    const { event } = await echoed('/api/sync-retell-agents', { method: 'POST', headers: JSON_TYPE, body });
    expect(Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8')).toEqual(body);
  });

  test('joins repeated headers by a comma, Authorization too', async () => {
    const given = await raw(
      server,
      'GET / HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\nConnection: close\r\n\r\n',
    );
    expect(given).toContain('"authorization":"Bearer a,Bearer b"');
  });

  test('comes with a context whose time runs down from 15 minutes', async () => {
    const sync = await echoed('/api/sync-retell-agents', { method: 'POST' });
    expect(sync.left).toBeGreaterThan(800_000);
    expect(sync.left).toBeLessThanOrEqual(900_000);
    expect(sync.context).toMatchObject({ functionName: 'sync', awsRequestId: sync.event.requestContext.requestId });
  });

  test.each([
    ['GET', '/nothing'],
    ['PUT', '/api/audit-agents'],
    ['GET', '/api/sync-runs/'],
    ['GET', '//'],
  ])('goes to the console under $default if no route matches %s %s', async (method, path) => {
    const { name, event } = await echoed(path, { method });
    expect({ name, routeKey: event.routeKey }).toEqual({ name: 'console', routeKey: '$default' });
  });
});
