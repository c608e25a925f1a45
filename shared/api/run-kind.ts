/** The kinds of runs, and what starts them. */
import * as v from 'valibot';
import type { Data } from './fields.ts';

export const RunKind = v.pipe(
  v.picklist(['sync', 'sync_agent', 'audit', 'scheduled', 'cleanup', 'restore', 'undo', 'webhook']),
  v.description('What the run does; `sync_agent`: a sync of one agent.'),
);
export type RunKind = Data<typeof RunKind>;

export const RunTrigger = v.pipe(
  v.picklist(['manual', 'schedule', 'start', 'webhook', 'continuation']),
  v.description('What started the run.'),
);
export type RunTrigger = Data<typeof RunTrigger>;

export const RunStatus = v.pipe(
  v.picklist(['running', 'succeeded', 'partial', 'held', 'failed']),
  v.description('How the run ended; `held`: a guard blocked it, and a confirmation is required.'),
);
export type RunStatus = Data<typeof RunStatus>;
