/** What `GET /api/webhook-events` takes and returns. */
import * as v from 'valibot';
import { WEBHOOK_RINGS } from '../contract.ts';
import type { Endpoints } from './endpoint.ts';
import * as examples from './examples.ts';
import { Count, type Data, Success, Timestamp, wholeNumber } from './fields.ts';

export const WebhookEventsQuery = v.strictObject({
  hours: v.pipe(v.optional(wholeNumber(1, 168), '24'), v.description('How many hours the counters go back.')),
});

export const WebhookOutcome = v.pipe(
  v.picklist([
    'created',
    'updated',
    'restored',
    'orphaned',
    'blocked',
    'skipped',
    'unchanged',
    'ignored',
    'invalid',
    'failed',
    'refused',
  ]),
  v.description(
    'What became of the event; `blocked`: by the orphan guard; `ignored`: nothing new; `invalid`: not a usable event; `failed`: Retell delivers it again; `refused`: its signature is not valid.',
  ),
);
export type WebhookOutcome = Data<typeof WebhookOutcome>;

const EventName = v.pipe(
  v.string(),
  v.description("The event's name; `other` outside the known names, `unverified` if it was refused unread."),
);

export const WebhookCount = v.object({
  hour: v.pipe(Timestamp, v.description('When the hour began.')),
  event: EventName,
  outcome: WebhookOutcome,
  count: v.pipe(Count, v.description('How many events.')),
});
export type WebhookCount = Data<typeof WebhookCount>;

export const NotableEvent = v.object({
  received_at: v.pipe(Timestamp, v.description('When it arrived.')),
  event: EventName,
  outcome: WebhookOutcome,
  agent_id: v.pipe(v.nullable(v.string()), v.description('The agent that it is about; null: none is known.')),
  detail: v.pipe(v.string(), v.description('What was changed, or why it was refused, in a sentence.')),
});
export type NotableEvent = Data<typeof NotableEvent>;

/** The part that the status shows. */
export const WebhookSummary = v.object({
  last_accepted: v.pipe(v.nullable(Timestamp), v.description('When an event with a valid signature last arrived.')),
  last_refused: v.pipe(v.nullable(Timestamp), v.description('When an event was last refused.')),
  unknown_agents: v.pipe(
    Count,
    v.description('Agents of events that Retell does not know: at most 1,000, remembered for an hour.'),
  ),
});
export type WebhookSummary = Data<typeof WebhookSummary>;

export const WebhookEventsResponse = v.object({
  success: Success,
  ...WebhookSummary.entries,
  counts: v.pipe(v.array(WebhookCount), v.description('By hour, event and outcome; the newest hour first.')),
  events: v.pipe(
    v.array(NotableEvent),
    v.description(
      `The last ${WEBHOOK_RINGS.notable} events that changed something or failed, and the last ${WEBHOOK_RINGS.faulty} each that were refused or not usable; newest first.`,
    ),
  ),
});
export type WebhookEventsResponse = Data<typeof WebhookEventsResponse>;

const EXAMPLE = {
  success: true,
  last_accepted: examples.NOW,
  last_refused: '2026-03-12T18:44:02.001Z',
  unknown_agents: 0,
  counts: [{ hour: '2026-03-12T19:00:00.000Z', event: 'call_started', outcome: 'ignored', count: 31 }],
  events: [
    {
      received_at: examples.NOW,
      event: 'agent.updated',
      outcome: 'updated',
      agent_id: examples.AGENT_ID,
      detail: examples.REASON,
    },
    {
      received_at: '2026-03-12T18:44:02.001Z',
      event: 'unverified',
      outcome: 'refused',
      agent_id: null,
      detail: 'The request has no x-retell-signature header',
    },
  ],
} as const;

export const webhookEventEndpoints = {
  listWebhookEvents: {
    method: 'GET',
    path: '/api/webhook-events',
    function: 'console',
    access: 'token',
    dependsOn: ['database'],
    tag: 'Webhook',
    summary: 'Which events arrived, and what became of them',
    description: 'Refused events are counted in memory first, and are shown up to a minute later. No payload is kept.',
    request: { query: WebhookEventsQuery },
    responses: {
      200: {
        description: 'Counters and notable events.',
        schema: WebhookEventsResponse,
        example: EXAMPLE,
      },
    },
    errors: {},
  },
} as const satisfies Endpoints;
