import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';

export interface GatewayEventOptions {
  readonly message: IncomingMessage;
  readonly body: Buffer;
  readonly requestId: string;
  /** `GET /api/health`, or `$default`. */
  readonly routeKey: string;
  readonly pathParameters?: Readonly<Record<string, string>> | undefined;
}

/** The event that an HTTP API would make of this request (payload format 2.0). */
export function gatewayEvent(options: GatewayEventOptions): APIGatewayProxyEventV2 {
  const { message, body, routeKey, pathParameters = {} } = options;
  const [rawPath, rawQueryString] = splitTarget(message.url ?? '/');
  const { cookie, ...headers } = joinedHeaders(message);
  const query = joined(new URLSearchParams(rawQueryString));
  return {
    version: '2.0',
    routeKey,
    rawPath,
    rawQueryString,
    ...(cookie === undefined ? {} : { cookies: cookie.split(/[;,] */) }),
    headers,
    ...(isEmpty(query) ? {} : { queryStringParameters: query }),
    ...(isEmpty(pathParameters) ? {} : { pathParameters: { ...pathParameters } }),
    requestContext: requestContext(options, rawPath, headers),
    ...encodedBody(body, headers['content-type'] ?? ''),
  };
}

/** Path and query, both as they were sent. */
export function splitTarget(target: string): [path: string, query: string] {
  const mark = target.indexOf('?');
  return mark === -1 ? [target, ''] : [target.slice(0, mark), target.slice(mark + 1)];
}

/** From the raw list, because Node's own record quietly drops the second of two `Authorization` or `Host` headers. */
export function joinedHeaders({ rawHeaders }: IncomingMessage): Record<string, string> {
  const pairs: [string, string][] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    pairs.push([(rawHeaders[index] ?? '').toLowerCase(), rawHeaders[index + 1] ?? '']);
  }
  return joined(pairs);
}

function joined(pairs: Iterable<[string, string]>): Record<string, string> {
  const values = new Map<string, string>();
  for (const [name, value] of pairs) {
    const before = values.get(name);
    values.set(name, before === undefined ? value : `${before},${value}`);
  }
  return Object.fromEntries(values);
}

function isEmpty(values: object): boolean {
  return Object.keys(values).length === 0;
}

function requestContext(
  { message, requestId, routeKey }: GatewayEventOptions,
  path: string,
  headers: Readonly<Record<string, string>>,
): APIGatewayProxyEventV2['requestContext'] {
  const now = new Date();
  return {
    accountId: '000000000000',
    apiId: 'local',
    domainName: headers['host'] ?? 'localhost',
    domainPrefix: 'localhost',
    http: {
      method: message.method ?? 'GET',
      path,
      protocol: `HTTP/${message.httpVersion}`,
      sourceIp: message.socket.remoteAddress ?? '127.0.0.1',
      userAgent: headers['user-agent'] ?? '',
    },
    requestId,
    routeKey,
    stage: '$default',
    time: commonLogTime(now),
    timeEpoch: now.getTime(),
  };
}

/** `12/Mar/2026:19:03:58 +0000` */
function commonLogTime(date: Date): string {
  const [, day, month, year, time] = date.toUTCString().split(' ');
  return `${day}/${month}/${year}:${time} +0000`;
}

const TEXT = /^(text\/|application\/(json|javascript|xml)\b)/i;

/** As the gateway: text stays, anything else is base64. Text that is not UTF-8 too, since its bytes would be lost. */
function encodedBody(body: Buffer, contentType: string): { body?: string; isBase64Encoded: boolean } {
  if (body.byteLength === 0) return { isBase64Encoded: false };
  if (TEXT.test(contentType) && isUtf8(body)) return { body: body.toString('utf8'), isBase64Encoded: false };
  return { body: body.toString('base64'), isBase64Encoded: true };
}
