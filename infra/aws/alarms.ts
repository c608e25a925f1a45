/** CloudWatch alarms. Each has a heading of its name in docs/runbook.md. */
import type { Stack } from 'aws-cdk-lib';
import {
  Alarm,
  type AlarmBase,
  AlarmRule,
  AlarmState,
  ComparisonOperator,
  CompositeAlarm,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import type { AlarmPlan } from './alarm-plans.ts';
import type { Settings } from './settings.ts';

export interface Alarms {
  readonly each: readonly Alarm[];
  readonly composite: CompositeAlarm;
  /** The description of the composite alarm, which its events do not contain. */
  readonly compositeDescription: string;
  /** The alarms that send an email. */
  readonly mailed: readonly AlarmBase[];
}

interface AlarmContext {
  readonly settings: Settings;
  readonly topic: ITopic;
  /** The page's address, for the messages. */
  readonly apiUrl: string;
}

/** Where alarms are sent. */
export function alarmTopic(stack: Stack, settings: Settings): Topic {
  const topic = new Topic(stack, 'Alarms', { displayName: `Alarms of ${settings.name}`, enforceSSL: true });
  // The policy that enforces TLS replaces SNS' default policy, which would allow CloudWatch.
  topic.grantPublish(
    new ServicePrincipal('cloudwatch.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': stack.account } },
    }),
  );
  if (settings.alarmEmail !== undefined) topic.addSubscription(new EmailSubscription(settings.alarmEmail));
  return topic;
}

export function addAlarms(scope: Construct, plans: readonly AlarmPlan[], context: AlarmContext): Alarms {
  const added = plans.map((plan) => ({ plan, alarm: addAlarm(scope, plan, context) }));
  const members = added.filter(({ plan }) => plan.mail === 'composite').map(({ alarm }) => alarm);
  const compositeDescription = messageOf(COMPOSITE, 'Agents and rows may be out of sync; its alarms say why.', context);
  const composite = new CompositeAlarm(scope, COMPOSITE, {
    compositeAlarmName: `${context.settings.name}-${COMPOSITE}`,
    alarmDescription: compositeDescription,
    alarmRule: AlarmRule.anyOf(...members.map((alarm) => AlarmRule.fromAlarm(alarm, AlarmState.ALARM))),
  });
  const mailed = [composite, ...added.filter(({ plan }) => plan.mail === 'own').map(({ alarm }) => alarm)];
  for (const alarm of mailed) sendMail(alarm, context.topic);
  return { each: added.map(({ alarm }) => alarm), composite, compositeDescription, mailed };
}

const COMPOSITE = 'needs-attention';

function addAlarm(scope: Construct, plan: AlarmPlan, context: AlarmContext): Alarm {
  return new Alarm(scope, plan.slug, {
    alarmName: `${context.settings.name}-${plan.slug}`,
    alarmDescription: messageOf(plan.slug, plan.description, context),
    metric: plan.metric,
    comparisonOperator: COMPARISON[plan.comparison],
    threshold: plan.threshold,
    evaluationPeriods: plan.periods ?? 1,
    treatMissingData: MISSING[plan.missing],
  });
}

/**
 * The text of the email: what happened, where to look, and what to do. Without quotation marks, which end a string of
 * EventBridge.
 */
function messageOf(slug: string, description: string, { settings, apiUrl }: AlarmContext): string {
  const { runbookUrl } = settings;
  const runbook =
    runbookUrl === undefined ? `the heading ${slug} of docs/runbook.md in the repository` : `${runbookUrl}#${slug}`;
  return `${description} Look at: ${apiUrl} What to do: ${runbook}`;
}

function sendMail(alarm: AlarmBase, topic: ITopic): void {
  alarm.addAlarmAction(new SnsAction(topic));
  alarm.addOkAction(new SnsAction(topic));
}

const COMPARISON = {
  above: ComparisonOperator.GREATER_THAN_THRESHOLD,
  below: ComparisonOperator.LESS_THAN_THRESHOLD,
} as const;

const MISSING = {
  fine: TreatMissingData.NOT_BREACHING,
  alarming: TreatMissingData.BREACHING,
  // Nothing is recorded between two runs, so the state is kept.
  as_before: TreatMissingData.IGNORE,
} as const;
