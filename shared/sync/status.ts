/** The service's own state, health and settings, from stored data, without a call to Retell. */
import type { Warning } from '../api/audit.ts';
import type { HealthResponse } from '../api/console.ts';
import type { Status } from '../api/scheduled-sync.ts';
import type { SettingsResponse } from '../api/settings.ts';
import type { StateAndReason } from '../api/sync-state.ts';
import { webhookEndpoints } from '../api/webhook.ts';
import { LIMITS } from '../contract.ts';
import { measureFreshness } from '../db/audit-log.ts';
import { findConflicting, listOpenConflicts } from '../db/conflicts.ts';
import { withoutNames } from '../db/database-error.ts';
import { listRuns } from '../db/runs.ts';
import { findLastSync, findScored, listTrend, type ScoredRun } from '../db/scores.ts';
import { describeDatabase, findSetupFacts, listOwnWebhooks } from '../db/settings.ts';
import { findRevision, findStateFacts } from '../db/state.ts';
import { summarizeWebhooks } from '../db/webhook-events.ts';
import { checklistOf } from '../domain/checklist.ts';
import { healthStatus } from '../domain/health.ts';
import { stateOf } from '../domain/state.ts';
import { agentsInConflict, openWarnings } from '../domain/warnings.ts';
import type { CoreServices } from '../services.ts';

/** The state of both sides, from the history alone. */
async function readSyncState({ config, database }: CoreServices): Promise<StateAndReason> {
  return stateOf({ ...(await findStateFacts(database.query)), schedule_ms: periodOf(config) });
}

function periodOf({ schedule }: CoreServices['config']): number | null {
  return schedule.kind === 'off' ? null : schedule.every_ms;
}

/** Equal as long as the status is; costs one small statement, so that a page may poll every two seconds. */
export async function readStatusRevision({ config, database }: CoreServices): Promise<string> {
  const { facts, revision } = await findRevision(database.query);
  // The state also changes when a comparison becomes too old.
  return JSON.stringify([stateOf({ ...facts, schedule_ms: periodOf(config) }), revision]);
}

/** For a result that is always published: if the database cannot be read, the state is unknown. */
export async function readSyncStateOrUnknown(services: CoreServices): Promise<StateAndReason> {
  try {
    return await readSyncState(services);
  } catch (error) {
    services.log.warn('The state of both sides could not be read, so it is published as unknown', { error });
    return { state: 'unknown', as_of: null, reason: 'The history could not be read' };
  }
}

/** Each of the newest runs is a point of its own. */
const NEWEST_POINTS = 50;

export async function readStatus(services: CoreServices): Promise<Status> {
  const { database } = services;
  const state = await readSyncState(services);
  const scored = await findScored(database.query);
  const last_sync = await findLastSync(database.query);
  const trend = await listTrend(database.query, NEWEST_POINTS);
  const warnings = scored?.warnings ?? [];
  // Not from the list of conflicts, which is cut.
  const advice = openWarnings(warnings, await findConflicting(database.query, agentsInConflict(warnings)));
  return {
    ...state,
    last_check: scored?.finished_at ?? null,
    last_sync,
    health_score: scored?.health_score ?? null,
    health_status: scored === undefined ? null : (scored.health_status ?? healthStatus(scored.health_score, [])),
    discrepancies: scored?.discrepancies ?? null,
    summary: scored?.summary ?? null,
    recommendations: recommendationsOf(scored, advice),
    advice,
    trend,
    conflicts: await listOpenConflicts(database.query, LIMITS.responseListEntries),
    freshness: await measureFreshness(database.query),
    webhooks: await summarizeWebhooks(database.query),
  };
}

const FIRST_SYNC = 'Both sides were never compared: run a sync, which compares them.';

/** Without the warnings about conflicts that were acknowledged or decided the other way since. */
function recommendationsOf(scored: ScoredRun | undefined, advice: readonly Warning[]): readonly string[] {
  if (scored === undefined) return [FIRST_SYNC];
  const open = new Set(advice.map(({ text }) => text));
  const closed = new Set(scored.warnings.map(({ text }) => text).filter((text) => !open.has(text)));
  return scored.recommendations.filter((text) => !closed.has(text));
}

/**
 * @throws AppError `database_unavailable` or `schema_mismatch` when the service cannot do its work; without the names of
 * server, user and database, because anyone may ask
 */
export async function readHealth({ database }: CoreServices): Promise<HealthResponse> {
  try {
    await listRuns(database.query, { limit: 1 });
  } catch (error) {
    throw withoutNames(error);
  }
  return { success: true, status: 'ok', database: 'ok' };
}

/** What the request and the code say about the service. */
interface Deployed {
  /** The prefix before the endpoint's path in the request. */
  readonly base_url: string;
  readonly version: string;
}

/** The settings in effect and the set-up checklist. */
export async function readSettings(
  { config, database: { query } }: CoreServices,
  { base_url, version }: Deployed,
): Promise<SettingsResponse> {
  const { schema_version, ...database } = await describeDatabase(query);
  const { authToken, onLambda } = config;
  const { last_accepted } = await summarizeWebhooks(query);
  const checklist = checklistOf({
    ...(await findSetupFacts(query)),
    database,
    token_set: authToken !== null,
    on_lambda: onLambda,
    last_webhook: last_accepted,
    is_local: !onLambda && base_url.startsWith('http:'),
    own_webhooks: await listOwnWebhooks(query),
    schedule_ms: periodOf(config),
  });
  const webhook_url = `${base_url}${webhookEndpoints.webhook.path}`;
  return { success: true, version, schema_version, database, webhook_url, settings: config.settings, checklist };
}
