/** The functions, the API in front of them, the schedule, the event bus, the secrets. */
import { join } from 'node:path';
import { CfnOutput, type Stack } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import type { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { HttpFunctionName } from '../../shared/api/endpoint.ts';
import { webhookEndpoints } from '../../shared/api/webhook.ts';
import { ENVIRONMENT, EVENT_SOURCE, type EventName } from '../../shared/contract.ts';
import { type Api, addApi } from './api.ts';
import type { Data } from './data-stack.ts';
import { type DatabaseAccess, existingDatabase, rdsDatabase } from './database-access.ts';
import { addDeadLetters } from './dead-letter-queue.ts';
import type { Deployment } from './deployment.ts';
import { DeploymentStack, refuseOtherDatabase } from './deployment-stack.ts';
import { addFunction, type CommonOptions, type FunctionOptions, nodeCommand, PROJECT } from './function.ts';
import { FUNCTIONS, type FunctionPlan, POLICY_VARIABLES, type Use } from './functions.ts';
import { addMigration } from './migration.ts';
import { asynchronously, continueOnRequest, runOnSchedule } from './schedule.ts';
import { existingSecret, generatedToken, secretToFill } from './secret.ts';
import type { Settings } from './settings.ts';

export interface Service {
  readonly stack: Stack;
  readonly api: HttpApi;
  /** The URL for people and Retell: at the custom domain, if one is set. */
  readonly apiUrl: string;
  readonly functions: Readonly<Record<HttpFunctionName, NodejsFunction>>;
  readonly migrate: NodejsFunction;
  readonly deadLetters: Queue;
}

interface Parts {
  readonly settings: Settings;
  readonly access: DatabaseAccess;
  readonly secrets: Secrets;
  readonly bus: EventBus;
  readonly deadLetters: Queue;
}

interface Secrets {
  readonly retell: ISecret;
  readonly webhook: ISecret | null;
  readonly token: ISecret;
}

/** `data` is null when the team brings its own database. */
export function serviceStack(scope: Construct, deployment: Deployment, data: Data | null): Service {
  const { settings } = deployment;
  const stack = new DeploymentStack(scope, 'Service', deployment, {
    description: 'voice-agent-sync: the API, its functions, and the schedule',
  });
  refuseOtherDatabase(stack, deployment);
  const access = databaseAccess(stack, settings, data);
  const bus = new EventBus(stack, 'Events', { eventBusName: settings.name });
  const parts = { settings, access, secrets: addSecrets(stack, settings), bus, deadLetters: addDeadLetters(stack) };
  const { migrate, migration } = addMigration(stack, common(parts, 'migrate'), access, settings);
  const functions = addFunctions(stack, parts);
  // New code starts after its migrations, and old code keeps its grants while it runs.
  for (const lambda of Object.values(functions)) lambda.node.scope?.node.addDependency(migration);
  const schedule = runOnSchedule(stack, functions['scheduled-sync'], parts.deadLetters, settings);
  continueOnRequest(stack, functions['scheduled-sync'], parts.deadLetters, bus);
  const api = addApi(stack, functions, settings);
  const service = { stack, api: api.httpApi, apiUrl: api.url, functions, migrate, deadLetters: parts.deadLetters };
  addOutputs(service, parts, { api, schedule });
  return service;
}

/** The settings that `data` was created from. */
function databaseAccess(stack: Stack, { database }: Settings, data: Data | null): DatabaseAccess {
  if (database.kind !== 'rds') return existingDatabase(stack, database);
  if (data === null) throw new Error('A new RDS has a stack of its own');
  return rdsDatabase(data);
}

function addSecrets(stack: Stack, { retellApiKeySecret, retellWebhookSecret }: Settings): Secrets {
  return {
    retell:
      retellApiKeySecret === undefined
        ? secretToFill(stack, 'RetellApiKey', 'The API key of the Retell account')
        : existingSecret(stack, 'RetellApiKey', retellApiKeySecret),
    webhook: retellWebhookSecret === undefined ? null : existingSecret(stack, 'WebhookKeys', retellWebhookSecret),
    token: generatedToken(stack, 'SyncToken'),
  };
}

function addFunctions(stack: Stack, parts: Parts): Record<HttpFunctionName, NodejsFunction> {
  const add = (name: HttpFunctionName): NodejsFunction => {
    const plan = FUNCTIONS[name];
    const lambda = addFunction(stack, pascal(name), functionOptions(name, plan, parts));
    if (plan.publishes.length > 0) allowEvents(lambda, parts.bus, plan.publishes);
    return lambda;
  };
  return {
    sync: add('sync'),
    audit: add('audit'),
    cleanup: add('cleanup'),
    webhook: add('webhook'),
    'scheduled-sync': add('scheduled-sync'),
    console: add('console'),
  };
}

/** Not the grant of the construct, by which a function could publish any event, even an event that starts a sync. */
function allowEvents(lambda: NodejsFunction, bus: EventBus, names: readonly EventName[]): void {
  lambda.addToRolePolicy(
    new PolicyStatement({
      actions: ['events:PutEvents'],
      resources: [bus.eventBusArn],
      conditions: { StringEquals: { 'events:source': EVENT_SOURCE, 'events:detail-type': [...names].sort() } },
    }),
  );
}

function functionOptions(name: HttpFunctionName, plan: FunctionPlan, parts: Parts): FunctionOptions {
  const { settings, secrets, access } = parts;
  const shared = common(parts, name);
  const uses = (use: Use) => plan.uses.includes(use);
  return {
    ...shared,
    description: plan.description,
    memoryMb: plan.memoryMb,
    timeoutSeconds: plan.timeoutSeconds,
    concurrency: settings.reservedConcurrency ? plan.concurrency : undefined,
    environment: {
      ...shared.environment,
      ...(plan.publishes.length > 0 ? { [ENVIRONMENT.eventBusName]: parts.bus.eventBusName } : {}),
      ...(uses('retell') ? retellEnvironment(settings) : {}),
      ...(uses('policy') ? policyEnvironment(settings) : {}),
    },
    secrets: {
      ...(access.serviceSecret === null ? {} : { [ENVIRONMENT.databaseSecretArn]: access.serviceSecret }),
      ...(uses('retell') ? { [ENVIRONMENT.retellApiKeySecretArn]: secrets.retell } : {}),
      ...(uses('token') ? { [ENVIRONMENT.syncAuthTokenSecretArn]: secrets.token } : {}),
      ...(uses('webhook_keys') && secrets.webhook !== null
        ? { [ENVIRONMENT.retellWebhookSecretArn]: secrets.webhook }
        : {}),
    },
    ...(name === 'console' ? { putBeside: buildPage } : {}),
    ...(name === 'scheduled-sync' ? { asynchronous: asynchronously(parts.deadLetters) } : {}),
  };
}

/** Runs the console's own build, which is not imported because it belongs to the function. */
function buildPage(directory: string): readonly string[] {
  const assets = join(directory, 'assets');
  return [
    nodeCommand(join(PROJECT, 'functions', 'console', 'build-page.ts'), assets),
    // Without a page the deployment fails here: the function would respond to every browser with an error.
    nodeCommand('-e', "require('fs').accessSync(process.argv[1])", join(assets, 'index.html')),
  ];
}

function common({ settings, access }: Pick<Parts, 'settings' | 'access'>, folder: string): CommonOptions {
  const { database, logRetentionDays, logLevel } = settings;
  return {
    folder,
    network: access.network,
    databaseCaFile: database.kind === 'rds' ? undefined : database.caFile,
    logRetentionDays,
    grantConnect: access.grantConnect,
    environment: {
      ...access.environment,
      [ENVIRONMENT.metricService]: settings.name,
      ...(logLevel === undefined ? {} : { [ENVIRONMENT.logLevel]: logLevel }),
    },
  };
}

function retellEnvironment({ retellBaseUrl }: Settings): Record<string, string> {
  return retellBaseUrl === undefined ? {} : { [ENVIRONMENT.retellBaseUrl]: retellBaseUrl };
}

function policyEnvironment(settings: Settings): Record<string, string> {
  const chosen = POLICY_VARIABLES.map(([setting, variable]) => [variable, settings[setting]] as const);
  const given = chosen.flatMap(([variable, value]) => (value === undefined ? [] : [[variable, String(value)]]));
  return { [ENVIRONMENT.syncSchedule]: settings.schedule.text, ...Object.fromEntries(given) };
}

function pascal(name: string): string {
  return name.replace(/(^|-)([a-z])/g, (_, __, letter: string) => letter.toUpperCase());
}

/** Every value that the docs refer to. */
function addOutputs(
  { stack, apiUrl, functions, migrate, deadLetters }: Service,
  { access, secrets, bus }: Parts,
  { api, schedule }: { api: Api; schedule: CfnSchedule },
): void {
  const add = (id: string, value: string, description: string) => new CfnOutput(stack, id, { value, description });
  add('ApiUrl', apiUrl, 'The page for people, and the API');
  add(
    'WebhookUrl',
    `${apiUrl}${webhookEndpoints.webhook.path}`,
    "To set as the account's webhook URL in Retell's dashboard, unless the platform's is there: docs/webhooks.md",
  );
  add('RetellApiKeySecretArn', secrets.retell.secretArn, "Secret for Retell's API key");
  add('SyncTokenSecretArn', secrets.token.secretArn, "Secret with the API's bearer token");
  if (access.serviceSecret !== null)
    add('DatabaseSecretArn', access.serviceSecret.secretArn, 'Secret that the functions connect with');
  if (api.domainTarget !== null)
    add('DomainTarget', api.domainTarget, 'What the CNAME record of your domain points to');
  add('MigrateFunctionName', migrate.functionName, 'Runs the migrations by hand');
  add('ScheduledSyncFunctionName', functions['scheduled-sync'].functionName, 'What the schedule invokes');
  add('ScheduleName', schedule.ref, 'The schedule');
  add('EventBusName', bus.eventBusName, 'Where domain events are published');
  add('DeadLettersUrl', deadLetters.queueUrl, 'Runs that were given up');
  add('ApiLogGroupName', api.logGroupName, 'The log of all requests');
}
