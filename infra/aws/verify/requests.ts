/** Requests to the deployed API. */
import { required, type StepContext } from './context.ts';

const REQUEST_MS = 35_000;

export interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export async function send(
  { outputs }: StepContext,
  path: string,
  request: Sent = {},
): Promise<{ status: number; body: string }> {
  const response = await fetch(required(outputs, 'ApiUrl') + path, {
    ...request,
    signal: AbortSignal.timeout(REQUEST_MS),
  });
  return { status: response.status, body: await response.text() };
}

export async function authorized(context: StepContext, path: string, request: Sent = {}): Promise<string> {
  const authorization = `Bearer ${await context.secret('SyncTokenSecretArn')}`;
  const { status, body } = await send(context, path, { ...request, headers: { ...request.headers, authorization } });
  if (status !== 200) throw new Error(`${path} responded with ${status}: ${body.slice(0, 300)}`);
  return body;
}

export async function dryRun(context: StepContext): Promise<string> {
  const headers = { 'content-type': 'application/json' };
  const body = await authorized(context, '/api/sync-retell-agents', {
    method: 'POST',
    headers,
    body: '{"dry_run":true}',
  });
  const { message }: { message?: unknown } = JSON.parse(body);
  return String(message);
}
