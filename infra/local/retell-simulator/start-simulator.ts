/** A Retell account on this machine, which answers as Retell does, keeps what it is told, and fails when it is asked to. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { type Account, createAccount, type NewStoredAgent, seed } from './account.ts';
import { createFaults, type Fault, playFault, sendReply } from './faults.ts';
import { hooked, type ListingHook } from './listing-hooks.ts';
import { createRateLimit } from './rate-limit.ts';
import { type Reply, refusal, type SimulatedRequest } from './reply.ts';
import { answer } from './routes.ts';
import { keepState, loadState } from './state-file.ts';

export interface SimulatorOptions {
  /** 0, the default: any free one, on 127.0.0.1. */
  readonly port?: number;
  readonly apiKey: string;
  /** Where the account is kept between starts; nowhere by default. */
  readonly statePath?: string;
  /** What the account holds, unless the file at `statePath` knows better. */
  readonly agents?: readonly NewStoredAgent[];
  /** On the way to Retell; 0. */
  readonly latencyMs?: number;
  /** Requests a second; unlimited. */
  readonly rateLimit?: number;
}

/** Milliseconds on the way to Retell and on the way back. In between the request is carried out: a slow answer is an old one. */
export interface Travel {
  readonly there: number;
  readonly back: number;
}

export interface RequestLog {
  /** In order of arrival, refused ones included. */
  readonly all: readonly SimulatedRequest[];
  /** How many there were whose path begins so. */
  count(path?: string): number;
  clear(): void;
}

export interface Simulator {
  readonly url: string;
  readonly account: Account;
  readonly requests: RequestLog;
  /** Adds small agents, all eligible and published. */
  seed(count: number): void;
  /** Returns a function that ends the fault. */
  fault(fault: Fault): () => void;
  /** Returns a function that takes the hook away. */
  onListing(hook: ListingHook): () => void;
  /** Another key from now on: the old one is answered 401. */
  replaceKey(apiKey: string): void;
  /** The same for every request, or asked for each one as it arrives; faults strike before the way back. */
  setLatency(latency: number | ((request: SimulatedRequest) => Travel)): void;
  /** Ends all faults and hooks and forgets the requests. */
  reset(): void;
  /** Drops open connections; the account is kept first. */
  close(): Promise<void>;
}

/** Throws when the port is taken or the state file is not one. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const account = createAccount();
  const saved = options.statePath === undefined ? null : await loadState(options.statePath);
  const kept = options.statePath === undefined ? () => Promise.resolve() : keepState(account, options.statePath);
  if (saved === null) for (const agent of options.agents ?? []) account.addAgent(agent);
  else account.load(saved);

  const faults = createFaults();
  const hooks = new Set<ListingHook>();
  const log: SimulatedRequest[] = [];
  const passes = options.rateLimit === undefined ? () => true : createRateLimit(options.rateLimit);
  let { apiKey } = options;
  let latency: Parameters<Simulator['setLatency']>[0] = options.latencyMs ?? 0;
  let keys: string[] = [];

  function carryOut(request: SimulatedRequest): Reply {
    const reply = answer(account, request);
    if (request.path !== '/v2/list-agents') return reply;
    const key = request.query['pagination_key'];
    // A page that is asked for again keeps its number.
    if (key === undefined) keys = [];
    else if (!keys.includes(key)) keys.push(key);
    return hooked(hooks, { page: key === undefined ? 1 : keys.indexOf(key) + 2 }, reply);
  }

  async function respond(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await readRequest(incoming);
    log.push(request);
    const { there, back } = typeof latency === 'number' ? { there: latency, back: 0 } : latency(request);
    if (there > 0) await delay(there);
    const fault = faults.strike(request);
    if (fault !== null) return playFault(fault, response, () => carryOut(request));
    const reply = replyTo(request, incoming.headers.authorization);
    if (back > 0) await delay(back);
    sendReply(response, reply);
  }

  function replyTo(request: SimulatedRequest, authorization: string | undefined): Reply {
    if (authorization !== `Bearer ${apiKey}`) return refusal(401, 'Invalid API Key');
    if (!passes()) return refusal(429, 'Account rate limited, please throttle your requests.');
    return carryOut(request);
  }

  const server = createServer((incoming, response) => {
    // A client that goes away while it is being answered is none of our business.
    respond(incoming, response).catch(() => response.destroy());
  });
  const url = await listen(server, options.port ?? 0);

  return {
    url,
    account,
    requests: {
      all: log,
      count: (path = '/') => log.filter((request) => request.path.startsWith(path)).length,
      clear: () => log.splice(0),
    },
    seed: (count) => seed(account, count),
    fault: (fault) => faults.add(fault),
    onListing(hook) {
      hooks.add(hook);
      return () => void hooks.delete(hook);
    },
    replaceKey(replacement) {
      apiKey = replacement;
    },
    setLatency(replacement) {
      latency = replacement;
    },
    reset() {
      faults.clear();
      hooks.clear();
      log.splice(0);
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      await kept();
    },
  };
}

function listen(server: Server, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('the simulator has no port'));
      else resolve(`http://127.0.0.1:${address.port}`);
    });
  });
}

async function readRequest(incoming: IncomingMessage): Promise<SimulatedRequest> {
  const at = Date.now();
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(Buffer.from(chunk));
  const url = new URL(`http://localhost${incoming.url ?? '/'}`);
  return {
    method: incoming.method ?? 'GET',
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    body: parseBody(Buffer.concat(chunks).toString()),
    at,
  };
}

function parseBody(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
