/** The newest observation of each agent (`voice_agent_sync.retell_agent`), which makes an idle sync cheap. */
import type { Agent, Observation } from '../domain/agent.ts';
import { passesRules, rulesFingerprint } from '../domain/comparison.ts';
import type { EligibilityRules } from '../domain/eligibility.ts';
import { canonicalJson } from '../domain/versions.ts';
import type { DraftDifference } from '../domain/warnings.ts';
import type { Query } from './pool.ts';
import { agentIds, LATEST_TIME } from './rows.ts';
import { FIELD_ASSIGNMENTS, FIELD_DEFINITIONS, FIELD_INPUT, FIELD_NAMES, FIELD_VALUES } from './synced-sql.ts';
import { FORGET_READ } from './unread-agents.ts';

const COLUMNS = `agent_id, read_at, listed_timestamp::float8 as listed_timestamp, gone, ${FIELD_VALUES}`;

type ObservationRow = Omit<Observation, 'agent'> & { readonly gone: boolean } & Omit<Agent, 'agent_id'>;

export interface StoredObservations {
  readonly observations: ReadonlyMap<string, Observation>;
  /** Agents that the rules with this fingerprint have passed. */
  readonly passed: ReadonlySet<string>;
}

export async function listObservations(
  query: Query,
  agent_ids: readonly string[],
  fingerprint: string,
): Promise<StoredObservations> {
  const rows = await query<ObservationRow & { readonly has_passed: boolean }>(
    `select ${COLUMNS}, rules_passed is not distinct from $2 as has_passed
     from voice_agent_sync.retell_agent where agent_id = any($1) and read_at <= ${LATEST_TIME}`,
    [agent_ids, fingerprint],
  );
  const observations = rows.map(({ has_passed: _passed, ...row }) => [row.agent_id, toObservation(row)] as const);
  const passed = rows.filter(({ has_passed }) => has_passed).map(({ agent_id }) => agent_id);
  return { observations: new Map(observations), passed: new Set(passed) };
}

/** Whether an observation of the agent is stored. */
export async function isObserved(query: Query, agent_id: string): Promise<boolean> {
  return (await query('select from voice_agent_sync.retell_agent where agent_id = $1', [agent_id])).length > 0;
}

interface SaveOptions {
  /** The rules that judge the agents. */
  readonly rules: EligibilityRules;
  /** The version that a webhook's event named. */
  readonly seen_version?: number | null;
  /** Shown while the run is in progress. */
  readonly progress?: Progress;
}

export interface Progress {
  readonly run_id: number;
  readonly done: number;
  readonly total: number;
}

/** An id that only an event named: the number of these is bounded. */
const IS_UNKNOWN = `gone and listed_timestamp is null
       and not exists (select from {interviewer} where interviewer.agent_id = input.agent_id)
       and not exists (select from voice_agent_sync.agreement where agreement.agent_id = input.agent_id)
       and not exists (select from voice_agent_sync.creation where creation.agent_id = input.agent_id)`;

/** Unknown agents that are remembered, so that further events with their ids cost no call to Retell. */
export const MOST_UNKNOWN_AGENTS = 1_000;

/** Forgets unknown agents that are an hour old, or over the limit. */
export async function pruneUnknownAgents(query: Query): Promise<void> {
  await query('select voice_agent_sync.prune_unknown_agents($1)', [MOST_UNKNOWN_AGENTS]);
}

/**
 * Keeps the newer of two observations of an agent, which is then no longer unread. The order of the ids prevents two
 * runs from waiting for each other.
 */
export async function saveObservations(
  query: Query,
  observations: readonly Observation[],
  { rules, seen_version = null, progress }: SaveOptions,
): Promise<void> {
  const fingerprint = rulesFingerprint(rules);
  const records = observations.map(({ agent, ...observation }) => ({
    ...agent,
    ...observation,
    gone: agent === null,
    rules_passed: passesRules(agent, rules) ? fingerprint : null,
  }));
  await query(
    `with progress as (
       update voice_agent_sync.run
       set phase = 'Reading agents from Retell', progress_done = $4, progress_total = $5
       where id = $3 and status = 'running'
     ), forgotten as (
       ${FORGET_READ}
     )
     insert into voice_agent_sync.retell_agent as existing
       (agent_id, read_at, listed_timestamp, gone, is_unknown, rules_passed, seen_version, ${FIELD_NAMES})
     select agent_id, read_at, listed_timestamp, gone, ${IS_UNKNOWN}, rules_passed, $2, ${FIELD_INPUT}
     from jsonb_to_recordset($1::jsonb) as input
       (agent_id text, read_at timestamptz, listed_timestamp bigint, gone boolean, rules_passed text,
        ${FIELD_DEFINITIONS})
     order by agent_id
     on conflict (agent_id) do update
     set read_at = excluded.read_at, listed_timestamp = excluded.listed_timestamp, gone = excluded.gone,
       is_unknown = excluded.is_unknown, rules_passed = excluded.rules_passed, draft_differs_in = null, seen_version = greatest(existing.seen_version, excluded.seen_version),
       ${FIELD_ASSIGNMENTS}
     where existing.read_at <= excluded.read_at or existing.read_at > ${LATEST_TIME}`,
    [JSON.stringify(records), seen_version, progress?.run_id ?? null, progress?.done ?? null, progress?.total ?? null],
  );
}

