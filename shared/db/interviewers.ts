/** The platform's `interviewer` table: the only code that reads or writes it. Each write is one conditional statement. */
import { type AgentObservation, type Interviewer, nameOf } from '../domain/agent.ts';
import type { CreateChange, LinkChange, OrphanChange, RowChange } from '../domain/change.ts';
import { profileFor } from '../domain/profiles.ts';
import { columnValues } from '../domain/synced-columns.ts';
import type { Query } from './pool.ts';
import { agentIds, firstRow, LATEST_TIME } from './rows.ts';
import {
  SYNCED_ASSIGNMENTS,
  SYNCED_DEFINITIONS,
  SYNCED_EXISTING,
  SYNCED_INPUT,
  SYNCED_NAMES,
  SYNCED_OF_ROW,
} from './synced-sql.ts';

/** The platform may allow a name to be null: it is read as empty. */
const COLUMNS = `interviewer.id::text as id, nullif(interviewer.agent_id, '') as agent_id,
  coalesce(interviewer.name, '') as name, ${SYNCED_OF_ROW},
  orphaned_at, orphan_reason, case when last_synced_at <= ${LATEST_TIME} then last_synced_at end as last_synced_at, sync_status,
  base.name as base_retell_name, coalesce(base.database_name, base.name) as base_database_name, push_name as pending_name`;

/** With the merge base of each row that is not deleted, unless it belongs to another row. */
const ROWS = `{interviewer} left join voice_agent_sync.agreement base
  on base.agent_id = interviewer.agent_id and sync_status <> 'deleted'
    and (base.interviewer_id is null or base.interviewer_id = interviewer.id::text)`;

/**
 * The rows of these agents with their merge bases, in one statement: a name that Retell changed between two statements
 * would look like the platform's, and be pushed. `agentless`: also the active rows without an agent.
 */
export function listComparedRows(
  query: Query,
  agent_ids: readonly string[],
  { agentless }: { readonly agentless: boolean },
): Promise<Interviewer[]> {
  return query<Interviewer>(
    `select ${COLUMNS} from ${ROWS}
     where interviewer.agent_id = any($1)
       or ($2 and coalesce(interviewer.agent_id, '') = '' and sync_status = 'active')
     order by interviewer.id`,
    [agent_ids, agentless],
  );
}

/** The rows of these agents, and the active rows without an agent that have the name `unlinked_name`. */
export function listInterviewersOf(
  query: Query,
  agent_ids: readonly string[],
  unlinked_name: string | null = null,
): Promise<Interviewer[]> {
  return query<Interviewer>(
    `select ${COLUMNS} from ${ROWS}
     where interviewer.agent_id = any($1)
       or (coalesce(interviewer.agent_id, '') = '' and interviewer.name = $2 and sync_status = 'active')
     order by interviewer.id`,
    [agent_ids, unlinked_name],
  );
}

/** How many rows have an agent. */
export async function countInterviewers(query: Query): Promise<number> {
  const rows = await query<{ count: number }>(
    `select count(*)::integer as count from {interviewer} where agent_id <> ''`,
  );
  return firstRow(rows).count;
}

/** Serializes orphan decisions until the transaction ends: concurrent runs would each undercount and slip past the guard. */
export async function lockOrphaning(query: Query): Promise<void> {
  await query(`select pg_advisory_xact_lock(hashtextextended('voice_agent_sync.orphaning', 0))`);
}

/**
 * The active rows, and those orphaned within the last hour that no person has confirmed as orphans with a sync of all
 * agents; rows that a cleanup removed since then are included.
 */
export async function countRecentOrphans(query: Query): Promise<{ recent: number; active: number }> {
  const rows = await query<{ recent: number; active: number }>(
    `with counted as (
       select greatest(clock_timestamp() - interval '1 hour', max(finished_at)) as since from voice_agent_sync.run
       where confirmation is not null and kind in ('sync', 'scheduled')
         and (status = 'succeeded' or (status = 'partial' and health_score is not null))
         and finished_at > clock_timestamp() - interval '1 hour'
     )
     select count(*) filter (where sync_status = 'orphaned' and orphaned_at > since and not exists (
         -- A restore sets orphaned_at to its own time; the archived copy has the time of the orphaning.
         select from voice_agent_sync.archived_interviewer copy
         where copy.interviewer_id = interviewer.id::text and copy.restored_at >= interviewer.orphaned_at
           and (copy.interviewer ->> 'orphaned_at')::timestamptz <= since
       ))::integer + (
         select count(*) from voice_agent_sync.archived_interviewer copy
         where archived_at > since and restored_at is null and (copy.interviewer ->> 'orphaned_at')::timestamptz > since
       )::integer as recent,
       count(*) filter (where sync_status = 'active' and agent_id <> '')::integer as active
     from counted left join {interviewer} on true
     group by since`,
  );
  return firstRow(rows);
}

/** Returns the agents that got a row. An agent that already has a row, even a deleted one, gets none. */
export async function insertInterviewers(query: Query, creates: readonly CreateChange[]): Promise<string[]> {
  const records = creates.map(({ observation }) => ({
    ...retellValues(observation),
    name: nameOf(observation.agent),
    ...profileFor(nameOf(observation.agent)),
  }));
  const rows = await query<{ agent_id: string }>(
    `insert into {interviewer} (agent_id, name, description, image, audio, empathy, exploration, rapport, speed,
       last_synced_at, ${SYNCED_NAMES})
     select agent_id, name, description, image, audio, empathy, exploration, rapport, speed,
       read_at, ${SYNCED_NAMES}
     from jsonb_to_recordset($1::jsonb) as input (agent_id text, name text, description text, image text, audio text,
       empathy integer, exploration integer, rapport integer, speed integer, read_at timestamptz, ${SYNCED_DEFINITIONS})
     where not exists (select from {interviewer} existing where existing.agent_id = input.agent_id)
     on conflict (agent_id) where agent_id <> '' and sync_status <> 'deleted' do nothing
     returning agent_id`,
    [JSON.stringify(records)],
  );
  return agentIds(rows);
}

