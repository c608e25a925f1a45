import * as v from 'valibot';
import { startAccount } from './account.ts';
import type { Harness } from './harness.ts';
import { WebhookMeasurement, type WebhookTask } from './measurement.ts';

export interface WebhookResult extends WebhookMeasurement {
  readonly agents: number;
  /** Requests that reached Retell, for each event. */
  readonly calls: number;
}

const AGENTS = 1_000;
const EVENTS = 3_000;

/** Events with nothing new, one at a time, as a Lambda serves them. */
export async function measureWebhooks(harness: Harness, progress: (what: string) => void): Promise<WebhookResult> {
  progress('webhooks');
  const account = await startAccount({ agents: AGENTS, latency_ms: 0 });
  const place = { account, databaseUrl: await harness.database('webhooks') };
  const agent_ids = await account.change(AGENTS);
  await harness.measure('system', place, { invoke: 'scheduled', remaining_ms: 900_000 });
  await account.requests();
  const task: WebhookTask = { agent_ids: [...agent_ids], events: EVENTS };
  const { answer } = await harness.start('webhooks', place, task);
  const measured = v.parse(WebhookMeasurement, await answer);
  const { pages, details } = await account.requests();
  await account.close();
  await harness.drop('webhooks');
  return { ...measured, agents: AGENTS, calls: (pages + details) / EVENTS };
}
