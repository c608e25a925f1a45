/** The functions, the API in front of them, the schedule, the event bus, the secrets. */
import { CfnOutput, type Stack } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { webhookEndpoints } from '../../shared/api/webhook.ts';
import { addFunctions, commonOptions, type Functions, type ServiceParts } from './add-functions.ts';
import { type Api, addApi } from './api.ts';
import type { Data } from './data-stack.ts';
import { databaseAccess } from './database-access.ts';
import { addDeadLetters } from './dead-letter-queue.ts';
import type { Deployment } from './deployment.ts';
import { DeploymentStack, refuseOtherDatabase } from './deployment-stack.ts';
import { addMigration, type Migration } from './migration.ts';
import { continueOnRequest, runOnSchedule } from './schedule.ts';
import { addSecrets } from './secret.ts';

export interface Service {
  readonly stack: Stack;
  readonly api: Api['httpApi'];
  /** The URL for people and Retell: at the custom domain, if one is set. */
  readonly apiUrl: string;
  readonly functions: Functions;
  readonly migrate: Migration['migrate'];
  readonly deadLetters: Queue;
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
  const { migrate, migration } = addMigration(stack, commonOptions(parts, 'migrate'), access, settings);
  const functions = addFunctions(stack, parts);
  // New code starts after its migrations, and old code keeps its grants while it runs.
  for (const lambda of Object.values(functions)) lambda.node.scope?.node.addDependency(migration);
  const schedule = runOnSchedule(stack, functions['scheduled-sync'], parts.deadLetters, settings);
  continueOnRequest(stack, functions['scheduled-sync'], parts.deadLetters, bus);
  const api = addApi(stack, functions, settings);
  const service = { stack, api: api.httpApi, apiUrl: api.url, functions, migrate, deadLetters: parts.deadLetters };
  addOutputs(service, parts, { api, scheduleName: schedule.ref });
  return service;
}

/** Every value that the docs refer to. */
function addOutputs(
  { stack, apiUrl, functions, migrate, deadLetters }: Service,
  { access, secrets, bus }: ServiceParts,
  { api, scheduleName }: { api: Api; scheduleName: string },
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
  add('ScheduleName', scheduleName, 'The schedule');
  add('EventBusName', bus.eventBusName, 'Where domain events are published');
  add('DeadLettersUrl', deadLetters.queueUrl, 'Runs that were given up');
  add('ApiLogGroupName', api.logGroupName, 'The log of all requests');
}
