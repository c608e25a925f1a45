import { RemovalPolicy } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  CfnRoute,
  CfnStage,
  DomainName,
  HttpApi,
  HttpMethod,
  HttpNoneAuthorizer,
  HttpStage,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { type HttpFunctionName, routeKey } from '../../shared/api/endpoint.ts';
import { ENDPOINTS } from '../../shared/api/endpoints.ts';
import { webhookEndpoints } from '../../shared/api/webhook.ts';
import { acknowledge } from './acknowledge.ts';
import type { Settings } from './settings.ts';

export interface Api {
  readonly httpApi: HttpApi;
  readonly url: string;
  /** null: no custom domain. */
  readonly domainTarget: string | null;
  readonly logGroupName: string;
}

/** Rate and burst of a route without its own limit: more than people and scripts need. */
const THROTTLE = { rateLimit: 20, burstLimit: 40 };
/** The webhook's own limit, so that no other caller uses up what Retell needs. */
const WEBHOOK_THROTTLE = { ThrottlingRateLimit: 50, ThrottlingBurstLimit: 100 };

/** A route for each endpoint; everything else goes to the console function, whose 404 has the shape of all errors. */
export function addApi(
  scope: Construct,
  functions: Readonly<Record<HttpFunctionName, IFunction>>,
  settings: Settings,
): Api {
  const integration = integrations(functions);
  const httpApi = new HttpApi(scope, 'Api', {
    apiName: settings.name,
    createDefaultStage: false,
    defaultIntegration: integration('console'),
    defaultAuthorizer: new HttpNoneAuthorizer(),
  });
  for (const { method, path, function: name } of ENDPOINTS) {
    httpApi.addRoutes({ path, methods: [HttpMethod[method]], integration: integration(name) });
  }
  const logGroup = accessLogs(scope, settings);
  const domain = addDomain(scope, settings);
  const stage = new HttpStage(scope, 'Stage', {
    httpApi,
    stageName: '$default',
    autoDeploy: true,
    throttle: THROTTLE,
    accessLogSettings: {
      destination: new LogGroupLogDestination(logGroup),
      format: AccessLogFormat.custom(ACCESS_LOG),
    },
    ...(domain === null ? {} : { domainMapping: { domainName: domain } }),
  });
  throttleWebhook(stage, httpApi);
  acknowledgeOwnAccessCheck(httpApi);
  return {
    httpApi,
    url: settings.domain === undefined ? httpApi.apiEndpoint : `https://${settings.domain.name}`,
    domainTarget: domain?.regionalDomainName ?? null,
    logGroupName: logGroup.logGroupName,
  };
}

/** A webhook URL at a custom domain stays the same when the API is replaced. */
function addDomain(scope: Construct, { domain }: Settings): DomainName | null {
  if (domain === undefined) return null;
  const certificate = Certificate.fromCertificateArn(scope, 'Certificate', domain.certificateArn);
  return new DomainName(scope, 'Domain', { domainName: domain.name, certificate });
}

function throttleWebhook(stage: HttpStage, api: HttpApi): void {
  const cfnStage = stage.node.defaultChild;
  const webhooks = Object.values(webhookEndpoints).map(routeKey);
  if (!(cfnStage instanceof CfnStage)) throw new Error('A stage is one resource');
  cfnStage.routeSettings = Object.fromEntries(webhooks.map((key) => [key, WEBHOOK_THROTTLE]));
  // A stage may not name a route that does not exist yet.
  for (const route of routesOf(api)) if (webhooks.includes(route.routeKey)) cfnStage.addResourceDependency(route);
}

function routesOf(api: HttpApi): CfnRoute[] {
  return api.node.findAll().filter((construct) => construct instanceof CfnRoute);
}

/** One permission for each function, however many routes it has. */
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
    // Log groups with this prefix need no resource policy of the account, which can have only ten.
    logGroupName: `/aws/vendedlogs/apis/${settings.name}`,
    retention: settings.logRetentionDays,
    removalPolicy: RemovalPolicy.DESTROY,
  });
}

/** Without the query, the headers and the body, which may contain secrets and transcripts. */
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
  for (const route of routesOf(api)) {
    acknowledge(
      route,
      'APIG4',
      'The functions check access themselves, before anything else is read: a bearer token in constant time, or, over the ' +
        'raw body, which no authorizer sees, the signature of a webhook. Open are only health and the page. The tests send ' +
        'every route a request without either and expect 401.',
    );
  }
}
