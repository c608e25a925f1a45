/** The schemas of objects by the names of their exports, which are also their names in the OpenAPI document. */
import * as agents from './agents.ts';
import * as audit from './audit.ts';
import * as cleanup from './cleanup.ts';
import * as consoleSchemas from './console.ts';
import * as discrepancy from './discrepancy.ts';
import * as errorResponse from './error-response.ts';
import type { Schema } from './fields.ts';
import * as runs from './runs.ts';
import * as scheduledSync from './scheduled-sync.ts';
import * as settings from './settings.ts';
import * as sync from './sync.ts';
import * as syncState from './sync-state.ts';
import * as undo from './undo.ts';
import * as webhook from './webhook.ts';
import * as webhookEvents from './webhook-events.ts';

const EXPORTS = Object.entries<unknown>({
  ...errorResponse,
  ...agents,
  ...audit,
  ...cleanup,
  ...consoleSchemas,
  ...discrepancy,
  ...runs,
  ...scheduledSync,
  ...settings,
  ...sync,
  ...syncState,
  ...undo,
  ...webhook,
  ...webhookEvents,
});

export const NAMED_SCHEMAS: Readonly<Record<string, Schema>> = Object.fromEntries(EXPORTS.filter(isObjectSchema));

function isObjectSchema(entry: [string, unknown]): entry is [string, Schema] {
  const [, value] = entry;
  const type =
    typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'schema' && 'type' in value
      ? value.type
      : '';
  return /^(variant|(strict_|loose_)?object)$/.test(String(type));
}
