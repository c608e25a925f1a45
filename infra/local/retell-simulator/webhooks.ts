/** Delivers webhooks as Retell or a platform's relay does. */
import { createHmac } from 'node:crypto';
import { Retell } from 'retell-sdk';

/** `x-retell-signature` over `body`; with `timestamp` (epoch ms), as of that time. */
export async function signWebhook(body: string, key: string, timestamp?: number): Promise<string> {
  if (timestamp === undefined) return Retell.sign(body, key);
  const digest = createHmac('sha256', key).update(`${body}${timestamp}`).digest('hex');
  return `v=${timestamp},d=${digest}`;
}

/** Delivers once, signed, with Retell's timeout of 10 s. Throws without a response. */
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
