/** The steps, in order. */
import { dryRunStep, health, outputs, schedule, status, token, webhooks } from './api-steps.ts';
import { alarm, nat, people, rotation, watchAlarm } from './aws-steps.ts';
import type { Step } from './step.ts';

export const STEPS: readonly Step[] = [
  outputs,
  health,
  token,
  status,
  dryRunStep,
  webhooks,
  alarm,
  nat,
  rotation,
  schedule,
  people,
];

const WATCH_MS = 5 * 60_000;

/** The steps after a deployment that began then: if one fails, the deployment is rolled back. */
export function smokeSteps(since: Date, watchMs = WATCH_MS): readonly Step[] {
  return [outputs, health, token, status, watchAlarm(since, watchMs)];
}
