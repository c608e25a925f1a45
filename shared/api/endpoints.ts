/**
 * Every endpoint of the service. API Gateway's routes, the local server and the OpenAPI document follow from this list.
 */
import { agentEndpoints } from './agents.ts';
import { auditEndpoints } from './audit.ts';
import { cleanupEndpoints } from './cleanup.ts';
import { consoleEndpoints } from './console.ts';
import type { Endpoint } from './endpoint.ts';
import { runEndpoints } from './runs.ts';
import { scheduledSyncEndpoints } from './scheduled-sync.ts';
import { settingsEndpoints } from './settings.ts';
import { syncEndpoints } from './sync.ts';
import { undoEndpoints } from './undo.ts';
import { webhookEndpoints } from './webhook.ts';
import { webhookEventEndpoints } from './webhook-events.ts';

/** By operation id, in the order in which they are documented: reading endpoints first. */
export const API = {
  ...scheduledSyncEndpoints,
  ...agentEndpoints,
  ...runEndpoints,
  ...webhookEventEndpoints,
  ...settingsEndpoints,
  ...auditEndpoints,
  ...syncEndpoints,
  ...cleanupEndpoints,
  ...undoEndpoints,
  ...webhookEndpoints,
  ...consoleEndpoints,
} as const;

export const ENDPOINTS: readonly Endpoint[] = Object.values(API);
