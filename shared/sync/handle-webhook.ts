/** A webhook with a valid signature: which agent its event is about, and whether that is worth a call to Retell. */
import { findKnownAgent } from '../db/observations.ts';
import { isNewVersion, parseWebhookEvent, type WebhookEvent } from '../domain/webhook-event.ts';
import { AppError } from '../errors.ts';
import type { Services } from '../services.ts';
import { type Reconciliation, reconcileAgent } from './reconcile-agent.ts';

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
  const parsed = parseWebhookEvent(parseJson(rawBody));
  if (!parsed.ok) throw invalidEvent(parsed.reason);
  const event = parsed.value;
  if (event.kind === 'other') return ignored(event, 'The event is about no agent');
  const { agent_id } = event;
  const seen_version = event.kind === 'conversation' ? event.version : null;
  if (event.kind === 'conversation') {
    const known = await findKnownAgent(services.database.query, agent_id);
    if (!isNewVersion(seen_version, known)) return { ...ignored(event, 'Nothing new about the agent'), agent_id };
  }
  const result = await reconcileAgent(services, { agent_id, seen_version, remainingMs });
  return { success: true, event: event.event, agent_id, ...result };
}

function ignored({ event }: WebhookEvent, message: string): WebhookResult {
  return { success: true, event, action: 'ignored', message };
}

function parseJson(rawBody: Buffer): unknown {
  try {
    return JSON.parse(rawBody.toString('utf8'));
  } catch (cause) {
    throw invalidEvent('The body is not JSON', cause);
  }
}

function invalidEvent(message: string, cause?: unknown): AppError {
  return new AppError(
    400,
    'invalid_event',
    `${message}.`,
    'Send {"type": "agent.updated", "data": {"agent_id": "agent_..."}}, or an event as Retell documents it.',
    { cause },
  );
}
