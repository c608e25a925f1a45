import { Duration } from 'aws-cdk-lib';
import {
  type Alarm,
  AlarmStatusWidget,
  type CompositeAlarm,
  Dashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
  SingleValueWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { METRICS } from '../../shared/contract.ts';
import type { Data } from './data-stack.ts';
import { FIVE_MINUTES, ownMetric, refusedSignIns } from './metrics.ts';
import type { Service } from './service-stack.ts';
import type { Settings } from './settings.ts';

interface Shown {
  readonly settings: Settings;
  readonly service: Service;
  readonly data: Data | null;
  readonly alarms: readonly (Alarm | CompositeAlarm)[];
}

/** First the state, then its history, then the components. */
export function addDashboard(scope: Construct, { settings, service, data, alarms }: Shown): Dashboard {
  const dashboard = new Dashboard(scope, 'Dashboard', {
    dashboardName: settings.name,
    defaultInterval: Duration.days(1),
  });
  dashboard.addWidgets(new AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms], width: 24, height: 4 }));
  dashboard.addWidgets(...nowWidgets(settings));
  dashboard.addWidgets(...trendWidgets(settings));
  dashboard.addWidgets(...machineryWidgets(service));
  if (data !== null) dashboard.addWidgets(...databaseWidgets(settings, data));
  return dashboard;
}

function nowWidgets(settings: Settings): IWidget[] {
  const value = (title: string, metric: Parameters<typeof ownMetric>[1]) =>
    new SingleValueWidget({ title, metrics: [ownMetric(settings, metric, 'Average')], width: 4, height: 4 });
  return [
    value('State (0 in sync, 3 unknown)', METRICS.syncState),
    value('Health score', METRICS.healthScore),
    value('Agents in Retell', METRICS.voiceEnabledAgents),
    value('Active rows', METRICS.activeAgents),
    value('Discrepancies', METRICS.syncDiscrepancies),
    value('Orphans', METRICS.orphanedAgents),
  ];
}

function trendWidgets(settings: Settings): IWidget[] {
  const own = (metric: Parameters<typeof ownMetric>[1], statistic: string) => ownMetric(settings, metric, statistic);
  return [
    graph('Health score', [own(METRICS.healthScore, 'Minimum')], { min: 0, max: 100 }),
    graph('State (0 in sync, 1 out of sync, 2 needs a confirmation, 3 unknown)', [own(METRICS.syncState, 'Maximum')], {
      min: 0,
      max: 3,
    }),
    graph('Agents', [
      own(METRICS.voiceEnabledAgents, 'Maximum'),
      own(METRICS.activeAgents, 'Maximum'),
      own(METRICS.orphanedAgents, 'Maximum'),
      own(METRICS.syncDiscrepancies, 'Maximum'),
    ]),
    graph('Duration of syncs (ms)', [own(METRICS.syncDuration, 'p50'), own(METRICS.syncDuration, 'Maximum')]),
    graph('Calls to Retell', [own(METRICS.retellCalls, 'Sum')]),
    graph('Syncs', [
      own(METRICS.syncSuccesses, 'Sum'),
      own(METRICS.syncFailures, 'Sum'),
      own(METRICS.orphanGuardTripped, 'Sum'),
    ]),
    graph('Refused', [
      own(METRICS.unauthorizedRequests, 'Sum'),
      own(METRICS.webhookRejected, 'Sum'),
      own(METRICS.eventPublishFailures, 'Sum'),
    ]),
  ];
}

function machineryWidgets({ api, functions, migrate, deadLetters }: Service): IWidget[] {
  const period = FIVE_MINUTES;
  const quarter = (title: string, metrics: IMetric[]) => graph(title, metrics, { min: 0 }, 6);
  const ofEach = (title: string, metricOf: (lambda: IFunction, label: string) => IMetric) =>
    quarter(
      title,
      Object.entries({ ...functions, migrate }).map(([label, lambda]) => metricOf(lambda, label)),
    );
  return [
    ofEach('Errors of functions', (lambda, label) => lambda.metricErrors({ label, period })),
    ofEach('Throttles of functions', (lambda, label) => lambda.metricThrottles({ label, period })),
    ofEach('Duration of functions (p95, ms)', (lambda, label) =>
      lambda.metricDuration({ label, period, statistic: 'p95' }),
    ),
    quarter('API', [
      api.metricCount({ label: 'requests', period, statistic: 'Sum' }),
      api.metricClientError({ label: '4xx', period, statistic: 'Sum' }),
      api.metricServerError({ label: '5xx', period, statistic: 'Sum' }),
      deadLetters.metricApproximateNumberOfMessagesVisible({ label: 'dead letters', period }),
    ]),
  ];
}

function databaseWidgets(settings: Settings, { instance }: Data): IWidget[] {
  return [
    graph('Database: connections', [
      instance.metricDatabaseConnections({ period: FIVE_MINUTES, statistic: 'Maximum' }),
    ]),
    graph('Database: CPU (%)', [instance.metricCPUUtilization({ period: FIVE_MINUTES })], { min: 0, max: 100 }),
    graph('Database: free storage', [instance.metricFreeStorageSpace({ period: FIVE_MINUTES })]),
    graph('Database: free memory', [instance.metricFreeableMemory({ period: FIVE_MINUTES })]),
    graph('Database: processor credits', [instance.metric('CPUCreditBalance', { period: FIVE_MINUTES })]),
    graph('Database: sign-ins refused', [refusedSignIns(settings)]),
  ];
}

function graph(
  title: string,
  left: IMetric[],
  leftYAxis: { min: number; max?: number } = { min: 0 },
  width = 8,
): GraphWidget {
  return new GraphWidget({ title, left, leftYAxis, width, height: 6 });
}
