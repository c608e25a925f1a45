/** What the simulator receives and sends. */
import type { ServerResponse } from 'node:http';

export interface Reply {
  readonly status: number;
  /** Sent as JSON; undefined: no body. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface SimulatedRequest {
  readonly method: string;
  /** As sent, without the query. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** Parsed when it is JSON, else the text; undefined: none. */
  readonly body: unknown;
  /** Epoch ms. */
  readonly at: number;
}

/** The shape of all errors of Retell. */
export function refusal(status: number, message: string): Reply {
  return { status, body: { status: 'error', message } };
}

/** Without a body no length is given, like Retell's response to a publication. */
export function sendReply(response: ServerResponse, reply: Reply): void {
  const text = reply.body === undefined ? '' : JSON.stringify(reply.body);
  const own = text === '' ? {} : { 'content-type': 'application/json; charset=utf-8' };
  response.writeHead(reply.status, { ...own, ...reply.headers });
  // First, because Node would add `content-length: 0`, which hides the empty body from the SDK.
  if (text === '') response.flushHeaders();
  response.end(text);
}
