/** Messages in a Slack channel: what requires a person, in a sentence with a link. */
import { SecretValue, type Stack } from 'aws-cdk-lib';
import {
  ApiDestination,
  Authorization,
  Connection,
  EventBus,
  EventField,
  type EventPattern,
  type IApiDestination,
  type IEventBus,
  Rule,
  RuleTargetInput,
} from 'aws-cdk-lib/aws-events';
import { ApiDestination as ApiDestinationTarget } from 'aws-cdk-lib/aws-events-targets';
import { EVENT_SOURCE, EVENTS } from '../../shared/contract.ts';
import type { Alarms } from './alarms.ts';
import type { Settings } from './settings.ts';

interface SlackContext {
  readonly apiUrl: string;
  readonly alarms: Alarms;
}

interface Message {
  readonly id: string;
  readonly pattern: EventPattern;
  readonly text: string;
}

export function addSlack(stack: Stack, settings: Settings, context: SlackContext): void {
  const destination = slackDestination(stack, settings.slackWebhookSecret ?? '');
  const ownBus = EventBus.fromEventBusName(stack, 'Events', settings.name);
  const add = (bus: IEventBus | null, { id, pattern, text }: Message) =>
    new Rule(stack, id, {
      description: 'A message in Slack',
      ...(bus === null ? {} : { eventBus: bus }),
      eventPattern: pattern,
      targets: [new ApiDestinationTarget(destination, { event: RuleTargetInput.fromObject({ text }) })],
    });
  for (const message of eventMessages(settings, context)) add(ownBus, message);
  // Alarms are events of the account's default bus.
  for (const message of alarmMessages(settings, context)) add(null, message);
}

/** The URL of an incoming webhook is itself the secret. A connection must have a key, so it gets a meaningless one. */
function slackDestination(stack: Stack, secret: string): IApiDestination {
  const connection = new Connection(stack, 'Slack', {
    authorization: Authorization.apiKey('x-source', SecretValue.unsafePlainText(EVENT_SOURCE)),
    description: 'Slack',
  });
  const destination = new ApiDestination(stack, 'SlackChannel', {
    connection,
    endpoint: SecretValue.secretsManager(secret).unsafeUnwrap(),
    description: 'The incoming webhook of a channel in Slack',
    rateLimitPerSecond: 1,
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- CDK's classes break exactOptionalPropertyTypes
  return destination as IApiDestination;
}

/** Without Slack's link syntax: EventBridge uses the angle brackets. */
function eventMessages({ name }: Settings, { apiUrl }: SlackContext): readonly Message[] {
  const detail = (field: string) => EventField.fromPath(`$.detail.${field}`);
  const onlyOurs = (event: string): EventPattern => ({ source: [EVENT_SOURCE], detailType: [event] });
  return [
    {
      id: 'SlackHealthDegraded',
      pattern: onlyOurs(EVENTS.healthDegraded),
      text: `*${name}*: the health score fell from ${detail('previous_health_score')} to ${detail('health_score')}. See which agents are out of sync: ${apiUrl}`,
    },
    {
      id: 'SlackOrphanGuard',
      pattern: onlyOurs(EVENTS.orphanGuardTripped),
      text: `*${name}*: a guard (${detail('reason')}) blocks the orphaning of ${detail('orphans')} agents until a person confirms it. See which: ${apiUrl}`,
    },
  ];
}

function alarmMessages({ name }: Settings, { alarms }: SlackContext): readonly Message[] {
  const { composite, compositeDescription, mailed } = alarms;
  const others = mailed.filter((alarm) => alarm !== composite);
  const [alarm, state, description] = ['alarmName', 'state.value', 'configuration.description'].map((field) =>
    EventField.fromPath(`$.detail.${field}`),
  );
  const changeOf = (alarmName: string[]): EventPattern => ({
    source: ['aws.cloudwatch'],
    detailType: ['CloudWatch Alarm State Change'],
    detail: { alarmName, state: { value: ['ALARM', 'OK'] } },
  });
  return [
    {
      id: 'SlackNeedsAttention',
      pattern: changeOf([composite.alarmName]),
      text: `*${name}*: ${alarm} is ${state}. ${compositeDescription}`,
    },
    {
      id: 'SlackAlarm',
      pattern: changeOf(others.map(({ alarmName }) => alarmName)),
      text: `*${name}*: ${alarm} is ${state}. ${description}`,
    },
  ];
}
