import { beforeAll, describe, expect, test } from '@jest/globals';
import * as v from 'valibot';
import { METRICS } from '../../shared/contract.ts';
import { referredTo, type Templates, templatesOf } from '../support/templates.ts';

const Widget = v.looseObject({
  type: v.string(),
  properties: v.looseObject({
    title: v.string(),
    alarms: v.optional(v.array(v.unknown())),
    metrics: v.optional(v.array(v.array(v.unknown()))),
  }),
});
const Body = v.object({ 'Fn::Join': v.tuple([v.literal(''), v.array(v.unknown())]) });
const Dashboard = v.pipe(v.string(), v.parseJson(), v.object({ widgets: v.array(Widget) }));
const Rendering = v.optional(
  v.looseObject({ stat: v.optional(v.string(), 'Average'), label: v.optional(v.string()) }),
  {},
);

function widgetsOf({ monitoring }: Templates) {
  const [dashboard] = Object.values(monitoring.findResources('AWS::CloudWatch::Dashboard'));
  const [, parts] = v.parse(Body, dashboard?.Properties.DashboardBody)['Fn::Join'];
  return v.parse(Dashboard, parts.map((part) => (typeof part === 'string' ? part : referredTo(part))).join('')).widgets;
}

/** A widget's title, and each metric with its statistic and label. */
function shown({ properties: { title, metrics = [] } }: v.InferOutput<typeof Widget>) {
  return [
    title,
    metrics.map(([, name, ...rest]) => {
      const { stat, label } = v.parse(
        Rendering,
        rest.find((part) => typeof part === 'object'),
      );
      return [String(name), stat, label].filter((part) => part !== undefined).join(' ');
    }),
  ];
}

let own: Templates;
beforeAll(async () => {
  own = await templatesOf('rds');
}, 180_000);

describe('the dashboard', () => {
  test('shows the state of every alarm', () => {
    const [first] = widgetsOf(own);
    expect(first).toMatchObject({ type: 'alarm', properties: { title: 'Alarms' } });
    const types = ['AWS::CloudWatch::Alarm', 'AWS::CloudWatch::CompositeAlarm'];
    const alarms = types.flatMap((type) => own.monitoring.properties(type));
    expect(first?.properties.alarms).toHaveLength(alarms.length);
  });

  test('shows the state, its history, and the components', () => {
    const each = ['sync', 'audit', 'cleanup', 'webhook', 'scheduled-sync', 'console', 'migrate'];
    expect(widgetsOf(own).slice(1).map(shown)).toEqual([
      ['State (0 in sync, 3 unknown)', ['SyncState Average']],
      ['Health score', ['HealthScore Average']],
      ['Agents in Retell', ['VoiceEnabledAgents Average']],
      ['Active rows', ['ActiveAgents Average']],
      ['Discrepancies', ['SyncDiscrepancies Average']],
      ['Orphans', ['OrphanedAgents Average']],
      ['Health score', ['HealthScore Minimum']],
      ['State (0 in sync, 1 out of sync, 2 needs a confirmation, 3 unknown)', ['SyncState Maximum']],
      [
        'Agents',
        ['VoiceEnabledAgents Maximum', 'ActiveAgents Maximum', 'OrphanedAgents Maximum', 'SyncDiscrepancies Maximum'],
      ],
      ['Duration of syncs (ms)', ['SyncDuration p50', 'SyncDuration Maximum']],
      ['Calls to Retell', ['RetellCalls Sum']],
      ['Syncs', ['SyncSuccesses Sum', 'SyncFailures Sum', 'OrphanGuardTripped Sum']],
      ['Refused', ['UnauthorizedRequests Sum', 'WebhookRejected Sum', 'EventPublishFailures Sum']],
      ['Errors of functions', each.map((name) => `Errors Sum ${name}`)],
      ['Throttles of functions', each.map((name) => `Throttles Sum ${name}`)],
      ['Duration of functions (p95, ms)', each.map((name) => `Duration p95 ${name}`)],
      [
        'API',
        ['Count Sum requests', '4xx Sum 4xx', '5xx Sum 5xx', 'ApproximateNumberOfMessagesVisible Maximum dead letters'],
      ],
      ['Database: connections', ['DatabaseConnections Maximum']],
      ['Database: CPU (%)', ['CPUUtilization Average']],
      ['Database: free storage', ['FreeStorageSpace Average']],
      ['Database: free memory', ['FreeableMemory Average']],
      ['Database: processor credits', ['CPUCreditBalance Average']],
      ['Database: sign-ins refused', ['DatabaseSignInsRefused Sum']],
    ]);
  });

  test('leaves out only the database if the team has its own', async () => {
    const existing = await templatesOf('hourly');
    expect(widgetsOf(existing).map(shown)).toEqual(widgetsOf(own).map(shown).slice(0, -6));
  });

  test('is absent if the setting is off', async () => {
    const { monitoring } = await templatesOf('ownPostgres');
    expect(monitoring.findResources('AWS::CloudWatch::Dashboard')).toEqual({});
  });

  test('shows every metric that the code records', () => {
    const metrics = new Set(
      widgetsOf(own).flatMap(({ properties: { metrics = [] } }) => metrics.map(([, name]) => name)),
    );
    for (const name of Object.values(METRICS)) expect(metrics).toContain(name);
  });
});
