import type { IncomingMessage } from 'node:http';

export interface GatewayEventOptions {
  readonly message: IncomingMessage;
  readonly body: Buffer;
  readonly requestId: string;
  /** `GET /api/health`, or `$default`. */
  readonly routeKey: string;
  readonly pathParameters?: Readonly<Record<string, string>> | undefined;
}

/** What the handlers read from the event of an HTTP API (payload format 2.0). */
export function gatewayEvent({ message, body, requestId, routeKey, pathParameters }: GatewayEventOptions): object {
  const [rawPath, rawQueryString] = splitTarget(message.url ?? '/');
  const query = new URLSearchParams(rawQueryString);
  return {
    version: '2.0',
    routeKey,
    rawPath,
    rawQueryString,
    headers: joinedHeaders(message),
    queryStringParameters: Object.fromEntries(query.keys().map((name) => [name, query.getAll(name).join()])),
    pathParameters,
    requestContext: {
      requestId,
      routeKey,
      stage: '$default',
      http: { method: message.method, path: rawPath, sourceIp: message.socket.remoteAddress },
    },
    body: body.toString('base64'),
    isBase64Encoded: true,
  };
}

/** Path and query, as sent. */
export function splitTarget(target: string): [path: string, query: string] {
  const mark = target.indexOf('?');
  return mark === -1 ? [target, ''] : [target.slice(0, mark), target.slice(mark + 1)];
}

/** Joins repeated headers like the gateway. Node's own record drops the second `Authorization` or `Host` header. */
export function joinedHeaders({ headersDistinct }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(Object.entries(headersDistinct).map(([name, values]) => [name, values?.join() ?? '']));
}
