import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { Match } from 'aws-cdk-lib/assertions';
import * as v from 'valibot';
import { METRIC_DIMENSION, METRIC_NAMESPACE, METRICS } from '../../shared/contract.ts';
import { type Templates, templatesOf } from '../support/templates.ts';

const NAME = 'interviews-prod';
const RUNBOOK = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'runbook.md'), 'utf8');
const headings = [...RUNBOOK.matchAll(/^## (.+)$/gm)].map(([, title = '']) => title.toLowerCase().replaceAll(' ', '-'));

let own: Templates;
let existing: Templates;
beforeAll(() => {
  own = templatesOf({ name: NAME, alarmEmail: 'team@example.com', runbookUrl: 'https://example.com/runbook.md' });
  existing = templatesOf({ existingDatabaseSecret: 'team/postgres', schedule: 'rate(1 hour)' });
}, 180_000);

const Alarm = v.looseObject({
  AlarmName: v.string(),
  AlarmDescription: v.string(),
  AlarmActions: v.array(v.unknown()),
});
const alarmsOf = ({ monitoring }: Templates) =>
  Object.values(monitoring.findResources('AWS::CloudWatch::Alarm')).map(({ Properties }) => v.parse(Alarm, Properties));
const slugsOf = (templates: Templates) =>
  alarmsOf(templates).map(({ AlarmDescription }) => /#([\w-]+)$/.exec(AlarmDescription)?.[1] ?? AlarmDescription);

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

  test('each lead to a heading of the runbook, which has none besides', () => {
    expect(slugsOf(own).sort()).toEqual(headings.sort());
    for (const { AlarmName, AlarmDescription } of alarmsOf(own)) {
      const slug = AlarmName.replace(`${NAME}-`, '');
      expect(AlarmDescription).toMatch(new RegExp(`^.{20,} What to do: https://example.com/runbook.md#${slug}$`));
    }
  });

  test('tell the topic, which tells the team', () => {
    for (const { AlarmActions } of alarmsOf(own)) expect(AlarmActions).toHaveLength(1);
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

  test.each([
    ['health-score-low', METRICS.healthScore, 'LessThanThreshold', 70],
    ['too-many-discrepancies', METRICS.syncDiscrepancies, 'GreaterThanThreshold', 5],
    ['sync-failed', METRICS.syncFailures, 'GreaterThanThreshold', 0],
    ['orphan-guard-tripped', METRICS.orphanGuardTripped, 'GreaterThanThreshold', 0],
    ['requests-refused', METRICS.unauthorizedRequests, 'GreaterThanThreshold', 10],
    ['webhooks-rejected', METRICS.webhookRejected, 'GreaterThanThreshold', 5],
  ])('%s watches what this deployment records', (slug, MetricName, ComparisonOperator, Threshold) => {
    own.monitoring.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: `${NAME}-${slug}`,
      Namespace: METRIC_NAMESPACE,
      MetricName,
      Dimensions: [{ Name: METRIC_DIMENSION, Value: NAME }],
      ComparisonOperator,
      Threshold,
    });
  });

  test.each([
    ['five minutes', () => own, 300],
    ['an hour', () => existing, 3_600],
  ])('a missing sync is noticed after two periods of %s, and so is no data', (_, templates, Period) => {
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

test('the dashboard shows every metric that the code records', () => {
  const [dashboard] = Object.values(own.monitoring.findResources('AWS::CloudWatch::Dashboard'));
  const body = JSON.stringify(dashboard?.['Properties'].DashboardBody);
  for (const name of Object.values(METRICS)) expect(body).toContain(name);
});
