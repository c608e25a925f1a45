/** What each alarm monitors, and when it is raised. */
import { Duration } from 'aws-cdk-lib';
import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { METRICS } from '../../shared/contract.ts';
import type { Data } from './data-stack.ts';
import { FIVE_MINUTES, ownMetric, refusedSignIns, sumOver } from './metrics.ts';
import type { Service } from './service-stack.ts';
import type { Settings } from './settings.ts';

export interface AlarmPlan {
  /** Also the end of the alarm's name, and its heading in the runbook. */
  readonly slug: string;
  readonly description: string;
  readonly metric: IMetric;
  readonly comparison: 'above' | 'below';
  readonly threshold: number;
  /** Consecutive periods; 1 unless given. */
  readonly periods?: number;
  /** How missing data counts. */
  readonly missing: 'fine' | 'alarming' | 'as_before';
  /**
   * `composite`: one cause, such as a refused key, raises several of these, so one email is sent for all of them.
   * `own`: sends its own email.
   */
  readonly mail: 'composite' | 'own';
}

export function alarmPlans(settings: Settings, service: Service, data: Data | null): readonly AlarmPlan[] {
  return [
    ...stateAlarms(settings),
    ...syncAlarms(settings),
    ...accessAlarms(settings),
    ...functionAlarms(service),
    ...requestAlarms(service),
    ...(data === null ? [] : [...loadAlarms(data), ...reserveAlarms(data), signInAlarm(settings)]),
  ];
}

/** A value that stays until it is measured again. */
const GAUGE = { missing: 'as_before', mail: 'own' } as const;
/** Raised by a single occurrence. */
const ANY_OCCURRENCE = { comparison: 'above', threshold: 0, missing: 'fine', mail: 'composite' } as const;

function stateAlarms(settings: Settings): readonly AlarmPlan[] {
  const own = (name: Parameters<typeof ownMetric>[1], statistic: string) => ownMetric(settings, name, statistic);
  return [
    {
      slug: 'sync-state',
      description:
        'A guard blocks a run until a person confirms it, or it is unknown whether agents and rows are in sync.',
      metric: own(METRICS.syncState, 'Maximum'),
      comparison: 'above',
      threshold: 1,
      missing: 'as_before',
      mail: 'composite',
    },
    {
      slug: 'health-score-low',
      description: 'The health score is below 70: much of the account is out of sync.',
      metric: own(METRICS.healthScore, 'Minimum'),
      comparison: 'below',
      threshold: 70,
      missing: 'as_before',
      mail: 'composite',
    },
    {
      slug: 'too-many-discrepancies',
      description: 'More than 5 agents are out of sync after a sync.',
      metric: own(METRICS.syncDiscrepancies, 'Maximum'),
      comparison: 'above',
      threshold: 5,
      missing: 'as_before',
      mail: 'composite',
    },
  ];
}

function syncAlarms(settings: Settings): readonly AlarmPlan[] {
  const own = (name: Parameters<typeof ownMetric>[1], statistic: string) => ownMetric(settings, name, statistic);
  return [
    {
      slug: 'sync-failed',
      description: 'A sync ended with an error.',
      metric: own(METRICS.syncFailures, 'Sum'),
      ...ANY_OCCURRENCE,
    },
    ...missingSync(settings),
    {
      slug: 'orphan-guard-tripped',
      description:
        'A sync would have orphaned suspiciously many agents, or saw another account. A person must confirm it.',
      metric: own(METRICS.orphanGuardTripped, 'Sum'),
      ...ANY_OCCURRENCE,
    },
    {
      slug: 'event-publish-failures',
      description: 'Domain events could not be published; a partial sync is continued by the schedule only.',
      metric: own(METRICS.eventPublishFailures, 'Sum'),
      ...ANY_OCCURRENCE,
    },
  ];
}

/** Without a schedule, no sync is missing. */
function missingSync(settings: Settings): readonly AlarmPlan[] {
  const { seconds } = settings.schedule;
  if (seconds === null) return [];
  return [
    {
      slug: 'sync-missing',
      description: 'No sync has succeeded for two periods of the schedule.',
      metric: ownMetric(settings, METRICS.syncSuccesses, 'Sum', Duration.seconds(seconds)),
      comparison: 'below',
      threshold: 1,
      periods: 2,
      missing: 'alarming',
      mail: 'composite',
    },
  ];
}

