/** Webhooks as Retell, or a platform's relay, delivers them. */
import { createHmac } from 'node:crypto';
import { Retell } from 'retell-sdk';

/** `x-retell-signature` over `body`; with `timestamp` (epoch ms) as if it had been signed then. */
export async function signWebhook(body: string, key: string, timestamp?: number): Promise<string> {
  if (timestamp === undefined) return Retell.sign(body, key);
  const digest = createHmac('sha256', key).update(`${body}${timestamp}`).digest('hex');
  return `v=${timestamp},d=${digest}`;
}

/** Delivers once, signed; Retell itself gives up after 10 s, and so does this. Throws when nobody answers. */
export async function sendWebhook(
  url: string,
  payload: unknown,
  key: string,
): Promise<{ status: number; body: string }> {
  const body = JSON.stringify(payload);
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-retell-signature': await signWebhook(body, key) },
    body,
    signal: AbortSignal.timeout(10_000),
  });
  return { status: response.status, body: await response.text() };
}
