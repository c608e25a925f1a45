/** A webhook whose signature was found valid: which agent it hints at, and whether that is worth a call to Retell. */
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

/** @throws AppError `invalid_event`; `retell_unavailable` (503) when Retell cannot be asked */
export async function handleWebhook(
  services: Services,
  rawBody: Buffer,
  remainingMs: () => number,
): Promise<WebhookResult> {
  const event = parseWebhookEvent(parseJson(rawBody));
  if (typeof event === 'string') throw invalidEvent(event);
  if (event.kind === 'other') return ignored(event, 'No agent to look at');
  const { agent_id } = event;
  const version = event.kind === 'conversation' ? event.version : null;
  if (
    event.kind === 'conversation' &&
    !isNewVersion(version, await findKnownAgent(services.database.query, agent_id))
  ) {
    return { ...ignored(event, 'Nothing new about the agent'), agent_id };
  }
  const result = await reconcileAgent(services, agent_id, version, remainingMs);
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
