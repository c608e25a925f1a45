/** Numbers for the dashboard and the alarms: embedded metric format on AWS, the log at level debug elsewhere. */
import type { MetricName } from './contract.ts';
import type { Log } from './log.ts';

export interface Metrics {
  record(values: Partial<Readonly<Record<MetricName, number>>>): void;
}

export function createMetrics(onLambda: boolean, log: Log): Metrics {
  if (onLambda) throw new Error('CloudWatch is not wired up');
  return { record: (values) => log.debug('Metrics', values) };
}
