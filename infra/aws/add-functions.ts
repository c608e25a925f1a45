/** The Lambdas that respond to requests, each with the environment, secrets and rights of its plan. */
import { join } from 'node:path';
import type { Stack } from 'aws-cdk-lib';
import type { EventBus } from 'aws-cdk-lib/aws-events';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { HttpFunctionName } from '../../shared/api/endpoint.ts';
import { ENVIRONMENT, EVENT_SOURCE, type EventName } from '../../shared/contract.ts';
import type { DatabaseAccess } from './database-access.ts';
import { addFunction, type CommonOptions, type FunctionOptions, nodeCommand, PROJECT } from './function.ts';
import { FUNCTIONS, type FunctionPlan, perFunction, type Use } from './functions.ts';
import { asynchronously } from './schedule.ts';
import type { Secrets } from './secret.ts';
import { POLICY_VARIABLES, type Settings } from './settings.ts';

export type Functions = Readonly<Record<HttpFunctionName, NodejsFunction>>;

/** What the functions of a deployment use. */
export interface ServiceParts {
  readonly settings: Settings;
  readonly access: DatabaseAccess;
  readonly secrets: Secrets;
  readonly bus: EventBus;
  readonly deadLetters: Queue;
}

/** A Lambda for each plan. */
export function addFunctions(stack: Stack, parts: ServiceParts): Functions {
  return perFunction((name) => {
    const plan = FUNCTIONS[name];
    const lambda = addFunction(stack, pascal(name), functionOptions(name, plan, parts));
    if (plan.publishes.length > 0) allowEvents(lambda, parts.bus, plan.publishes);
    return lambda;
  });
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

function functionOptions(name: HttpFunctionName, plan: FunctionPlan, parts: ServiceParts): FunctionOptions {
  const { settings, secrets, access } = parts;
  const shared = commonOptions(parts, name);
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

/** What the plan of each function adds to. */
export function commonOptions(
  { settings, access }: Pick<ServiceParts, 'settings' | 'access'>,
  folder: string,
): CommonOptions {
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
