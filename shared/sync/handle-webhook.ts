/** A webhook with a valid signature: which agent its event is about, and whether that is worth a call to Retell. */
import { parseWebhookEvent, type WebhookEvent } from '../domain/webhook-event.ts';
import { isNotable } from '../domain/webhook-outcome.ts';
import { AppError } from '../errors.ts';
import type { Result } from '../result.ts';
import type { Services } from '../services.ts';
import { type Reconciliation, reconcileAgent } from './reconcile-agent.ts';
import { isNews, recordEvent, tallyEvent } from './webhook-events.ts';

export interface WebhookResult {
  readonly success: true;
  readonly event: string;
  readonly agent_id?: string;
  readonly action: Reconciliation['action'] | 'ignored';
  readonly message: string;
}

/** @throws AppError `invalid_event`; `deliver_again` (503) when Retell cannot be reached */
export async function handleWebhook(
  services: Services,
  rawBody: Buffer,
  remainingMs: () => number,
): Promise<WebhookResult> {
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

/** Reconciles the event's agent, and counts what became of the event. */
async function reconcileCounted(
  services: Services,
  event: Exclude<WebhookEvent, { readonly kind: 'other' }>,
  remainingMs: () => number,
): Promise<WebhookResult> {
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

function ignored({ event }: WebhookEvent, message: string): WebhookResult {
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
  return new AppError({
    status: 400,
    code: 'invalid_event',
    message: `${message}.`,
    hint: 'Send {"type": "agent.updated", "data": {"agent_id": "agent_..."}}, or an event as Retell documents it.',
  });
}
