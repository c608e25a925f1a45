/** What wakes somebody up. Each alarm has a heading of its name in docs/runbook.md. */
import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { METRICS } from '../../shared/contract.ts';
import type { Data } from './data-stack.ts';
import { FIVE_MINUTES, ownMetric, sumOver } from './metrics.ts';
import type { Service } from './service-stack.ts';
import type { Settings } from './settings.ts';

export interface AlarmPlan {
  /** Also the end of its name, and its heading in the runbook. */
  readonly slug: string;
  readonly description: string;
  readonly metric: IMetric;
  readonly comparison: 'above' | 'below';
  readonly threshold: number;
  /** Periods in a row; 1 unless given. */
  readonly periods?: number;
  /** What no data means. */
  readonly missing: 'fine' | 'alarming' | 'as_before';
}

export function addAlarms(
  scope: Construct,
  settings: Settings,
  plans: readonly AlarmPlan[],
  topic: ITopic,
): readonly Alarm[] {
  return plans.map((plan) => {
    const alarm = new Alarm(scope, plan.slug, {
      alarmName: `${settings.name}-${plan.slug}`,
      alarmDescription: `${plan.description} What to do: ${settings.runbookUrl}#${plan.slug}`,
      metric: plan.metric,
      comparisonOperator: COMPARISON[plan.comparison],
      threshold: plan.threshold,
      evaluationPeriods: plan.periods ?? 1,
      treatMissingData: MISSING[plan.missing],
    });
    alarm.addAlarmAction(new SnsAction(topic));
    alarm.addOkAction(new SnsAction(topic));
    return alarm;
  });
}

const COMPARISON = {
  above: ComparisonOperator.GREATER_THAN_THRESHOLD,
  below: ComparisonOperator.LESS_THAN_THRESHOLD,
} as const;

const MISSING = {
  fine: TreatMissingData.NOT_BREACHING,
  alarming: TreatMissingData.BREACHING,
  // Between two runs nothing is recorded, and nothing has changed.
  as_before: TreatMissingData.IGNORE,
} as const;

export function alarmPlans(settings: Settings, service: Service, data: Data | null): readonly AlarmPlan[] {
  return [
    ...syncAlarms(settings),
    ...accessAlarms(settings),
    ...platformAlarms(service),
    ...(data === null ? [] : databaseAlarms(data)),
  ];
}

function syncAlarms(settings: Settings): readonly AlarmPlan[] {
  const own = (name: Parameters<typeof ownMetric>[1], statistic: string) => ownMetric(settings, name, statistic);
  return [
    {
      slug: 'health-score-low',
      description: 'The health score is below 70: much of the account is out of step.',
      metric: own(METRICS.healthScore, 'Minimum'),
      comparison: 'below',
      threshold: 70,
      missing: 'as_before',
    },
    {
      slug: 'too-many-discrepancies',
      description: 'More than 5 agents are out of step after a sync.',
      metric: own(METRICS.syncDiscrepancies, 'Maximum'),
      comparison: 'above',
      threshold: 5,
      missing: 'as_before',
    },
    {
      slug: 'sync-failed',
      description: 'A sync ended with an error.',
      metric: own(METRICS.syncFailures, 'Sum'),
      comparison: 'above',
      threshold: 0,
      missing: 'fine',
    },
    ...missingSync(settings),
    {
      slug: 'orphan-guard-tripped',
      description:
        'A sync would have orphaned suspiciously many agents, or saw another account, and waits for a person.',
      metric: own(METRICS.orphanGuardTripped, 'Sum'),
      comparison: 'above',
      threshold: 0,
      missing: 'fine',
    },
    {
      slug: 'event-publish-failures',
      description: 'Domain events could not be published; a partial sync is continued by the schedule only.',
      metric: own(METRICS.eventPublishFailures, 'Sum'),
      comparison: 'above',
      threshold: 0,
      missing: 'fine',
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
      description: 'No sync has come to a good end for two periods of the schedule.',
      metric: ownMetric(settings, METRICS.syncSuccesses, 'Sum', Duration.seconds(seconds)),
      comparison: 'below',
      threshold: 1,
      periods: 2,
      missing: 'alarming',
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
    },
    {
      slug: 'webhooks-rejected',
      description: 'More than 5 webhooks in five minutes had no valid signature.',
      metric: ownMetric(settings, METRICS.webhookRejected, 'Sum'),
      comparison: 'above',
      threshold: 5,
      missing: 'fine',
    },
  ];
}

function platformAlarms({ api, functions, migrate, deadLetters }: Service): readonly AlarmPlan[] {
  const all = [...Object.values(functions), migrate];
  return [
    {
      slug: 'function-errors',
      description: 'A function crashed, ran out of time or memory, or failed where nobody waits for its answer.',
      metric: sumOver(all, 'Errors', (lambda) => lambda.metricErrors({ period: FIVE_MINUTES })),
      comparison: 'above',
      threshold: 0,
      missing: 'fine',
    },
    {
      slug: 'function-throttles',
      description: 'Invocations were turned away because too many were under way.',
      metric: sumOver(all, 'Throttles', (lambda) => lambda.metricThrottles({ period: FIVE_MINUTES })),
      comparison: 'above',
      threshold: 0,
      missing: 'fine',
    },
    {
      slug: 'api-errors',
      description: 'More than 5 requests in five minutes were answered with a 5xx.',
      metric: api.metricServerError({ period: FIVE_MINUTES, statistic: 'Sum' }),
      comparison: 'above',
      threshold: 5,
      missing: 'fine',
    },
    {
      slug: 'dead-letters',
      description: 'A scheduled or continued sync was given up after its retries.',
      metric: deadLetters.metricApproximateNumberOfMessagesVisible({ period: FIVE_MINUTES }),
      comparison: 'above',
      threshold: 0,
      missing: 'fine',
    },
  ];
}

function databaseAlarms({ instance }: Data): readonly AlarmPlan[] {
  return [
    {
      slug: 'database-storage-low',
      description: 'Less than 2 GB of storage are free.',
      metric: instance.metricFreeStorageSpace({ period: FIVE_MINUTES, statistic: 'Minimum' }),
      comparison: 'below',
      threshold: 2 * 1_024 ** 3,
      missing: 'as_before',
    },
    {
      slug: 'database-connections-high',
      description: 'More than 60 connections are open, of about 80 that the instance takes.',
      metric: instance.metricDatabaseConnections({ period: FIVE_MINUTES, statistic: 'Maximum' }),
      comparison: 'above',
      threshold: 60,
      missing: 'as_before',
    },
  ];
}
