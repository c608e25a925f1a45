/** Invokes the scheduled sync: on the schedule, and for the continuation of a partial run. */
import { Duration, Stack } from 'aws-cdk-lib';
import { type EventBus, Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { EventInvokeConfigOptions, IFunction } from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { EVENT_SOURCE, EVENTS, SCHEDULE_EVENT } from '../../shared/contract.ts';
import type { Settings } from './settings.ts';

/** After this delay the next sync does the work anyway. */
const MAX_AGE = Duration.minutes(15);
const RETRIES = 2;

/** A failed run is retried once, then kept as a dead letter. */
export function asynchronously(deadLetters: Queue): EventInvokeConfigOptions {
  return { retryAttempts: 1, maxEventAge: MAX_AGE, onFailure: new SqsDestination(deadLetters) };
}

/** Not the L2 construct, whose role could invoke every version of the function. */
export function runOnSchedule(
  scope: Construct,
  target: IFunction,
  deadLetters: Queue,
  settings: Settings,
): CfnSchedule {
  const { seconds, text } = settings.schedule;
  const role = new Role(scope, 'ScheduleRole', {
    assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
    }),
  });
  role.addToPolicy(new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [target.functionArn] }));
  role.addToPolicy(new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [deadLetters.queueArn] }));
  const schedule = new CfnSchedule(scope, 'Schedule', {
    description: 'Sync, then audit',
    scheduleExpression: seconds === null ? 'rate(1 days)' : text,
    state: seconds === null ? 'DISABLED' : 'ENABLED',
    flexibleTimeWindow: { mode: 'OFF' },
    target: {
      arn: target.functionArn,
      roleArn: role.roleArn,
      input: JSON.stringify(SCHEDULE_EVENT),
      retryPolicy: { maximumRetryAttempts: RETRIES, maximumEventAgeInSeconds: MAX_AGE.toSeconds() },
      deadLetterConfig: { arn: deadLetters.queueArn },
    },
  });
  // A schedule that starts before its role has its rights would leave dead letters.
  schedule.node.addDependency(role);
  return schedule;
}

export function continueOnRequest(scope: Construct, target: IFunction, deadLetters: Queue, bus: EventBus): void {
  new Rule(scope, 'Continuation', {
    description: 'Goes on with a sync that had no time to finish',
    eventBus: bus,
    eventPattern: { source: [EVENT_SOURCE], detailType: [EVENTS.syncContinuationRequested] },
    targets: [
      new LambdaFunction(target, { deadLetterQueue: deadLetters, retryAttempts: RETRIES, maxEventAge: MAX_AGE }),
    ],
  });
}
