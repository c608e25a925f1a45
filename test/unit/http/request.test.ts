/** Which events are HTTP requests, and how events in unknown formats are refused. */
import { describe, expect, test } from '@jest/globals';
import { lambdaHandler } from '../../../shared/http/handler.ts';
import { readInvocation } from '../../../shared/http/request.ts';
import { busEvent, httpEvent, schedulerEvent, testContext } from '../../support/events.ts';
import { type Answered, answered, echoRoutes, SYNC, setup, WEBHOOK } from './stack.ts';

/** From AWS's documented examples; each also claims to be the schedule, as its caller might. */
const FOREIGN: Readonly<Record<string, object>> = {
  'a REST API': {
    version: '1.0',
    resource: '/api/retell-webhook',
    path: '/api/retell-webhook',
    httpMethod: 'POST',
    headers: { 'content-type': 'application/json' },
    multiValueHeaders: { 'content-type': ['application/json'] },
    requestContext: { stage: 'prod', requestId: 'id', resourcePath: '/api/retell-webhook' },
    body: '{}',
    isBase64Encoded: false,
  },
  'an Application Load Balancer': {
    requestContext: { elb: { targetGroupArn: 'arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/x/1' } },
    httpMethod: 'POST',
    path: '/api/retell-webhook',
    queryStringParameters: {},
    headers: { host: 'example.com' },
    body: '{}',
    isBase64Encoded: false,
  },
  'another kind of HTTP source': {
    requestContext: { routeKey: '$connect', connectionId: 'L0SM9cOFvHcCIhw=', eventType: 'CONNECT' },
    isBase64Encoded: false,
  },
};
const LATTICE = { method: 'POST', raw_path: '/api/retell-webhook', headers: { host: 'example.com' }, body: '{}' };

async function handled(event: object): Promise<Answered> {
  const onEvent = () => Promise.resolve('taken for an event');
  const handler = lambdaHandler({ services: () => setup(null).services, routes: echoRoutes(), onEvent });
  return answered(await handler(event, testContext()));
}

describe('an HTTP event in another format is refused with its name, and never treated as the schedule', () => {
  test.each(Object.entries(FOREIGN))('%s', async (source, event) => {
    const response = await handled({ ...event, source: 'aws.scheduler', 'detail-type': 'Scheduled Event', detail: {} });
    expect(response).toMatchObject({
      status: 501,
      body: {
        code: 'unsupported_event',
        error: expect.stringContaining(source),
        request_id: testContext().awsRequestId,
      },
    });
  });

  test('VPC Lattice', async () => {
    expect(await handled({ ...LATTICE, source: 'aws.scheduler' })).toMatchObject({ status: 501 });
  });
});

describe('an event of an HTTP API is a request', () => {
  test('under a custom domain, whose base path stays in front of the path', async () => {
    const event = { ...httpEvent(WEBHOOK), rawPath: '/voices/api/retell-webhook' };
    expect(await handled(event)).toMatchObject({ status: 200 });
  });

  test('in a named stage, whose name stays in front of the path', async () => {
    const event = httpEvent(WEBHOOK);
    const requestContext = { ...event.requestContext, stage: 'prod' };
    expect(await handled({ ...event, rawPath: '/prod/api/retell-webhook', requestContext })).toMatchObject({
      status: 200,
    });
    const byPath = { ...event, routeKey: '$default', rawPath: '/prod/api/retell-webhook', requestContext };
    expect(await handled(byPath)).toMatchObject({ status: 200 });
    const root = readInvocation({ ...byPath, rawPath: '/prod' }, testContext());
    expect(root).toMatchObject({ request: { path: '/', sent_path: '/prod' } });
  });

  test('from a function URL or a catch-all route, which names no route', async () => {
    expect(await handled({ ...httpEvent(SYNC), routeKey: '$default' })).toMatchObject({ status: 200 });
    const event = httpEvent({ path: '/api/sync-runs/a%2Fb' });
    const { pathParameters: _, ...rest } = event;
    expect(await handled({ ...rest, routeKey: 'ANY /{proxy+}' })).toMatchObject({ status: 200, body: { id: 'a/b' } });
    expect(await handled({ ...event, routeKey: '$default', rawPath: '/api/sync-runs/%zz' })).toMatchObject({
      status: 404,
    });
  });
});

test('only what is not HTTP is an event', () => {
  for (const event of [schedulerEvent(), busEvent('SyncCompleted'), {}, null, 'text', [], { Records: [] }]) {
    expect(readInvocation(event, testContext())).toEqual({ kind: 'event', event });
  }
});
