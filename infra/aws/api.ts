import { RemovalPolicy } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  CfnRoute,
  HttpApi,
  HttpMethod,
  HttpNoneAuthorizer,
  HttpStage,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { HttpFunctionName } from '../../shared/api/endpoint.ts';
import { ENDPOINTS } from '../../shared/api/endpoints.ts';
import { acknowledge } from './acknowledge.ts';
import type { Settings } from './settings.ts';

/** Far more than a team and its webhooks need, and far less than would cost or hurt. */
const THROTTLE = { rateLimit: 50, burstLimit: 100 };

/** A route for each endpoint; everything else goes to the console function, whose 404 has the shape of all errors. */
export function addApi(
  scope: Construct,
  functions: Readonly<Record<HttpFunctionName, IFunction>>,
  settings: Settings,
): HttpApi {
  const integration = integrations(functions);
  const api = new HttpApi(scope, 'Api', {
    apiName: settings.name,
    createDefaultStage: false,
    defaultIntegration: integration('console'),
    defaultAuthorizer: new HttpNoneAuthorizer(),
  });
  for (const { method, path, function: name } of ENDPOINTS) {
    api.addRoutes({ path, methods: [HttpMethod[method]], integration: integration(name) });
  }
  new HttpStage(scope, 'Stage', {
    httpApi: api,
    stageName: '$default',
    autoDeploy: true,
    throttle: THROTTLE,
    accessLogSettings: {
      destination: new LogGroupLogDestination(accessLogs(scope, settings)),
      format: AccessLogFormat.custom(ACCESS_LOG),
    },
  });
  acknowledgeOwnAccessCheck(api);
  return api;
}

/** One for each function, however many routes it has. */
function integrations(functions: Readonly<Record<HttpFunctionName, IFunction>>) {
  const made = new Map<HttpFunctionName, HttpLambdaIntegration>();
  return (name: HttpFunctionName): HttpLambdaIntegration => {
    const integration = made.get(name) ?? new HttpLambdaIntegration(`${name}-integration`, functions[name]);
    made.set(name, integration);
    return integration;
  };
}

function accessLogs(scope: Construct, settings: Settings): LogGroup {
  return new LogGroup(scope, 'AccessLogs', {
    // Under this prefix CloudFormation needs no resource policy of the account, of which there can be only ten.
    logGroupName: `/aws/vendedlogs/apis/${settings.name}`,
    retention: settings.logRetentionDays,
    removalPolicy: RemovalPolicy.DESTROY,
  });
}

/** Without the query, the headers and the body, in which secrets and what was said may stand. */
const ACCESS_LOG = JSON.stringify({
  requestId: '$context.requestId',
  time: '$context.requestTime',
  ip: '$context.identity.sourceIp',
  routeKey: '$context.routeKey',
  status: '$context.status',
  responseLength: '$context.responseLength',
  latency: '$context.responseLatency',
  integrationLatency: '$context.integrationLatency',
  integrationError: '$context.integrationErrorMessage',
});

function acknowledgeOwnAccessCheck(api: HttpApi): void {
  for (const route of api.node.findAll().filter((construct) => construct instanceof CfnRoute)) {
    acknowledge(
      route,
      'APIG4',
      'The functions check access themselves, before anything else is read: a bearer token in constant time, or, over the ' +
        'raw body, which no authorizer sees, the signature of a webhook. Open are only health and the page. The tests send ' +
        'every route a request without either and expect 401.',
    );
  }
}