function accessAlarms(settings: Settings): readonly AlarmPlan[] {
  return [
    {
      slug: 'requests-refused',
      description: 'More than 10 requests in five minutes had no valid token.',
      metric: ownMetric(settings, METRICS.unauthorizedRequests, 'Sum'),
      comparison: 'above',
      threshold: 10,
      missing: 'fine',
      mail: 'own',
    },
    {
      slug: 'webhooks-rejected',
      description: 'More than 5 webhooks in five minutes had no valid signature.',
      metric: ownMetric(settings, METRICS.webhookRejected, 'Sum'),
      comparison: 'above',
      threshold: 5,
      missing: 'fine',
      mail: 'own',
    },
  ];
}

function functionAlarms({ functions, migrate }: Service): readonly AlarmPlan[] {
  const all = [...Object.values(functions), migrate];
  return [
    {
      slug: 'function-errors',
      description: 'A function crashed, ran out of time or memory, or failed in the background.',
      metric: sumOver(all, 'Errors', (lambda) => lambda.metricErrors({ period: FIVE_MINUTES })),
      ...ANY_OCCURRENCE,
    },
    {
      slug: 'function-throttles',
      description: 'Invocations were throttled because too many were running.',
      metric: sumOver(all, 'Throttles', (lambda) => lambda.metricThrottles({ period: FIVE_MINUTES })),
      ...ANY_OCCURRENCE,
    },
  ];
}

function requestAlarms({ api, deadLetters }: Service): readonly AlarmPlan[] {
  return [
    {
      slug: 'api-errors',
      description: 'More than 5 requests in five minutes had a response of 5xx.',
      metric: api.metricServerError({ period: FIVE_MINUTES, statistic: 'Sum' }),
      comparison: 'above',
      threshold: 5,
      missing: 'fine',
      mail: 'composite',
    },
    {
      slug: 'dead-letters',
      description: 'A scheduled or continued sync was given up after its retries.',
      metric: deadLetters.metricApproximateNumberOfMessagesVisible({ period: FIVE_MINUTES }),
      ...ANY_OCCURRENCE,
    },
  ];
}

function loadAlarms({ instance }: Data): readonly AlarmPlan[] {
  const period = FIVE_MINUTES;
  return [
    {
      slug: 'database-storage-low',
      description:
        'Less than 1 GB of storage is free. Storage grows by itself when 2 GB are left, so it has reached its limit, or grew less than six hours ago.',
      metric: instance.metricFreeStorageSpace({ period, statistic: 'Minimum' }),
      comparison: 'below',
      threshold: 1_024 ** 3,
      ...GAUGE,
    },
    {
      slug: 'database-connections-high',
      description: 'More than 60 connections are open, of about 80 that the instance takes.',
      metric: instance.metricDatabaseConnections({ period, statistic: 'Maximum' }),
      comparison: 'above',
      threshold: 60,
      ...GAUGE,
    },
    {
      slug: 'database-processor-busy',
      description: 'The database has used more than 90 % of its processor for 15 minutes.',
      metric: instance.metricCPUUtilization({ period, statistic: 'Average' }),
      comparison: 'above',
      threshold: 90,
      periods: 3,
      ...GAUGE,
    },
  ];
}

function reserveAlarms({ instance }: Data): readonly AlarmPlan[] {
  return [
    {
      slug: 'database-credits-low',
      description:
        'The database has had fewer than 20 processor credits for three hours; without any, its processor time costs extra.',
      // A new instance begins with none, and earns 12 an hour.
      metric: instance.metric('CPUCreditBalance', { period: Duration.hours(1), statistic: 'Maximum' }),
      comparison: 'below',
      threshold: 20,
      periods: 3,
      ...GAUGE,
    },
    {
      slug: 'database-memory-low',
      description: 'Less than 50 MB of memory are free in the database for 15 minutes.',
      metric: instance.metricFreeableMemory({ period: FIVE_MINUTES, statistic: 'Average' }),
      comparison: 'below',
      threshold: 50 * 1_024 ** 2,
      periods: 3,
      ...GAUGE,
    },
  ];
}

function signInAlarm(settings: Settings): AlarmPlan {
  return {
    slug: 'database-sign-ins-refused',
    description: 'More than 5 sign-ins to the database were refused in five minutes.',
    metric: refusedSignIns(settings),
    comparison: 'above',
    threshold: 5,
    missing: 'fine',
    mail: 'own',
  };
}
