import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { arrivalLimits, startServer } from '../../infra/local/server.ts';
import { wrongTokenDelay } from '../../infra/local/wrong-token-delay.ts';
import type { LambdaHandler } from '../../shared/http/handler.ts';
import { echo, handlersOf, raw, withServer } from '../support/local-server.ts';

describe('the result of a function', () => {
  const answering = (result: unknown) => ({ handlers: handlersOf(() => () => Promise.resolve(result)) });

  test('may be bytes', async () => {
    const result = {
      statusCode: 201,
      headers: { 'x-n': 1 },
      body: 'AP8=',
      isBase64Encoded: true,
    };
    await withServer(answering(result), async ({ url }) => {
      const response = await fetch(url);
      expect([response.status, response.headers.get('x-n')]).toEqual([201, '1']);
      expect([...(await response.bytes())]).toEqual([0, 255]);
    });
  });

  test.each([
    ['undefined', undefined],
    ['without a status', { body: 'x' }],
    ['an impossible status', { statusCode: 99 }],
    ['a header that would split the response', { statusCode: 200, headers: { 'x-a': 'b\r\nx-c: d' } }],
  ])('is an internal error when it is %s', async (_, result) => {
    await withServer(answering(result), async ({ url }) => {
      const response = await fetch(url);
      expect(response.status).toBe(500);
      expect(await response.json()).toMatchObject({ success: false, code: 'internal_error' });
    });
  });

  test('is an internal error without the message when the function throws', async () => {
    const handlers = handlersOf(() => () => Promise.reject(new Error('hunter2')));
    await withServer({ handlers }, async ({ url }) => {
      const response = await fetch(url);
      expect(response.status).toBe(500);
      expect(await response.text()).not.toContain('hunter2');
    });
  });
});

describe('a wrong token', () => {
  const unauthorized = { statusCode: 401, headers: { 'www-authenticate': 'Bearer' }, body: '' };
  const handlers = handlersOf(() => () => Promise.resolve(unauthorized));

  test('[S121] is refused after a delay for its address, unlike a missing one', async () => {
    const delayed: string[] = [];
    const wrongTokenDelayMs = (address: string) => delayed.push(address);
    await withServer({ handlers, wrongTokenDelayMs }, async ({ url }) => {
      expect((await fetch(`${url}/api/agents`)).status).toBe(401);
      expect(delayed).toEqual([]);
      expect((await fetch(`${url}/api/agents`, { headers: { authorization: 'Bearer x' } })).status).toBe(401);
      expect(delayed).toEqual(['127.0.0.1']);
    });
  });

  test('[S121] is delayed twice as long each time, up to ten seconds, and not at all after ten minutes', () => {
    let now = 0;
    const delayOf = wrongTokenDelay(() => now);
    expect(Array.from({ length: 9 }, () => delayOf('a'))).toEqual([
      100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000,
    ]);
    expect(delayOf('b')).toBe(100);
    now = 600_001;
    expect(delayOf('a')).toBe(100);
  });

  test('[S121] is remembered for at most a thousand addresses, the latest ones', () => {
    const delayOf = wrongTokenDelay(() => 0);
    for (let index = 0; index <= 1_000; index += 1) delayOf(String(index));
    expect([delayOf('1000'), delayOf('1'), delayOf('0')]).toEqual([200, 200, 100]);
  });
});

describe('[S5] a caller that holds a connection open', () => {
  test.each([
    ['headers', 'GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow:'],
    ['a body', 'POST /api/retell-webhook HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{'],
  ])('[A10] with unfinished %s is disconnected', async (_, bytes) => {
    const given = await withServer({ arrivalMs: 100 }, (server) => raw(server, bytes));
    expect(given).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('[A10] has ten seconds for its headers and thirty for the whole request', () => {
    expect(arrivalLimits()).toEqual({
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      connectionsCheckingInterval: 1_000,
    });
  });
});

describe('listening', () => {
  test('on a port in use fails in one line that names PORT', async () => {
    await withServer({}, async ({ url }) => {
      const port = Number(new URL(url).port);
      const message = `Port ${port} is in use; set PORT to another one.`;
      await expect(startServer({ port, handlers: echo })).rejects.toThrow(message);
    });
  });

  test('[S10] is on this machine only', async () => {
    await withServer({}, async ({ url }) => expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/));
  });
});

describe('closing', () => {
  test('lets an open response finish, cuts idle connections, and accepts no more requests', async () => {
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

  test('cuts a response that takes too long, and may be repeated', async () => {
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
