import { once } from 'node:events';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from '@jest/globals';
import * as v from 'valibot';
import type { RetellOptions, RetellSession } from '../../../shared/retell/client.ts';
import { createTransport } from '../../../shared/retell/transport.ts';
import { testRetell } from '../../support/simulator.ts';

const ID = 'agent_1';
const AGENT = {
  agent_id: ID,
  agent_name: 'Lisa',
  voice_id: 'v',
  version: 0,
  last_modification_timestamp: 1_700_000_000_000,
  response_engine: { type: 'retell-llm' },
};
const JSON_TYPE = { 'content-type': 'application/json' };
const LIMIT = 32_000_000;

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function serve(listener: RequestListener): Promise<{ readonly url: string; readonly connections: () => number }> {
  let connections = 0;
  server = createServer(listener).on('connection', () => {
    connections += 1;
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = v.parse(v.object({ port: v.number() }), server.address());
  return { url: `http://127.0.0.1:${port}`, connections: () => connections };
}

async function sessionWith(listener: RequestListener, options: Partial<RetellOptions> = {}): Promise<RetellSession> {
  return testRetell(await serve(listener), { callTimeoutMs: 20_000, ...options }).session({});
}

test('consecutive requests share a connection', async () => {
  const { url, connections } = await serve((_, response) =>
    response.writeHead(200, JSON_TYPE).end(JSON.stringify(AGENT)),
  );
  const session = testRetell({ url }, { callTimeoutMs: 5_000 }).session({});
  for (let request = 0; request < 20; request += 1) await session.readAgent(ID);
  expect([session.calls(), connections()]).toEqual([20, 1]);
});

test('a body is sent completely, with its length', async () => {
  const bodies: unknown[] = [];
  const { url } = await serve((request, response) => {
    let body = '';
    request
      .on('data', (chunk) => {
        body += String(chunk);
      })
      .on('end', () => {
        bodies.push([request.method, request.headers['content-length'], body]);
        response.end();
      });
  });
  await createTransport()(url, { method: 'POST', body: '{"ä":1}' });
  await createTransport()(url, { method: 'POST' });
  expect(bodies).toEqual([
    ['POST', '8', '{"ä":1}'],
    ['POST', '0', ''],
  ]);
});

test.each<[string, Record<string, string>, Buffer]>([
  ['compressed', { ...JSON_TYPE, 'content-encoding': 'gzip' }, gzipSync(JSON.stringify(AGENT))],
  ['with a byte order mark', JSON_TYPE, Buffer.from(`\uFEFF${JSON.stringify(AGENT)}`)],
])('a response is read %s', async (_, headers, body) => {
  const session = await sessionWith((_request, response) => response.writeHead(200, headers).end(body));
  await expect(session.readAgent(ID)).resolves.toMatchObject({ ok: true, value: { agent_name: 'Lisa' } });
});

test('[R11] one time limit covers headers and body, however steadily the body trickles', async () => {
  const session = await sessionWith(
    (_, response) => {
      response.writeHead(200, JSON_TYPE);
      const timer = setInterval(() => response.write(' '), 5);
      response.on('close', () => clearInterval(timer));
    },
    { callTimeoutMs: 150, retries: 0 },
  );
  await expect(session.readAgent(ID)).resolves.toEqual({
    ok: false,
    timedOut: true,
    reason: expect.stringContaining('no complete response within 150 ms'),
  });
});

test('a server at an IPv6 address is reached', async () => {
  server = createServer((_, response) => response.end('here'));
  await once(server.listen(0, '::1'), 'listening');
  const { port } = v.parse(v.object({ port: v.number() }), server.address());
  const response = await createTransport()(`http://[::1]:${port}/path?query=1`);
  await expect(response.text()).resolves.toBe('here');
});

describe('a response over 32 MB', () => {
  let sent = 0;
  const CHUNK = Buffer.alloc(64_000, ' ');
  const ENDLESS = 200_000_000;

  /** Sends as much as the client accepts, up to 200 MB. */
  function pour(response: ServerResponse): void {
    while (sent < ENDLESS && !response.destroyed) {
      sent += CHUNK.length;
      if (!response.write(CHUNK)) {
        response.once('drain', () => pour(response));
        return;
      }
    }
    response.end();
  }

  const compressed = gzipSync(Buffer.alloc(LIMIT + 1, ' '));
  const kinds: [string, RequestListener][] = [
    ['of unknown length', (_, response) => pour(response.writeHead(200, JSON_TYPE))],
    [
      'of announced length',
      (_, response) => pour(response.writeHead(200, { ...JSON_TYPE, 'content-length': ENDLESS })),
    ],
    ['of an error', (_, response) => pour(response.writeHead(400, JSON_TYPE))],
    [
      'once decompressed',
      (_, response) => {
        response.writeHead(200, { ...JSON_TYPE, 'content-encoding': 'gzip' });
        response.end(compressed);
      },
    ],
  ];
  const error = {
    status: 502,
    code: 'retell_response_too_large',
    message: expect.stringContaining('more than 32 MB'),
  };

  test.each(kinds)('%s is given up early, without a retry, with an error that names the limit', async (_, listener) => {
    sent = 0;
    const session = await sessionWith(listener);
    await expect(session.listAgents()).rejects.toMatchObject(error);
    expect(session.calls()).toBe(1);
    // What is read, plus what is in the buffers of both sockets.
    expect(sent).toBeLessThan(LIMIT + 20_000_000);
  });

  test('makes an agent unreadable, and a version an error', async () => {
    const session = await sessionWith((_, response) => pour(response.writeHead(200, JSON_TYPE)));
    sent = 0;
    await expect(session.readAgent(ID)).resolves.toMatchObject({
      ok: false,
      reason: expect.stringContaining('more than 32 MB'),
    });
    sent = 0;
    await expect(session.readVersion(ID, 'latest')).rejects.toMatchObject(error);
  });

  test('leaves the outcome of a change unknown', async () => {
    sent = 0;
    const session = await sessionWith((_, response) => pour(response.writeHead(201, JSON_TYPE)));
    await expect(session.publish(ID, 1)).rejects.toMatchObject({
      code: 'outcome_unknown',
      message: expect.stringContaining('more than 32 MB'),
    });
    expect(session.calls()).toBe(1);
  });

  test('does not grow the process', async () => {
    const session = await sessionWith((_, response) => pour(response.writeHead(200, JSON_TYPE)));
    const before = process.memoryUsage().rss;
    for (let request = 0; request < 5; request += 1) {
      sent = 0;
      await expect(session.listAgents()).rejects.toMatchObject(error);
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(150_000_000);
  });
});
