/** Webhooks: which agent an event is about, whether it is worth a call to Retell, and the counters of outcomes. */
import type { WebhookResponse } from '../api/webhook.ts';
import type { WebhookEventsResponse } from '../api/webhook-events.ts';
import {
  type ConversationEvent,
  isNewsOrCount,
  listNotableEvents,
  listWebhookCounts,
  saveWebhookEvents,
  summarizeWebhooks,
} from '../db/webhook-events.ts';
import { parseWebhookEvent, type WebhookEvent } from '../domain/webhook-event.ts';
import { countedName, isNotable, type ReceivedEvent, refusalReason, UNVERIFIED } from '../domain/webhook-outcome.ts';
import { AppError, apiError, type Result } from '../errors.ts';
import type { CoreServices, Services } from '../services.ts';
import { reconcileAgent } from './reconcile-agent.ts';

/**
 * A webhook with a valid signature.
 *
 * @throws AppError `invalid_event`; `deliver_again` (503) when Retell cannot be reached
 */
export async function handleWebhook(
  services: Services,
  rawBody: Buffer,
  remainingMs: () => number,
): Promise<WebhookResponse> {
  const event = await readEvent(services, rawBody);
  if (event.kind === 'other') {
    const result = ignored(event, 'The event is about no agent');
    await tallyEvent(services, { event: event.event, outcome: 'ignored', agent_id: null, detail: result.message });
    return result;
  }
  const { agent_id } = event;
  if (event.kind === 'conversation' && !(await isNews(services, event))) {
    return { ...ignored(event, 'Nothing new about the agent'), agent_id };
  }
  return reconcileCounted(services, event, remainingMs);
}

async function readEvent(services: Services, rawBody: Buffer): Promise<WebhookEvent> {
  const payload = parseJson(rawBody);
  const parsed = payload.ok ? parseWebhookEvent(payload.value) : payload;
  if (parsed.ok) return parsed.value;
  await tallyEvent(services, { event: 'other', outcome: 'invalid', agent_id: null, detail: parsed.reason });
  throw invalidEvent(parsed.reason);
}

/** Reconciles the event's agent, and counts the outcome. */
async function reconcileCounted(
  services: Services,
  event: Exclude<WebhookEvent, { readonly kind: 'other' }>,
  remainingMs: () => number,
): Promise<WebhookResponse> {
  const { agent_id } = event;
  const seen_version = event.kind === 'conversation' ? event.version : null;
  const count = { event: event.event, agent_id };
  try {
    const result = await reconcileAgent(services, { agent_id, seen_version, remainingMs });
    const outcome = result.action === 'held_back' ? 'blocked' : result.action;
    const received = { ...count, outcome, detail: result.message } as const;
    await (isNotable(received) ? recordEvent(services, received) : tallyEvent(services, received));
    return { success: true, event: event.event, agent_id, ...result };
  } catch (error) {
    const detail = error instanceof AppError ? error.message : 'Unexpected error; the log has the cause';
    await tallyEvent(services, { ...count, outcome: 'failed', detail });
    throw error;
  }
}

function ignored({ event }: WebhookEvent, message: string): WebhookResponse {
  return { success: true, event, action: 'ignored', message };
}

function parseJson(rawBody: Buffer): Result<unknown> {
  try {
    return { ok: true, value: JSON.parse(rawBody.toString('utf8')) };
  } catch {
    return { ok: false, reason: 'The body is not JSON' };
  }
}

function invalidEvent(message: string): AppError {
  return apiError('invalid_event', {
    message: `${message}.`,
  });
}

/** Counts an event in memory: nothing is written for it unless a count has waited for a minute. */
async function tallyEvent(services: Services, event: Omit<ReceivedEvent, 'received_at'>): Promise<void> {
  const received_at = services.now();
  services.webhookTally.add({ ...event, received_at });
  if (services.webhookTally.isDue(received_at, event.outcome)) await flushWebhookEvents(services);
}

export function tallyRefusal(services: Services, header: string | undefined): Promise<void> {
  const detail = refusalReason(header, services.now().getTime());
  return tallyEvent(services, { event: UNVERIFIED, outcome: 'refused', agent_id: null, detail });
}

/** Writes an event that changed something at once, with what is pending. */
async function recordEvent(services: Services, event: Omit<ReceivedEvent, 'received_at'>): Promise<void> {
  services.webhookTally.add({ ...event, received_at: services.now() });
  await flushWebhookEvents(services);
}

/** Whether a conversation's event is worth a call to Retell; otherwise the same statement counts it. */
async function isNews(services: Services, event: ConversationEvent): Promise<boolean> {
  const { webhookTally, database, now } = services;
  const pending = webhookTally.take(now());
  try {
    return await isNewsOrCount(database.query, { ...event, event: countedName(event.event) }, pending);
  } catch (error) {
    webhookTally.putBack(pending);
    throw error;
  }
}

/** Writes what is pending. A failure does no harm: it stays pending. */
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

export async function readWebhookEvents(
  { database: { query } }: CoreServices,
  hours: number,
): Promise<WebhookEventsResponse> {
  const summary = await summarizeWebhooks(query);
  const counts = await listWebhookCounts(query, hours);
  return { success: true, ...summary, counts, events: await listNotableEvents(query) };
}
