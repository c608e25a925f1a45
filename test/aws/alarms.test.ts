import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import * as v from 'valibot';
import { METRIC_DIMENSION, METRIC_NAMESPACE, METRICS } from '../../shared/contract.ts';
import { referredTo, type Templates, templatesOf } from '../support/templates.ts';

const NAME = 'interviews-prod';
const RUNBOOK = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'runbook.md'), 'utf8');
const headings = [...RUNBOOK.matchAll(/^## (.+)$/gm)].map(([, title = '']) => title.toLowerCase().replaceAll(' ', '-'));

let own: Templates;
let existing: Templates;
let silent: Templates;
beforeAll(async () => {
  [own, existing, silent] = await Promise.all([
    templatesOf('fullAlarms'),
    templatesOf('hourly'),
    templatesOf('silent'),
  ]);
}, 180_000);

const Dimensions = v.optional(v.array(v.object({ Name: v.string(), Value: v.unknown() })), []);
const MetricStat = v.object({
  Metric: v.object({ Namespace: v.string(), MetricName: v.string(), Dimensions }),
  Stat: v.string(),
  Period: v.number(),
});
const Alarm = v.looseObject({
  AlarmName: v.string(),
  AlarmDescription: v.union([v.string(), v.object({ 'Fn::Join': v.tuple([v.literal(''), v.array(v.unknown())]) })]),
  AlarmActions: v.optional(v.array(v.unknown())),
  OKActions: v.optional(v.array(v.unknown())),
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
  alarmsOf(templates).map(({ AlarmName }) => AlarmName.replace(/^(interviews-prod|voice-agent-sync-test)-/, ''));
/** The message, with the reference to the page's address. */
const descriptionOf = ({ AlarmDescription: text }: Pick<Alarm, 'AlarmDescription'>) =>
  typeof text === 'string'
    ? text
    : text['Fn::Join'][1].map((part) => (typeof part === 'string' ? part : '(page)')).join('');
const compositesOf = ({ monitoring }: Templates) => monitoring.properties('AWS::CloudWatch::CompositeAlarm');

/** `Errors of SyncFunction, Sum of 300 s` */
function metricText({ Metric, Stat, Period }: v.InferOutput<typeof MetricStat>): string {
  const of = Metric.Dimensions.map(({ Name, Value }) => `${Name} ${referredTo(Value)}`).join();
  return `${Metric.Namespace} ${Metric.MetricName} of ${of}, ${Stat} of ${Period} s`;
}

function watched(alarm: Alarm): string {
  const { Metrics } = alarm;
  if (Metrics === undefined) {
    const { Namespace, MetricName, Dimensions, Statistic: Stat, Period } = alarm;
    return metricText(v.parse(MetricStat, { Metric: { Namespace, MetricName, Dimensions }, Stat, Period }));
  }
  const expression = Metrics.flatMap(({ Expression }) => Expression ?? []).join();
  return expression.replaceAll(/m\d/g, (id) => {
    const stat = Metrics.find(({ Id }) => Id === id)?.MetricStat;
    return stat === undefined ? id : `[${metricText(stat)}]`;
  });
}

/** The alarms by their full names. */
const prefixed = (conditions: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(conditions).map(([slug, text]) => [`${NAME}-${slug}`, text]));

const OPERATORS = new Map([
  ['LessThanThreshold', '<'],
  ['GreaterThanThreshold', '>'],
]);

/** Everything that decides when the alarm is raised. */
function condition(alarm: Alarm): string {
  const { ComparisonOperator, Threshold, EvaluationPeriods: periods, DatapointsToAlarm = periods } = alarm;
  const operator = OPERATORS.get(ComparisonOperator) ?? ComparisonOperator;
  return `${watched(alarm)} ${operator} ${Threshold}, ${DatapointsToAlarm} of ${periods}, no data ${alarm.TreatMissingData}`;
}

describe('alarms', () => {
  test('are exactly those in this list', () => {
    const database = [
      'database-storage-low',
      'database-connections-high',
      'database-processor-busy',
      'database-credits-low',
      'database-memory-low',
      'database-sign-ins-refused',
    ];
    const others = [
      'sync-state',
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

  test('[O7] each have a heading in the runbook, and its link and that of the page in their message', () => {
    expect(headings).toEqual(expect.arrayContaining(['needs-attention', ...slugsOf(own)]));
    const link =
      /^.{20,} Look at: https:\/\/sync\.example\.com What to do: https:\/\/example\.com\/runbook\.md#([\w-]+)$/;
    for (const alarm of [...alarmsOf(own), ...compositesOf(own)])
      expect(`${NAME}-${link.exec(descriptionOf(alarm))?.[1]}`).toBe(alarm.AlarmName);
  });

  test('name the heading if no runbook URL is set, and the page by its own address', () => {
    const message = descriptionOf(compositesOf(silent)[0]);
    expect(message).toContain('Look at: (page) What to do: the heading needs-attention of docs/runbook.md');
  });

  test('have no quotation mark in their message, which would end the text that EventBridge inserts it into', () => {
    for (const alarm of [...alarmsOf(own), ...alarmsOf(silent)]) expect(descriptionOf(alarm)).not.toMatch(/["\\\n]/);
  });

  test('send one email for all alarms that share a cause, and one for each other alarm', () => {
    const topic = [{ Ref: Object.keys(own.monitoring.findResources('AWS::SNS::Topic'))[0] }];
    const actions = { AlarmActions: topic, OKActions: topic };
    const [composite] = compositesOf(own);
    expect(composite).toMatchObject({ AlarmName: `${NAME}-needs-attention`, ...actions });
    const members = [...JSON.stringify(composite.AlarmRule).matchAll(/GetAtt":\["(\w+?)[0-9A-F]{8}"/g)].map(
      ([, id]) => id,
    );
    for (const { AlarmName, AlarmActions, OKActions } of alarmsOf(own)) {
      const isMember = members.includes(AlarmName.replace(`${NAME}-`, '').replaceAll('-', ''));
      const silent = { AlarmActions: undefined, OKActions: undefined };
      expect({ AlarmName, AlarmActions, OKActions }).toEqual({ AlarmName, ...(isMember ? silent : actions) });
    }
    expect(members).toHaveLength(11);
    own.monitoring.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'email', Endpoint: 'team@example.com' });
    own.monitoring.hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: {
        Statement: expect.arrayContaining([
          expect.objectContaining({
            Principal: { Service: 'cloudwatch.amazonaws.com' },
            Action: 'sns:Publish',
            Effect: 'Allow',
          }),
        ]),
      },
    });
  });

  test('are raised by exactly these conditions', () => {
    const ours = (metric: string) => `${METRIC_NAMESPACE} ${metric} of ${METRIC_DIMENSION} ${NAME}`;
    const sum = (metric: string) =>
      ['Sync', 'Audit', 'Cleanup', 'Webhook', 'ScheduledSync', 'Console', 'Migrate']
        .map((name) => `FILL([AWS/Lambda ${metric} of FunctionName ${name}Function, Sum of 300 s], 0)`)
        .join(' + ');
    const database = (metric: string) => `AWS/RDS ${metric} of DBInstanceIdentifier Database`;
    expect(Object.fromEntries(alarmsOf(own).map((alarm) => [alarm.AlarmName, condition(alarm)]))).toEqual(
      prefixed({
        'sync-state': `${ours('SyncState')}, Maximum of 300 s > 1, 1 of 1, no data ignore`,
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
        'database-storage-low': `${database('FreeStorageSpace')}, Minimum of 300 s < 1073741824, 1 of 1, no data ignore`,
        'database-connections-high': `${database('DatabaseConnections')}, Maximum of 300 s > 60, 1 of 1, no data ignore`,
        'database-processor-busy': `${database('CPUUtilization')}, Average of 300 s > 90, 3 of 3, no data ignore`,
        'database-credits-low': `${database('CPUCreditBalance')}, Maximum of 3600 s < 20, 3 of 3, no data ignore`,
        'database-memory-low': `${database('FreeableMemory')}, Average of 300 s < 52428800, 3 of 3, no data ignore`,
        'database-sign-ins-refused': `${METRIC_NAMESPACE}/${NAME} DatabaseSignInsRefused of , Sum of 300 s > 5, 1 of 1, no data notBreaching`,
      }),
    );
  });

  test.each([
    ['five minutes', () => own, 300],
    ['an hour', () => existing, 3_600],
  ])('[L4] [O7] a missing sync raises an alarm after two periods of %s, as do missing data', (_, templates, Period) => {
    templates().monitoring.hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: METRICS.syncSuccesses,
      Period,
      EvaluationPeriods: 2,
      TreatMissingData: 'breaching',
    });
  });

  test('without a schedule, no sync is missing', () => {
    expect(slugsOf(silent)).not.toContain('sync-missing');
  });
});
