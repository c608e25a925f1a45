import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { callEvent, type EventAgent } from '../../../infra/local/retell-simulator/events.ts';
import { signWebhook } from '../../../infra/local/retell-simulator/webhooks.ts';
import { httpEvent } from '../../support/events.ts';

/** The delivery of a call event about this agent, signed with the account's key. */
export async function signedEvent(agent: EventAgent): Promise<APIGatewayProxyEventV2> {
  const body = JSON.stringify(callEvent('call_started', agent));
  const signature = await signWebhook(body, process.env['RETELL_API_KEY'] ?? '');
  const headers = { 'content-type': 'application/json', 'x-retell-signature': signature };
  return httpEvent({ method: 'POST', path: '/api/retell-webhook', body, headers });
}
