/** Whether events of an agent reach this system: an agent may have its own webhook instead of the account's. */
import type { Agent } from './agent.ts';

/** The path of the webhook; the host may be any of the deployment's. */
const WEBHOOK_PATH = '/api/retell-webhook';

/** null: its events arrive. */
export function webhookProblem({
  webhook_url,
  webhook_events,
}: Pick<Agent, 'webhook_url' | 'webhook_events'>): 'elsewhere' | 'no_call_events' | null {
  if (webhook_url !== null && !isOurs(webhook_url)) return 'elsewhere';
  if (webhook_events === null || webhook_events.some((event) => event.startsWith('call_'))) return null;
  return 'no_call_events';
}

function isOurs(url: string): boolean {
  return URL.canParse(url) && new URL(url).pathname === WEBHOOK_PATH;
}