/**
 * Locks the observations of these agents until the transaction ends, and returns the agents for which a different one
 * is now stored: a write that rests on the older one is outdated. An equal one, such as an audit's, outdates nothing.
 */
export async function lockObservations(
  query: Query,
  observations: readonly Observation[],
): Promise<ReadonlySet<string>> {
  if (observations.length === 0) return new Set();
  const rows = await query<ObservationRow & { readonly relied_id: string }>(
    `with existing as (
       select ${COLUMNS} from voice_agent_sync.retell_agent where agent_id = any($1) order by agent_id for update
     )
     select existing.*, relied_id
     from unnest($1::text[], $2::timestamptz[]) as input (relied_id, relied_on)
     left join existing on existing.agent_id = relied_id
     where existing.read_at is distinct from relied_on`,
    [observations.map(({ agent_id }) => agent_id), observations.map(({ read_at }) => read_at.toISOString())],
  );
  const relied = new Map(observations.map(({ agent_id, agent }) => [agent_id, canonicalJson(agent)]));
  const overtaken = rows.filter(
    ({ relied_id, ...row }) =>
      row.agent_id === null || canonicalJson(toObservation(row).agent) !== relied.get(relied_id),
  );
  return new Set(overtaken.map(({ relied_id }) => relied_id));
}

function toObservation({ agent_id, read_at, listed_timestamp, gone, ...fields }: ObservationRow): Observation {
  return { agent_id, read_at, listed_timestamp, agent: gone ? null : { agent_id, ...fields } };
}

/** Other agents without a row that had this name when they were last observed. */
export async function listUnlinkedNamesakes(query: Query, agent_name: string, agent_id: string): Promise<string[]> {
  const rows = await query<{ agent_id: string }>(
    `select agent_id from voice_agent_sync.retell_agent existing
     where md5(agent_name) = md5($1) and agent_name = $1 and not gone and agent_id <> $2
       and not exists (select from {interviewer} where interviewer.agent_id = existing.agent_id)
     order by agent_id`,
    [agent_name, agent_id],
  );
  return agentIds(rows);
}

/**
 * Unpublished drafts that have not been compared with their published versions, except those of agents that do not
 * respond.
 */
export async function listNewDrafts(query: Query, limit: number): Promise<string[]> {
  const rows = await query<{ agent_id: string }>(
    `select agent_id from voice_agent_sync.retell_agent
     where not gone and not is_published and version > 0 and draft_differs_in is null
       and agent_id not in (select agent_id from voice_agent_sync.unread_agent)
     order by agent_id limit $1`,
    [limit],
  );
  return agentIds(rows);
}

/** Stores that agents pass the rules, unless they were observed again since then. Ordered, as above. */
export async function markPassed(
  query: Query,
  observations: readonly Observation[],
  fingerprint: string,
): Promise<void> {
  await query(
    `update voice_agent_sync.retell_agent existing set rules_passed = $3
     from (
       select agent_id from voice_agent_sync.retell_agent
       join unnest($1::text[], $2::timestamptz[]) as judged (agent_id, read_at) using (agent_id, read_at)
       order by agent_id for update of retell_agent
     ) as unchanged
     where existing.agent_id = unchanged.agent_id and existing.rules_passed is distinct from $3`,
    [
      observations.map(({ agent_id }) => agent_id),
      observations.map(({ read_at }) => read_at.toISOString()),
      fingerprint,
    ],
  );
}

export async function saveDrafts(query: Query, drafts: readonly DraftDifference[]): Promise<void> {
  await query(
    `update voice_agent_sync.retell_agent existing set draft_differs_in = input.fields
     from jsonb_to_recordset($1::jsonb) as input (agent_id text, fields text[])
     where existing.agent_id = input.agent_id and not existing.is_published`,
    [JSON.stringify(drafts)],
  );
}
