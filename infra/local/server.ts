import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { type Functions, serveRequest } from './serve-request.ts';
import { wrongTokenDelay } from './wrong-token-delay.ts';

export interface ServerOptions extends Pick<Functions, 'handlers'> {
  /** For tests; see wrong-token-delay.ts. */
  readonly wrongTokenDelayMs?: Functions['wrongTokenDelayMs'];
  /** 0: any free port. */
  readonly port: number;
  readonly host?: string;
  /** Milliseconds within which a whole request must have arrived. */
  readonly arrivalMs?: number;
}

export interface RunningServer {
  readonly url: string;
  /**
   * Accepts no more requests, waits up to `graceMs` for open responses, and closes every connection. May be called
   * again.
   */
  close(graceMs?: number): Promise<void>;
}

const ARRIVAL_MS = 30_000;
const GRACE_MS = 5_000;

/**
 * API Gateway and Lambda on one machine: the same routes, events and handlers. Malformed HTTP is refused by Node itself.
 * @throws Error of one sentence that names PORT, when the port cannot be listened on
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const host = options.host ?? '127.0.0.1';
  const functions = { wrongTokenDelayMs: wrongTokenDelay(), ...options };
  const underWay = new Set<Promise<void>>();
  const server = createServer(arrivalLimits(options.arrivalMs), (message, response) => {
    if (!server.listening) response.shouldKeepAlive = false;
    void serveRequest(message, response, functions, underWay);
  });
  const port = await listen(server, options.port, host);
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  let closing: Promise<void> | undefined;
  return { url, close: (graceMs = GRACE_MS) => (closing ??= close(server, underWay, graceMs)) };
}

/** Milliseconds. A caller that sends slowly must not hold a connection open. */
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
  } catch (cause) {
    const reason = String(cause).includes('EADDRINUSE') ? 'is in use' : `cannot be used on ${host} (${String(cause)})`;
    throw new Error(`Port ${port} ${reason}; set PORT to another one.`, { cause });
  }
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

async function close(server: Server, underWay: ReadonlySet<Promise<void>>, graceMs: number): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  await Promise.race([Promise.all(underWay), delay(graceMs, undefined, { ref: false })]);
  server.closeAllConnections();
  await closed;
}
