/** The functions, the API in front of them, the schedule, the event bus, the secrets. */
import { join } from 'node:path';
import { CfnOutput, Stack } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { EventBus } from 'aws-cdk-lib/aws-events';
import type { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { HttpFunctionName } from '../../shared/api/endpoint.ts';
import { webhookEndpoints } from '../../shared/api/webhook.ts';
import { ENVIRONMENT } from '../../shared/contract.ts';
import { addApi } from './api.ts';
import type { Data } from './data-stack.ts';
import {
  type DatabaseSecrets,
  existingDatabaseSecrets,
  ownDatabaseSecrets,
  rotateServiceSecret,
} from './database-secret.ts';
import { addDeadLetters } from './dead-letter-queue.ts';
import { addFunction, type FunctionOptions, nodeCommand, PROJECT } from './function.ts';
import { FUNCTIONS, type FunctionPlan, POLICY_VARIABLES, type Use } from './functions.ts';
import { addMigration } from './migration.ts';
import { asynchronously, continueOnRequest, runOnSchedule } from './schedule.ts';
import { existingSecret, generatedToken, secretToFill } from './secret.ts';
import type { Settings } from './settings.ts';

export interface Service {
  readonly stack: Stack;
  readonly api: HttpApi;
  readonly functions: Readonly<Record<HttpFunctionName, NodejsFunction>>;
  readonly migrate: NodejsFunction;
  readonly deadLetters: Queue;
}

interface Parts {
  readonly settings: Settings;
  readonly data: Data | null;
  readonly secrets: Secrets;
  readonly bus: EventBus;
  readonly deadLetters: Queue;
}

interface Secrets {
  readonly database: DatabaseSecrets;
  readonly retell: ISecret;
  readonly webhook: ISecret | null;
  readonly token: ISecret;
}

/** `data` is null when the team brings its own database. */
export function serviceStack(scope: Construct, settings: Settings, data: Data | null): Service {
  const stack = new Stack(scope, 'Service', {
    stackName: `${settings.name}-service`,
    description: 'voice-agent-sync: the API, its functions, and the schedule',
  });
  const secrets = addSecrets(stack, settings, data);
  const bus = new EventBus(stack, 'Events', { eventBusName: settings.name });
  const parts = { settings, data, secrets, bus, deadLetters: addDeadLetters(stack) };
  const { migrate, migration } = addMigration(stack, common(parts, 'migrate'), secrets.database);
  // Its role is there by then: a rotation of a password that nobody has yet would fail.
  if (data !== null) rotateServiceSecret(stack, data, secrets.database.service, settings).node.addDependency(migration);
  const functions = addFunctions(stack, parts);
  // New code meets the tables that it was written for, and the old one keeps its grants as long as it runs.
  for (const lambda of Object.values(functions)) lambda.node.scope?.node.addDependency(migration);
  runOnSchedule(stack, functions['scheduled-sync'], parts.deadLetters, settings);
  continueOnRequest(stack, functions['scheduled-sync'], parts.deadLetters, bus);
  const api = addApi(stack, functions, settings);
  const service = { stack, api, functions, migrate, deadLetters: parts.deadLetters };
  addOutputs(service, secrets);
  return service;
}

function addSecrets(stack: Stack, settings: Settings, data: Data | null): Secrets {
  const { retellApiKeySecret, retellWebhookSecret } = settings;
  return {
    database: data === null ? existingDatabaseSecrets(stack, settings) : ownDatabaseSecrets(stack, data),
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
    if (plan.uses.includes('events')) parts.bus.grantPutEventsTo(lambda);
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

function functionOptions(name: HttpFunctionName, plan: FunctionPlan, parts: Parts): FunctionOptions {
  const { settings, secrets } = parts;
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
      ...(uses('events') ? { [ENVIRONMENT.eventBusName]: parts.bus.eventBusName } : {}),
      ...(uses('retell') ? retellEnvironment(settings) : {}),
      ...(uses('policy') ? policyEnvironment(settings) : {}),
    },
    secrets: {
      [ENVIRONMENT.databaseSecretArn]: secrets.database.service,
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

/** By the console's own build, which is not imported: it belongs to the function. */
function buildPage(directory: string): readonly string[] {
  const assets = join(directory, 'assets');
  return [
    nodeCommand(join(PROJECT, 'functions', 'console', 'build-page.ts'), assets),
    // Without a page the deployment ends here: the function would answer every browser with an error.
    nodeCommand('-e', "require('fs').accessSync(process.argv[1])", join(assets, 'index.html')),
  ];
}

function common({ settings, data }: Parts, folder: string) {
  return {
    folder,
    network: data?.network,
    databaseCaFile: settings.databaseCaFile,
    logRetentionDays: settings.logRetentionDays,
    environment: {
      [ENVIRONMENT.metricService]: settings.name,
      ...(settings.logLevel === undefined ? {} : { [ENVIRONMENT.logLevel]: settings.logLevel }),
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

function addOutputs({ stack, api, migrate, deadLetters }: Service, secrets: Secrets): void {
  new CfnOutput(stack, 'ApiUrl', { value: api.apiEndpoint, description: 'The page for people, and the API' });
  new CfnOutput(stack, 'WebhookUrl', {
    value: `${api.apiEndpoint}${webhookEndpoints.webhook.path}`,
    description: "To set as the account's webhook URL in Retell's dashboard",
  });
  new CfnOutput(stack, 'RetellApiKeySecretArn', { value: secrets.retell.secretArn });
  new CfnOutput(stack, 'SyncTokenSecretArn', { value: secrets.token.secretArn });
  new CfnOutput(stack, 'DatabaseSecretArn', { value: secrets.database.service.secretArn });
  new CfnOutput(stack, 'MigrateFunctionName', { value: migrate.functionName });
  new CfnOutput(stack, 'DeadLettersUrl', { value: deadLetters.queueUrl });
}
