/** Alarms and their destinations, a budget, and the dashboard. */
import { Annotations, CfnOutput, ReferenceStrength, type Stack } from 'aws-cdk-lib';
import { FilterPattern, LogGroup, MetricFilter } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { alarmPlans } from './alarm-plans.ts';
import { type Alarms, addAlarms, alarmTopic } from './alarms.ts';
import { addBudget } from './budget.ts';
import { addDashboard } from './dashboard.ts';
import type { Data } from './data-stack.ts';
import type { Deployment } from './deployment.ts';
import { DeploymentStack } from './deployment-stack.ts';
import { refusedSignIns } from './metrics.ts';
import type { Service } from './service-stack.ts';
import type { Settings } from './settings.ts';
import { addSlack } from './slack.ts';

export interface Monitoring {
  readonly stack: Stack;
  readonly alarms: Alarms;
}

export function monitoringStack(
  scope: Construct,
  deployment: Deployment,
  service: Service,
  data: Data | null,
): Monitoring {
  const { settings } = deployment;
  const stack = new DeploymentStack(scope, 'Monitoring', deployment, {
    description: 'voice-agent-sync: alarms and the dashboard',
    // With an export, a function could not be removed while an alarm uses it.
    references: ReferenceStrength.WEAK,
  });
  const topic = alarmTopic(stack, settings);
  const { apiUrl } = service;
  const alarms = addAlarms(stack, alarmPlans(settings, service, data), { settings, topic, apiUrl });
  if (data !== null) countRefusedSignIns(stack, settings, data);
  if (settings.slackWebhookSecret !== undefined) addSlack(stack, settings, { apiUrl, alarms });
  if (settings.monthlyBudget !== undefined) addBudget(stack, settings, settings.monthlyBudget);
  if (settings.dashboard) addDashboard(stack, { settings, service, data, alarms: [alarms.composite, ...alarms.each] });
  warn(stack, settings);
  new CfnOutput(stack, 'AlarmTopicArn', { value: topic.topicArn, description: 'Where alarms are sent' });
  new CfnOutput(stack, 'AlarmName', { value: alarms.composite.alarmName, description: 'The alarm that leads' });
  return { stack, alarms };
}

function countRefusedSignIns(stack: Stack, settings: Settings, { logGroupName }: Data): void {
  const { namespace, metricName } = refusedSignIns(settings);
  new MetricFilter(stack, 'RefusedSignIns', {
    logGroup: LogGroup.fromLogGroupName(stack, 'DatabaseLogs', logGroupName),
    filterPattern: FilterPattern.anyTerm(
      'password authentication failed',
      'PAM authentication failed',
      'no pg_hba.conf entry',
    ),
    metricNamespace: namespace,
    metricName,
  });
}

function warn(stack: Stack, { alarmEmail, slackWebhookSecret, runbookUrl }: Settings): void {
  const warnings = Annotations.of(stack);
  if (alarmEmail === undefined && slackWebhookSecret === undefined)
    warnings.addWarningV2(
      'voice-agent-sync:alarmEmail',
      'No alarm reaches a person: set alarmEmail or slackWebhookSecret.',
    );
  if (runbookUrl === undefined)
    warnings.addWarningV2(
      'voice-agent-sync:runbookUrl',
      'The messages of the alarms have no link: set runbookUrl to the web view of docs/runbook.md in your repository.',
    );
}
