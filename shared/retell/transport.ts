/**
 * The HTTP transport below the SDK: node:http with kept-alive connections, for less processor time than `fetch`. It
 * reads a response completely before it returns, so that one time limit covers headers and body, and gives up a
 * response that is too large. It follows no redirect, because the API key must not be sent to another host.
 */
import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { promisify } from 'node:util';
import { gunzip as gunzipCallback } from 'node:zlib';

/** The part of `fetch` that the SDK uses. */
export type Transport = (url: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** A hundred times the size of a full page of the listing. */
export const MAX_RESPONSE_BYTES = 32_000_000;
/** `code` of the error for a larger response. */
export const RESPONSE_TOO_LARGE = 'ERR_RESPONSE_TOO_LARGE';
/** An idle connection is closed after this long, before the server closes it under the next request. */
const IDLE_MS = 4_000;

const gunzip = promisify(gunzipCallback);

/** Opens no connection before the first request. */
export function createTransport(): Transport {
  const agents = {
    http: new HttpAgent({ keepAlive: true, timeout: IDLE_MS }),
    // Explicit, so that no environment variable turns the verification off.
    https: new HttpsAgent({ keepAlive: true, timeout: IDLE_MS, rejectUnauthorized: true }),
  };
  return async (url, init = {}) => {
    const { signal } = init;
    signal?.throwIfAborted();
    const body = bodyOf(init);
    const request = openRequest(agents, new URL(url instanceof Request ? url.url : url), init);
    const abort = (): void => void request.destroy(new Error('The request was aborted'));
    signal?.addEventListener('abort', abort);
    try {
      const message = await sendRequest(request, body);
      return new BufferedResponse(message, await readBody(message));
    } catch (cause) {
      // Like `fetch`: the SDK keeps the cause of an error, but not its code.
      throw new TypeError('fetch failed', { cause });
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  };
}

function openRequest(agents: { http: HttpAgent; https: HttpsAgent }, url: URL, init: RequestInit): ClientRequest {
  const { protocol, hostname, port, pathname, search } = url;
  // An IPv6 address has brackets only in a URL.
  const host = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  const options = { host, port, path: `${pathname}${search}`, method: init.method ?? 'GET', headers: headersOf(init) };
  return protocol === 'https:'
    ? httpsRequest({ ...options, agent: agents.https })
    : httpRequest({ ...options, agent: agents.http });
}

function sendRequest(request: ClientRequest, body: string | undefined): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.on('response', resolve).on('error', reject).end(body);
  });
}

async function readBody(message: IncomingMessage): Promise<Buffer> {
  const body = await collect(message);
  if (message.headers['content-encoding'] !== 'gzip') return body;
  try {
    return await gunzip(body, { maxOutputLength: MAX_RESPONSE_BYTES });
  } catch (error) {
    throw isBufferTooLarge(error) ? new ResponseTooLarge() : error;
  }
}

function collect(message: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => void message.destroy(new ResponseTooLarge());
    const chunks: Buffer[] = [];
    let bytes = 0;
    message
      .on('error', reject)
      .on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > MAX_RESPONSE_BYTES) giveUp();
        else chunks.push(chunk);
      })
      .on('end', () => resolve(Buffer.concat(chunks)));
    if (Number(message.headers['content-length']) > MAX_RESPONSE_BYTES) giveUp();
  });
}

class ResponseTooLarge extends Error {
  readonly code = RESPONSE_TOO_LARGE;
}

function isBufferTooLarge(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
}

/** The headers that the SDK and the retries read. Each header costs time, here and in a request. */
const READ_HEADERS = ['content-type', 'content-length', 'retry-after', 'retry-after-ms'];

/** A response whose body has arrived: cheaper than streaming it. */
class BufferedResponse extends Response {
  override readonly text: () => Promise<string>;
  override readonly json: () => Promise<unknown>;

  constructor({ statusCode = 0, headers }: IncomingMessage, body: Buffer) {
    const read = READ_HEADERS.filter((name) => headers[name] !== undefined);
    super(null, { status: statusCode, headers: read.map((name) => [name, String(headers[name])]) });
    const text = (): string => new TextDecoder().decode(body);
    this.text = async () => text();
    this.json = async () => JSON.parse(text());
  }
}

/** Without the SDK's telemetry. */
function headersOf({ headers }: RequestInit): Record<string, string> {
  const sent: Record<string, string> = { 'accept-encoding': 'gzip' };
  const given = headers instanceof Headers ? headers : new Headers(headers);
  given.forEach((value, name) => {
    if (!name.startsWith('x-stainless-')) sent[name] = value;
  });
  return sent;
}

function bodyOf({ body }: RequestInit): string | undefined {
  if (body === undefined || body === null) return undefined;
  if (typeof body === 'string') return body;
  throw new TypeError('Only a text can be sent');
}
