/** The local server with test functions behind it. */
import { connect } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { type RunningServer, type ServerOptions, startServer } from '../../infra/local/server.ts';
import type { HttpFunctionName } from '../../shared/api/endpoint.ts';
import type { LambdaHandler } from '../../shared/http/handler.ts';

const NAMES: readonly HttpFunctionName[] = ['sync', 'audit', 'cleanup', 'webhook', 'scheduled-sync', 'console'];

export function handlersOf(make: (name: HttpFunctionName) => LambdaHandler): ServerOptions['handlers'] {
  const [sync, audit, cleanup, webhook, scheduled, console] = NAMES.map(make);
  if (!sync || !audit || !cleanup || !webhook || !scheduled || !console) throw new Error('six functions');
  return { sync, audit, cleanup, webhook, 'scheduled-sync': scheduled, console };
}

/** Returns its event, its context and the name of the function. */
export const echo = handlersOf((name) => async (event, context) => ({
  statusCode: 200,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ name, event, context, left: context.getRemainingTimeInMillis() }),
}));

export interface Echoed {
  readonly name: HttpFunctionName;
  readonly event: APIGatewayProxyEventV2;
  readonly context: Context;
  readonly left: number;
}

/** What a raw socket receives for these bytes, until the server ends the connection. */
export async function raw(server: { readonly url: string }, bytes: string): Promise<string> {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  socket.write(bytes);
  return readText(socket);
}

export async function withServer<T>(
  options: Partial<ServerOptions>,
  use: (server: RunningServer) => Promise<T>,
): Promise<T> {
  const server = await startServer({ port: 0, handlers: echo, ...options });
  try {
    return await use(server);
  } finally {
    await server.close(0);
  }
}
