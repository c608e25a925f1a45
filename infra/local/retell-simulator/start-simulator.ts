/** A Retell account on this machine: a plain stateful server for the calls that this system and the sample commands make. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { MAX_SIGNED_BYTES, readBody } from '../read-body.ts';
import { type Account, createAccount, type NewStoredAgent } from './account.ts';
import { type Reply, refusal, type SimulatedRequest, sendReply } from './reply.ts';
import { replyTo } from './routes.ts';
import { keepState, loadState } from './state-file.ts';
import { isThisMachine } from './this-machine.ts';

export interface SimulatorOptions {
  readonly apiKey: string;
  /** The file that keeps the account between starts; none by default. */
  readonly statePath?: string;
  /** The account's agents, unless the file at `statePath` exists. */
  readonly agents?: readonly NewStoredAgent[];
  /**
   * Responds instead of the simulator, which applies the request when `reply` is called: tests use this to make it
   * fail.
   */
  readonly intercept?: Intercept;
}

export interface Exchange {
  readonly request: SimulatedRequest;
  readonly response: ServerResponse;
  /** Applies the request. */
  readonly reply: () => Reply;
}

export type Intercept = (exchange: Exchange) => Promise<void> | void;

export interface Simulator {
  readonly url: string;
  readonly account: Account;
  /** The old key gets a 401 from now on. */
  replaceKey(apiKey: string): void;
  /** Drops open connections and saves the account. */
  close(): Promise<void>;
}

/** Listens on a free port of 127.0.0.1. Throws when the state file does not hold an account. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { intercept = ({ response, reply }) => sendReply(response, reply()) } = options;
  const { account, saved } = await openAccount(options);
  let { apiKey } = options;

  async function respond(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await readRequest(message);
    const reply = () => refused(message, apiKey) ?? replyTo(account, request);
    await intercept({ request, response, reply });
  }

  const server = createServer((message, response) => {
    // A client that disconnects is not an error.
    respond(message, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;

  return {
    url: `http://127.0.0.1:${port}`,
    account,
    replaceKey(replacement) {
      apiKey = replacement;
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
      await saved();
    },
  };
}

async function openAccount({ statePath, agents = [] }: SimulatorOptions) {
  const account = createAccount();
  const stored = statePath === undefined ? null : await loadState(statePath);
  const saved = statePath === undefined ? () => Promise.resolve() : keepState(account, statePath);
  if (stored === null) for (const agent of agents) account.addAgent(agent);
  else account.load(stored);
  return { account, saved };
}

/** Another host name belongs to a web page whose name points to this machine (DNS rebinding). */
function refused({ headersDistinct }: IncomingMessage, apiKey: string): Reply | null {
  if (!isThisMachine(headersDistinct['host']?.join() ?? '')) return refusal(403, 'The host is not this machine');
  return headersDistinct['authorization']?.join() === `Bearer ${apiKey}` ? null : refusal(401, 'Invalid API Key');
}

async function readRequest(message: IncomingMessage): Promise<SimulatedRequest> {
  const at = Date.now();
  const { pathname, searchParams } = new URL(`http://localhost${message.url ?? '/'}`);
  return {
    method: message.method ?? 'GET',
    path: pathname,
    query: Object.fromEntries(searchParams),
    // Bounded, because other users of the machine can also send one.
    body: parseBody((await readBody(message, MAX_SIGNED_BYTES)).toString()),
    at,
  };
}

function parseBody(body: string): unknown {
  if (body === '') return undefined;
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}
