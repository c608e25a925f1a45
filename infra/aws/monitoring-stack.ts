import { Stack } from 'aws-cdk-lib';
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import { addAlarms, alarmPlans } from './alarms.ts';
import { addDashboard } from './dashboard.ts';
import type { Data } from './data-stack.ts';
import type { Service } from './service-stack.ts';
import type { Settings } from './settings.ts';

export interface Monitoring {
  readonly stack: Stack;
  readonly alarms: readonly Alarm[];
}

/** Alarms, whom they tell, and the dashboard. */
export function monitoringStack(scope: Construct, settings: Settings, service: Service, data: Data | null): Monitoring {
  const stack = new Stack(scope, 'Monitoring', {
    stackName: `${settings.name}-monitoring`,
    description: 'voice-agent-sync: alarms and the dashboard',
  });
  const alarms = addAlarms(stack, settings, alarmPlans(settings, service, data), alarmTopic(stack, settings));
  addDashboard(stack, settings, service, data, alarms);
  return { stack, alarms };
}

function alarmTopic(stack: Stack, settings: Settings): Topic {
  const topic = new Topic(stack, 'Alarms', { displayName: `Alarms of ${settings.name}`, enforceSSL: true });
  // The policy that enforces TLS takes the place of SNS' own, which would have let CloudWatch in.
  topic.grantPublish(
    new ServicePrincipal('cloudwatch.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': stack.account } },
    }),
  );
  if (settings.alarmEmail !== undefined) topic.addSubscription(new EmailSubscription(settings.alarmEmail));
  return topic;
}
