import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { Match } from 'aws-cdk-lib/assertions';
import * as v from 'valibot';
import { METRIC_DIMENSION, METRIC_NAMESPACE, METRICS } from '../../shared/contract.ts';
import { referredTo, type Templates, templatesOf } from '../support/templates.ts';

const NAME = 'interviews-prod';
const RUNBOOK = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'runbook.md'), 'utf8');
const headings = [...RUNBOOK.matchAll(/^## (.+)$/gm)].map(([, title = '']) => title.toLowerCase().replaceAll(' ', '-'));

let own: Templates;
let existing: Templates;
beforeAll(() => {
  own = templatesOf({ name: NAME, alarmEmail: 'team@example.com', runbookUrl: 'https://example.com/runbook.md' });
  existing = templatesOf({ existingDatabaseSecret: 'team/postgres', schedule: 'rate(1 hour)' });
}, 180_000);

const Dimensions = v.optional(v.array(v.object({ Name: v.string(), Value: v.unknown() })), []);
const MetricStat = v.object({
  Metric: v.object({ Namespace: v.string(), MetricName: v.string(), Dimensions }),
  Stat: v.string(),
  Period: v.number(),
});
const Alarm = v.looseObject({
  AlarmName: v.string(),
  AlarmDescription: v.string(),
  AlarmActions: v.array(v.unknown()),
  OKActions: v.array(v.unknown()),
  ComparisonOperator: v.string(),
  Threshold: v.number(),
  EvaluationPeriods: v.number(),
  DatapointsToAlarm: v.optional(v.number()),
  TreatMissingData: v.string(),
  Metrics: v.optional(
    v.array(v.object({ Id: v.string(), Expression: v.optional(v.string()), MetricStat: v.optional(MetricStat) })),
  ),
});
type Alarm = v.InferOutput<typeof Alarm>;

const alarmsOf = ({ monitoring }: Templates) =>
  Object.values(monitoring.findResources('AWS::CloudWatch::Alarm')).map(({ Properties }) => v.parse(Alarm, Properties));
const slugsOf = (templates: Templates) =>
  alarmsOf(templates).map(({ AlarmDescription }) => /#([\w-]+)$/.exec(AlarmDescription)?.[1] ?? AlarmDescription);

/** `Errors of SyncFunction, Sum of 300 s` */
function told({ Metric, Stat, Period }: v.InferOutput<typeof MetricStat>): string {
  const of = Metric.Dimensions.map(({ Name, Value }) => `${Name} ${referredTo(Value)}`).join();
  return `${Metric.Namespace} ${Metric.MetricName} of ${of}, ${Stat} of ${Period} s`;
}

function watched(alarm: Alarm): string {
  const { Metrics } = alarm;
  if (Metrics === undefined) {
    const { Namespace, MetricName, Dimensions, Statistic: Stat, Period } = alarm;
    return told(v.parse(MetricStat, { Metric: { Namespace, MetricName, Dimensions }, Stat, Period }));
  }
  const expression = Metrics.flatMap(({ Expression }) => Expression ?? []).join();
  return expression.replaceAll(/m\d/g, (id) => {
    const stat = Metrics.find(({ Id }) => Id === id)?.MetricStat;
    return stat === undefined ? id : `[${told(stat)}]`;
  });
}

/** As a record of them by their whole names. */
const prefixed = (conditions: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(conditions).map(([slug, text]) => [`${NAME}-${slug}`, text]));

const OPERATORS = new Map([
  ['LessThanThreshold', '<'],
  ['GreaterThanThreshold', '>'],
]);

/** All that decides when it is raised. */
function condition(alarm: Alarm): string {
  const { ComparisonOperator, Threshold, EvaluationPeriods: periods, DatapointsToAlarm = periods } = alarm;
  const operator = OPERATORS.get(ComparisonOperator) ?? ComparisonOperator;
  return `${watched(alarm)} ${operator} ${Threshold}, ${DatapointsToAlarm} of ${periods}, no data ${alarm.TreatMissingData}`;
}

describe('alarms', () => {
  test('are these', () => {
    const database = ['database-storage-low', 'database-connections-high'];
    const others = [
      'health-score-low',
      'too-many-discrepancies',
      'sync-failed',
      'sync-missing',
      'orphan-guard-tripped',
      'event-publish-failures',
      'requests-refused',
      'webhooks-rejected',
      'function-errors',
      'function-throttles',
      'api-errors',
      'dead-letters',
    ];
    expect(slugsOf(own).sort()).toEqual([...others, ...database].sort());
    expect(slugsOf(existing).sort()).toEqual(others.sort());
  });

  test('[O7] each lead to a heading of the runbook, which has none besides', () => {
    expect(slugsOf(own).sort()).toEqual(headings.sort());
    for (const { AlarmName, AlarmDescription } of alarmsOf(own)) {
      const slug = AlarmName.replace(`${NAME}-`, '');
      expect(AlarmDescription).toMatch(new RegExp(`^.{20,} What to do: https://example.com/runbook.md#${slug}$`));
    }
  });

  test('tell the topic, which tells the team', () => {
    const topic = [{ Ref: Object.keys(own.monitoring.findResources('AWS::SNS::Topic'))[0] }];
    for (const alarm of alarmsOf(own)) expect(alarm).toMatchObject({ AlarmActions: topic, OKActions: topic });
    own.monitoring.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'email', Endpoint: 'team@example.com' });
    own.monitoring.hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Principal: { Service: 'cloudwatch.amazonaws.com' },
            Action: 'sns:Publish',
            Effect: 'Allow',
          }),
        ]),
      },
    });
  });

  test('are raised by exactly this', () => {
    const ours = (metric: string) => `${METRIC_NAMESPACE} ${metric} of ${METRIC_DIMENSION} ${NAME}`;
    const sum = (metric: string) =>
      ['Sync', 'Audit', 'Cleanup', 'Webhook', 'ScheduledSync', 'Console', 'Migrate']
        .map((name) => `FILL([AWS/Lambda ${metric} of FunctionName ${name}Function, Sum of 300 s], 0)`)
        .join(' + ');
    const database = (metric: string) => `AWS/RDS ${metric} of DBInstanceIdentifier Database`;
    expect(Object.fromEntries(alarmsOf(own).map((alarm) => [alarm.AlarmName, condition(alarm)]))).toEqual(
      prefixed({
        'health-score-low': `${ours('HealthScore')}, Minimum of 300 s < 70, 1 of 1, no data ignore`,
        'too-many-discrepancies': `${ours('SyncDiscrepancies')}, Maximum of 300 s > 5, 1 of 1, no data ignore`,
        'sync-failed': `${ours('SyncFailures')}, Sum of 300 s > 0, 1 of 1, no data notBreaching`,
        'sync-missing': `${ours('SyncSuccesses')}, Sum of 300 s < 1, 2 of 2, no data breaching`,
        'orphan-guard-tripped': `${ours('OrphanGuardTripped')}, Sum of 300 s > 0, 1 of 1, no data notBreaching`,
        'event-publish-failures': `${ours('EventPublishFailures')}, Sum of 300 s > 0, 1 of 1, no data notBreaching`,
        'requests-refused': `${ours('UnauthorizedRequests')}, Sum of 300 s > 10, 1 of 1, no data notBreaching`,
        'webhooks-rejected': `${ours('WebhookRejected')}, Sum of 300 s > 5, 1 of 1, no data notBreaching`,
        'function-errors': `${sum('Errors')} > 0, 1 of 1, no data notBreaching`,
        'function-throttles': `${sum('Throttles')} > 0, 1 of 1, no data notBreaching`,
        'api-errors': 'AWS/ApiGateway 5xx of ApiId Api, Sum of 300 s > 5, 1 of 1, no data notBreaching',
        'dead-letters':
          'AWS/SQS ApproximateNumberOfMessagesVisible of QueueName DeadLetters, Maximum of 300 s > 0, 1 of 1, no data notBreaching',
        'database-storage-low': `${database('FreeStorageSpace')}, Minimum of 300 s < 2147483648, 1 of 1, no data ignore`,
        'database-connections-high': `${database('DatabaseConnections')}, Maximum of 300 s > 60, 1 of 1, no data ignore`,
      }),
    );
  });

  test.each([
    ['five minutes', () => own, 300],
    ['an hour', () => existing, 3_600],
  ])('[L4] [O7] a missing sync is noticed after two periods of %s, and so is no data', (_, templates, Period) => {
    templates().monitoring.hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: METRICS.syncSuccesses,
      Period,
      EvaluationPeriods: 2,
      TreatMissingData: 'breaching',
    });
  });

  test('without a schedule, no sync is missing', () => {
    const off = templatesOf({ existingDatabaseSecret: 'team/postgres', schedule: 'off' });
    expect(slugsOf(off)).not.toContain('sync-missing');
  }, 30_000);
});
