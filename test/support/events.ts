import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { lambdaContext } from '../../infra/local/lambda-context.ts';
import { routeKey } from '../../shared/api/endpoint.ts';
import { ENDPOINTS } from '../../shared/api/endpoints.ts';
import { EVENT_SOURCE, type EventName } from '../../shared/contract.ts';
import { matchEndpoint } from '../../shared/http/match-endpoint.ts';

export interface HttpRequest {
  readonly method?: string;
  /** With the query string. */
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON with its content type; text and bytes are sent unchanged, bytes in base64. */
  readonly body?: object | string | Buffer;
}

/** The event that an API Gateway HTTP API sends to a Lambda (payload format 2.0), as in AWS's example. */
export function httpEvent({ method = 'GET', path = '/', headers = {}, body }: HttpRequest): APIGatewayProxyEventV2 {
  const url = new URL(path, 'https://id.execute-api.us-east-1.amazonaws.com');
  const query = Object.fromEntries(
    [...url.searchParams.keys()].map((name) => [name, url.searchParams.getAll(name).join()]),
  );
  const match = matchEndpoint(ENDPOINTS, method, url.pathname);
  const key = match === undefined ? '$default' : routeKey(match.endpoint);
  return {
    version: '2.0',
    routeKey: key,
    rawPath: url.pathname,
    rawQueryString: url.search.slice(1),
    headers: { host: url.host, 'user-agent': 'test', ...jsonType(body), ...headers },
    ...(url.search === '' ? {} : { queryStringParameters: query }),
    ...(match === undefined ? {} : { pathParameters: match.path_parameters }),
    requestContext: requestContext(method, url, key),
    ...encoded(body),
  };
}

function jsonType(body: HttpRequest['body']): Record<string, string> {
  return typeof body === 'object' && !Buffer.isBuffer(body) ? { 'content-type': 'application/json' } : {};
}

function encoded(body: HttpRequest['body']): { body?: string; isBase64Encoded: boolean } {
  if (body === undefined) return { isBase64Encoded: false };
  if (Buffer.isBuffer(body)) return { body: body.toString('base64'), isBase64Encoded: true };
  return { body: typeof body === 'string' ? body : JSON.stringify(body), isBase64Encoded: false };
}

function requestContext(method: string, url: URL, key: string): APIGatewayProxyEventV2['requestContext'] {
  return {
    accountId: '123456789012',
    apiId: 'id',
    domainName: url.host,
    domainPrefix: 'id',
    http: { method, path: url.pathname, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'test' },
    requestId: 'JKJaXmPLvHcESHA=',
    routeKey: key,
    stage: '$default',
    time: '12/Mar/2026:19:03:58 +0000',
    timeEpoch: 1_773_342_238_000,
  };
}

/** The event that EventBridge Scheduler sends to a Lambda: the input of the schedule. */
export function schedulerEvent(input: object = {}): object {
  return {
    source: 'aws.scheduler',
    'detail-type': 'Scheduled Event',
    time: '2026-03-12T19:03:58Z',
    detail: {},
    ...input,
  };
}

/** The event that a rule of the event bus sends to a Lambda. */
export function busEvent(name: EventName, detail: object = {}): object {
  return {
    version: '0',
    id: '17793124-05d4-b198-2fde-7ededc63b103',
    'detail-type': name,
    source: EVENT_SOURCE,
    account: '123456789012',
    time: '2026-03-12T19:03:58Z',
    region: 'us-east-1',
    resources: [],
    detail,
  };
}

/** A Lambda's context whose remaining time decreases. */
export function testContext(timeoutMs = 30_000): Context {
  return lambdaContext({ functionName: 'test', requestId: '8f5f0fd4-6a1c-4b8d-9f6b-0c3d6a0d1a11', timeoutMs });
}
