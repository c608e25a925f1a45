/** What Retell sends to the webhook, and how the webhook responds. */
import * as v from 'valibot';
import type { Endpoints } from './endpoint.ts';
import { ErrorResponse } from './error-response.ts';
import * as examples from './examples.ts';
import { type Data, Success } from './fields.ts';

/**
 * Only a hint which agent to read. Retell sends many shapes; the handler distinguishes them after it has verified the
 * signature.
 */
export const WebhookPayload = v.looseObject({
  event: v.pipe(v.optional(v.string()), v.description("The event's name, such as `call_ended`.")),
  type: v.pipe(v.optional(v.string()), v.description("An agent event's name, such as `agent.updated`.")),
  data: v.pipe(v.optional(v.unknown()), v.description('Of an agent event: the agent, with its `agent_id`.')),
  call: v.pipe(
    v.optional(v.unknown()),
    v.description('Of a call event: the call, with `agent_id` and `agent_version`.'),
  ),
  chat: v.pipe(v.optional(v.unknown()), v.description('Of a chat event: the chat, with `agent_id` and `version`.')),
});

export const WebhookResponse = v.object({
  success: Success,
  event: v.pipe(v.string(), v.description("The event's name, shortened.")),
  agent_id: v.pipe(v.exactOptional(v.string()), v.description('Present if the event is about an agent.')),
  action: v.pipe(
    v.picklist(['created', 'updated', 'restored', 'orphaned', 'skipped', 'unchanged', 'held_back', 'ignored']),
    v.description('What was done; `held_back`: the guard blocked it; `ignored`: the event needs nothing.'),
  ),
  message: v.pipe(v.string(), v.description('The result in a sentence.')),
});
export type WebhookResponse = Data<typeof WebhookResponse>;

const EXAMPLE = { type: 'agent.updated', data: { agent_id: examples.AGENT_ID } };
const RESPONSE_EXAMPLE = {
  success: true,
  event: 'agent.updated',
  agent_id: examples.AGENT_ID,
  action: 'updated',
  message: examples.REASON,
} as const;

export const webhookEndpoints = {
  webhook: {
    method: 'POST',
    path: '/api/retell-webhook',
    function: 'webhook',
    access: 'signature',
    dependsOn: ['database'],
    tag: 'Webhook',
    summary: 'Receive an event from Retell',
    description:
      'Signed over the raw body. The payload is only a hint: the agent that it names is read from Retell and reconciled.',
    request: { signedBody: WebhookPayload, example: EXAMPLE },
    responses: {
      200: { description: 'The event was processed.', schema: WebhookResponse, example: RESPONSE_EXAMPLE },
    },
    errors: { invalid_event: ErrorResponse, deliver_again: ErrorResponse },
  },
} as const satisfies Endpoints;
