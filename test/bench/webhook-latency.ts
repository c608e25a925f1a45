import * as v from 'valibot';
import { ACCOUNT_KEY, startAccount } from './account.ts';
import type { Harness } from './harness.ts';
import { WebhookMeasurement, type WebhookTask } from './measurement.ts';

const AGENTS = 1_000;
const EVENTS = 3_000;

/** The webhook handler with the pool of the local server, because a Lambda serves one event at a time. */
export async function measureWebhooks(harness: Harness, progress: (what: string) => void): Promise<WebhookMeasurement> {
  progress('webhooks');
  const account = await startAccount({ agents: AGENTS, latency_ms: 0 });
  const databaseUrl = await harness.database('webhooks');
  await harness.measure('system', { account, databaseUrl }, { invoke: 'start', remaining_ms: 900_000 });
  const agent_ids = await account.change(AGENTS);
  const task: WebhookTask = { agent_ids: [...agent_ids], key: ACCOUNT_KEY, events: EVENTS };
  const { answer } = await harness.start('webhooks', { account, databaseUrl, onLambda: false }, task);
  const result = v.parse(WebhookMeasurement, await answer);
  await account.close();
  await harness.drop('webhooks');
  return result;
}
