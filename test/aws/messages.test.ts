/** What reaches people in addition to the alarm emails: messages in Slack, and the budget. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import * as v from 'valibot';
import { EVENT_SOURCE, EVENTS } from '../../shared/contract.ts';
import { propertiesOf, type Templates, templatesOf } from '../support/templates.ts';

let templates: Templates;
beforeAll(async () => {
  templates = await templatesOf('fullAlarms');
}, 180_000);

const Message = v.pipe(v.string(), v.parseJson(), v.strictObject({ text: v.string() }));

describe('a message in Slack', () => {
  const rules = () => templates.monitoring.properties('AWS::Events::Rule');
  const transformerOf = (detailType: string) =>
    rules().find(({ EventPattern }) => EventPattern['detail-type'].includes(detailType))?.Targets[0].InputTransformer;
  const textOf = (detailType: string) => v.parse(Message, transformerOf(detailType).InputTemplate).text;

  test('is sent to the webhook in the secret, at most once a second', () => {
    expect(propertiesOf(templates, 'AWS::Events::ApiDestination')).toMatchObject([
      {
        HttpMethod: 'POST',
        InvocationEndpoint: '{{resolve:secretsmanager:team/slack:SecretString:::}}',
        InvocationRateLimitPerSecond: 1,
      },
    ]);
  });

  test("says that the score fell or that a guard needs a confirmation, with the page's address", () => {
    const ours = rules().filter(({ EventBusName }) => EventBusName === 'interviews-prod');
    expect(ours.map(({ EventPattern }) => EventPattern)).toEqual([
      { source: [EVENT_SOURCE], 'detail-type': [EVENTS.healthDegraded] },
      { source: [EVENT_SOURCE], 'detail-type': [EVENTS.orphanGuardTripped] },
    ]);
    expect(textOf(EVENTS.healthDegraded)).toBe(
      '*interviews-prod*: the health score fell from <detail-previous_health_score> to <detail-health_score>. See which agents are out of sync: https://sync.example.com',
    );
    expect(textOf(EVENTS.orphanGuardTripped)).toMatch(/^\*interviews-prod\*: a guard \(<detail-reason>\) blocks/);
  });

  const ofAlarms = () => rules().filter(({ EventBusName }) => EventBusName === undefined);
  const alarmNames = () =>
    ofAlarms().map(({ EventPattern }) =>
      EventPattern.detail.alarmName.map(({ Ref }: { Ref: string }) => Ref.replace(/[0-9A-F]{8}$/, '')),
    );

  test('reports when each alarm that sends an email is raised and when it ends', () => {
    for (const { EventPattern } of ofAlarms())
      expect(EventPattern).toMatchObject({
        source: ['aws.cloudwatch'],
        'detail-type': ['CloudWatch Alarm State Change'],
        detail: { state: { value: ['ALARM', 'OK'] } },
      });
    const mailed = ['AWS::CloudWatch::CompositeAlarm', 'AWS::CloudWatch::Alarm'].flatMap((type) =>
      Object.entries(templates.monitoring.findResources(type)).flatMap(([id, { Properties }]) =>
        Properties.AlarmActions === undefined ? [] : [id.replace(/[0-9A-F]{8}$/, '')],
      ),
    );
    expect(alarmNames().flat()).toEqual(mailed);
  });

  test('contains the text of the composite alarm, because the events of such an alarm have none', () => {
    const texts = ofAlarms().map(({ Targets }) => v.parse(Message, Targets[0].InputTransformer.InputTemplate).text);
    expect(alarmNames()[0]).toEqual(['needsattention']);
    expect(texts).toEqual([
      '*interviews-prod*: <detail-alarmName> is <detail-state-value>. Agents and rows may be out of sync; its alarms say why. Look at: https://sync.example.com What to do: https://example.com/runbook.md#needs-attention',
      '*interviews-prod*: <detail-alarmName> is <detail-state-value>. <detail-configuration-description>',
    ]);
  });

  test('has angle brackets only around values that EventBridge fills in', () => {
    for (const { Targets } of rules()) {
      const { InputTemplate, InputPathsMap } = Targets[0].InputTransformer;
      const brackets = [...InputTemplate.matchAll(/<([^>]*)>/g)].map(([, name]) => name);
      expect(new Set(Object.keys(InputPathsMap))).toEqual(new Set(brackets));
    }
  });
});

test("the budget counts resources with the deployment's tag, and sends an email at 80 % and 100 %", () => {
  const [{ Budget, NotificationsWithSubscribers }] = propertiesOf(templates, 'AWS::Budgets::Budget');
  expect(Budget).toMatchObject({
    BudgetLimit: { Amount: 60, Unit: 'USD' },
    CostFilters: { TagKeyValue: ['user:application$interviews-prod'] },
  });
  expect(NotificationsWithSubscribers).toMatchObject(
    [80, 100].map((Threshold) => ({ Notification: { Threshold }, Subscribers: [{ Address: 'team@example.com' }] })),
  );
});

test('sign-ins that the database refuses are counted from its log', () => {
  expect(propertiesOf(templates, 'AWS::Logs::MetricFilter')).toMatchObject([
    {
      LogGroupName: '/aws/rds/instance/interviews-prod-database/postgresql',
      FilterPattern: '?"password authentication failed" ?"PAM authentication failed" ?"no pg_hba.conf entry"',
      MetricTransformations: [
        { MetricNamespace: 'VoiceAgentSync/interviews-prod', MetricName: 'DatabaseSignInsRefused' },
      ],
    },
  ]);
});

test.each([
  [
    'silent',
    [
      /^No alarm reaches a person: set alarmEmail or slackWebhookSecret\./,
      /^The messages of the alarms have no link: set runbookUrl /,
    ],
  ],
  ['ownPostgres', []],
  ['rds', []],
] as const)('the synthesis warns of messages that reach no one, or have no link: %s', async (name, expected) => {
  const { warnings } = await templatesOf(name);
  expect(warnings).toEqual(expected.map((pattern) => expect.stringMatching(pattern)));
});
