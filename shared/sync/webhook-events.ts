/** Counts webhook events and what became of them, and lists them. */
import type { NotableEvent, WebhookCount, WebhookSummary } from '../api/webhook-events.ts';
import {
  type ConversationEvent,
  isNewsOrCount,
  listNotableEvents,
  listWebhookCounts,
  saveWebhookEvents,
  summarizeWebhooks,
} from '../db/webhook-events.ts';
import { countedName, type ReceivedEvent, refusalReason, UNVERIFIED } from '../domain/webhook-outcome.ts';
import type { CoreServices, Services } from '../services.ts';

export interface WebhookEvents extends WebhookSummary {
  readonly counts: readonly WebhookCount[];
  readonly events: readonly NotableEvent[];
}

export async function readWebhookEvents({ database }: CoreServices, hours: number): Promise<WebhookEvents> {
  const { query } = database;
  const summary = await summarizeWebhooks(query);
  return { ...summary, counts: await listWebhookCounts(query, hours), events: await listNotableEvents(query) };
}

/** Counts an event in memory: nothing is written for it unless something has waited for a minute. */
export async function tallyEvent(services: Services, event: Omit<ReceivedEvent, 'received_at'>): Promise<void> {
  const received_at = services.now();
  services.webhookTally.add({ ...event, received_at });
  if (services.webhookTally.isDue(received_at, event.outcome)) await flushWebhookEvents(services);
}

export function tallyRefusal(services: Services, header: string | undefined): Promise<void> {
  const detail = refusalReason(header, services.now().getTime());
  return tallyEvent(services, { event: UNVERIFIED, outcome: 'refused', agent_id: null, detail });
}

/** Writes an event that changed something at once, with what is pending. */
export async function recordEvent(services: Services, event: Omit<ReceivedEvent, 'received_at'>): Promise<void> {
  services.webhookTally.add({ ...event, received_at: services.now() });
  await flushWebhookEvents(services);
}

/** Whether a conversation's event is worth a call to Retell; otherwise the same statement counts it. */
export async function isNews(services: Services, event: ConversationEvent): Promise<boolean> {
  const { webhookTally, database, now } = services;
  const pending = webhookTally.take(now());
  try {
    return await isNewsOrCount(database.query, { ...event, event: countedName(event.event) }, pending);
  } catch (error) {
    webhookTally.putBack(pending);
    throw error;
  }
}

/** Writes what is pending. A failure costs nothing: it stays pending. */
export async function flushWebhookEvents(services: Services): Promise<void> {
  try {
    await writePending(services);
  } catch (error) {
    services.log.warn('Webhook events could not be counted; they are written later', { error });
  }
}

async function writePending({ webhookTally, database, now }: Services): Promise<void> {
  const pending = webhookTally.take(now());
  if (pending.counts.length === 0) return;
  try {
    await saveWebhookEvents(database.query, pending);
  } catch (error) {
    webhookTally.putBack(pending);
    throw error;
  }
}