/** Links rows to agents, and takes the agents' names; returns the linked agents. */
export async function linkInterviewers(query: Query, links: readonly LinkChange[]): Promise<string[]> {
  const records = links.map(({ row, observation }) => ({
    ...retellValues(observation),
    name: nameOf(observation.agent),
    id: row.id,
    expected_name: row.name,
  }));
  const rows = await query<{ agent_id: string }>(
    `update {interviewer} existing
     set agent_id = input.agent_id, name = input.name, last_synced_at = input.read_at, ${SYNCED_ASSIGNMENTS}
     from jsonb_to_recordset($1::jsonb) as input (id text, expected_name text, agent_id text, name text,
       read_at timestamptz, ${SYNCED_DEFINITIONS})
     where existing.id::text = input.id and coalesce(existing.agent_id, '') = '' and existing.name = input.expected_name
       and existing.sync_status = 'active'
       and not exists (select from {interviewer} other where other.agent_id = input.agent_id)
     returning existing.agent_id`,
    [JSON.stringify(records)],
  );
  return agentIds(rows);
}

/**
 * Makes rows equal to their agents, and active, unless the platform or another run changed them since they were read;
 * returns the agents whose row was written.
 */
export async function updateInterviewers(query: Query, updates: readonly RowChange[]): Promise<string[]> {
  const records = updates.map(({ row, observation, name }) => ({
    ...retellValues(observation),
    name,
    expected_name: row.name,
    expected_status: row.sync_status,
  }));
  const rows = await query<{ agent_id: string }>(
    `update {interviewer} existing
     set name = input.name, last_synced_at = input.read_at, ${SYNCED_ASSIGNMENTS},
       sync_status = 'active', orphaned_at = null, orphan_reason = null
     from jsonb_to_recordset($1::jsonb) as input (agent_id text, name text, expected_name text, expected_status text,
       read_at timestamptz, ${SYNCED_DEFINITIONS})
     where existing.agent_id = input.agent_id and coalesce(existing.name, '') = input.expected_name
       and existing.sync_status = input.expected_status
       and (existing.name, existing.sync_status, ${SYNCED_EXISTING})
         is distinct from (input.name, 'active', ${SYNCED_INPUT})
     returning existing.agent_id`,
    [JSON.stringify(records)],
  );
  return agentIds(rows);
}

/** A row whose earlier name an undo puts back. */
export interface RowRename {
  readonly id: string;
  readonly agent_id: string;
  readonly from: string;
  readonly to: string;
}

/** Renames rows that have the name `from`, or already `to`; returns their agents. */
export async function renameInterviewers(query: Query, renames: readonly RowRename[]): Promise<string[]> {
  const rows = await query<{ agent_id: string }>(
    `update {interviewer} existing set name = input."to"
     from jsonb_to_recordset($1::jsonb) as input (id text, agent_id text, "from" text, "to" text)
     where existing.id::text = input.id and existing.agent_id = input.agent_id and existing.sync_status <> 'deleted'
       and coalesce(existing.name, '') in (input."from", input."to")
     returning existing.agent_id`,
    [JSON.stringify(renames)],
  );
  return agentIds(rows);
}

/** Records that rows were compared with an observation and found in sync; returns their agents. */
export async function verifyInterviewers(query: Query, verified: readonly RowChange[]): Promise<string[]> {
  const records = verified.map(({ observation: { agent_id, read_at } }) => ({ agent_id, read_at }));
  const rows = await query<{ agent_id: string }>(
    `update {interviewer} existing set last_synced_at = input.read_at
     from jsonb_to_recordset($1::jsonb) as input (agent_id text, read_at timestamptz)
     where existing.agent_id = input.agent_id and existing.sync_status = 'active'
       and (existing.last_synced_at is null or existing.last_synced_at < input.read_at
         or existing.last_synced_at > ${LATEST_TIME})
     returning existing.agent_id`,
    [JSON.stringify(records)],
  );
  return agentIds(rows);
}

/** Returns the agents whose active row became an orphan. */
export async function orphanInterviewers(query: Query, orphans: readonly OrphanChange[]): Promise<string[]> {
  const records = orphans.map(({ observation: { agent_id, read_at }, reason }) => ({ agent_id, read_at, reason }));
  const rows = await query<{ agent_id: string }>(
    `update {interviewer} existing
     set sync_status = 'orphaned', orphaned_at = clock_timestamp(), orphan_reason = input.reason,
       last_synced_at = input.read_at
     from jsonb_to_recordset($1::jsonb) as input (agent_id text, reason text, read_at timestamptz)
     where existing.agent_id = input.agent_id and existing.sync_status = 'active'
     returning existing.agent_id`,
    [JSON.stringify(records)],
  );
  return agentIds(rows);
}

function retellValues({ agent, agent_id, read_at }: AgentObservation): Readonly<Record<string, unknown>> {
  return { ...columnValues(agent), agent_id, read_at };
}
