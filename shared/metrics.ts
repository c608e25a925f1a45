/** Metrics for the dashboard and the alarms. */
import { Metrics as EmbeddedMetrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { METRIC_NAMESPACE, METRICS, type MetricName } from './contract.ts';
import type { Log } from './log.ts';

export interface Metrics {
  record(values: Partial<Readonly<Record<MetricName, number>>>): void;
}

/** `embedded`: in CloudWatch's embedded metric format, on stdout; `log`: to the log, at level debug. */
export function createMetrics(format: 'embedded' | 'log', log: Log): Metrics {
  return format === 'embedded' ? embeddedMetrics() : { record: (values) => log.debug('Metrics', values) };
}

const UNITS: Readonly<Partial<Record<string, (typeof MetricUnit)[keyof typeof MetricUnit]>>> = {
  [METRICS.syncDuration]: MetricUnit.Milliseconds,
  [METRICS.healthScore]: MetricUnit.NoUnit,
  [METRICS.syncState]: MetricUnit.NoUnit,
};

/** Writes each record at once, so that a Lambda that is frozen or killed afterwards loses none. */
function embeddedMetrics(): Metrics {
  const metrics = new EmbeddedMetrics({ namespace: METRIC_NAMESPACE });
  return {
    record(values) {
      for (const [name, value] of Object.entries(values)) {
        if (value !== undefined) metrics.addMetric(name, UNITS[name] ?? MetricUnit.Count, value);
      }
      metrics.publishStoredMetrics();
    },
  };
}
