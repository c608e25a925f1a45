import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { METRIC_DIMENSION, METRIC_NAMESPACE, type MetricName } from '../../shared/contract.ts';
import type { Settings } from './settings.ts';

export const FIVE_MINUTES = Duration.minutes(5);

/** A metric that the code records, for this deployment. */
export function ownMetric(
  settings: Settings,
  metricName: MetricName,
  statistic: string,
  period = FIVE_MINUTES,
): Metric {
  return new Metric({
    namespace: METRIC_NAMESPACE,
    metricName,
    dimensionsMap: { [METRIC_DIMENSION]: settings.name },
    statistic,
    period,
  });
}

/**
 * A metric from the database's log, in a namespace of the deployment, because a metric filter on plain text has no
 * dimensions.
 */
export function refusedSignIns({ name }: Settings): Metric {
  return new Metric({
    namespace: `${METRIC_NAMESPACE}/${name}`,
    metricName: 'DatabaseSignInsRefused',
    statistic: 'Sum',
    period: FIVE_MINUTES,
  });
}

/** Over all functions: the dashboard and the logs show which function counts. */
export function sumOver(
  functions: readonly IFunction[],
  label: string,
  metricOf: (lambda: IFunction) => IMetric,
): MathExpression {
  const usingMetrics = Object.fromEntries(functions.map((lambda, index) => [`m${index}`, metricOf(lambda)]));
  return new MathExpression({
    // A function that was not invoked has no data, which must not make the sum unknown.
    expression: Object.keys(usingMetrics)
      .map((name) => `FILL(${name}, 0)`)
      .join(' + '),
    usingMetrics,
    label,
    period: FIVE_MINUTES,
  });
}
