import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { refuseMalformed } from './refuse-malformed.ts';
import { type Functions, serveRequest } from './serve-request.ts';

export interface ServerOptions extends Functions {
  /** 0 takes a free one. */
  readonly port: number;
  readonly host?: string;
  /** Milliseconds within which a whole request must have arrived. */
  readonly arrivalMs?: number;
}

export interface RunningServer {
  readonly url: string;
  /** Takes no more requests, waits up to `graceMs` for the answers under way, and cuts every connection. Asked again, it is the same. */
  close(graceMs?: number): Promise<void>;
}

const ARRIVAL_MS = 30_000;
const GRACE_MS = 5_000;

/**
 * API Gateway and Lambda on one machine: the routes of the contract, the same events, the same handlers.
 * @throws Error of one sentence that names PORT, when the port cannot be listened on
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const host = options.host ?? '127.0.0.1';
  const underWay = new Set<Promise<void>>();
  const server = createServer(arrivalLimits(options.arrivalMs), (message, response) => {
    if (!server.listening) response.shouldKeepAlive = false;
    void serveRequest(message, response, options, underWay);
  });
  server.on('clientError', (error: Error, socket: Socket) => refuseMalformed(error, socket));
  const port = await listen(server, options.port, host);
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  let closing: Promise<void> | undefined;
  return { url, close: (graceMs = GRACE_MS) => (closing ??= close(server, underWay, graceMs)) };
}

/** Milliseconds, against callers that hold connections open by sending slowly. */
export function arrivalLimits(ms = ARRIVAL_MS) {
  return {
    requestTimeout: ms,
    headersTimeout: Math.min(ms, 10_000),
    connectionsCheckingInterval: Math.min(ms, 1_000),
  };
}

async function listen(server: Server, port: number, host: string): Promise<number> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw cannotListen(error, port, host);
  }
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

function cannotListen(error: unknown, port: number, host: string): Error {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : error;
  const why = code === 'EADDRINUSE' ? 'is in use' : `on ${host} cannot be listened on (${String(code)})`;
  return new Error(`Port ${port} ${why}; set PORT to another one.`, { cause: error });
}

async function close(server: Server, underWay: ReadonlySet<Promise<void>>, graceMs: number): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  const answered = new AbortController();
  const grace = delay(graceMs, undefined, { signal: answered.signal }).catch(() => undefined);
  await Promise.race([Promise.all(underWay), grace]);
  answered.abort();
  server.closeAllConnections();
  await closed;
}
