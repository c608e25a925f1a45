/** The settings in effect and the set-up checklist, from what is stored: Retell is not asked. */
import type { SettingsResponse } from '../api/settings.ts';
import { webhookEndpoints } from '../api/webhook.ts';
import { describeDatabase, findSetupFacts, listOwnWebhooks } from '../db/settings.ts';
import { summarizeWebhooks } from '../db/webhook-events.ts';
import { checklistOf } from '../domain/checklist.ts';
import type { CoreServices } from '../services.ts';

/** What the request and the code say of the service. */
export interface Deployed {
  /** Where the request was sent to. */
  readonly origin: string;
  readonly version: string;
}

export async function readSettings(
  { config, database: { query } }: CoreServices,
  { origin, version }: Deployed,
): Promise<Omit<SettingsResponse, 'success'>> {
  const { schema_version, ...database } = await describeDatabase(query);
  const { schedule, authToken, onLambda } = config;
  const { last_accepted } = await summarizeWebhooks(query);
  const checklist = checklistOf({
    ...(await findSetupFacts(query)),
    database,
    token_set: authToken !== null,
    on_lambda: onLambda,
    last_webhook: last_accepted,
    own_webhooks: await listOwnWebhooks(query),
    schedule_ms: schedule.kind === 'off' ? null : schedule.every_ms,
  });
  const webhook_url = `${origin}${webhookEndpoints.webhook.path}`;
  return { version, schema_version, database, webhook_url, settings: config.settings, checklist };
}
