/** The platform's `interviewer` table: the only code that reads or writes it. Each write is one conditional statement. */
import type { Interviewer } from '../domain/agent.ts';
import { nameOf } from '../domain/merge-name.ts';
import type { PlannedCreate, PlannedLink, PlannedOrphan, PlannedUpdate } from '../domain/plan-types.ts';
import { profileFor } from '../domain/profiles.ts';
import { firstRow } from './first-row.ts';
import type { Query } from './pool.ts';

/** The platform may let a name be null: to us it is empty. */
const COLUMNS = `id::text as id, nullif(agent_id, '') as agent_id, coalesce(name, '') as name, voice_id, agent_version, language,
  retell_modified_at, orphaned_at, orphan_reason, last_synced_at, sync_status`;

export function listInterviewers(query: Query): Promise<Interviewer[]> {
  return query<Interviewer>(`select ${COLUMNS} from interviewer order by interviewer.id`);
}

export interface InterviewersWithMergeBases {
  readonly rows: readonly Interviewer[];
  /** The name that a row and its agent last agreed on, by agent; not what another row agreed on with it. */
  readonly agreed: ReadonlyMap<string, string>;
  /** The name that a run was bringing to Retell, and that is not agreed on yet, by agent. */
  readonly underway: ReadonlyMap<string, string>;
}

/**
 * The rows of these agents, and active ones without an agent that bear `waiting_name`; all rows when the agents are null.
 * With what was agreed at the same moment: a name that Retell gave in between would look like the platform's, and be pushed.
 */
export async function listInterviewersWithMergeBases(
  query: Query,
  agent_ids: readonly string[] | null,
  waiting_name: string | null = null,
): Promise<InterviewersWithMergeBases> {
  const found = await query<AgreedRow>(
    `select ${COLUMNS}, agreed_name, push_name from interviewer left join
       (select agent_id as agreed_agent, interviewer_id as agreed_row, name as agreed_name, push_name
        from voice_agent_sync.agreement) agreement
       on agreed_agent = agent_id and (agreed_row is null or agreed_row = interviewer.id::text) and sync_status <> 'deleted'
     where $1::text[] is null or agent_id = any($1)
       or (coalesce(agent_id, '') = '' and name = $2 and sync_status = 'active')
     order by interviewer.id`,
    [agent_ids, waiting_name],
  );
  return apart(found);
}

type AgreedRow = Interviewer & { readonly agreed_name: string | null; readonly push_name: string | null };

function apart(found: readonly AgreedRow[]): InterviewersWithMergeBases {
  const agreed = new Map<string, string>();
  const underway = new Map<string, string>();
  const rows = found.map(({ agreed_name, push_name, ...row }) => {
    if (row.agent_id !== null && agreed_name !== null) agreed.set(row.agent_id, agreed_name);
    if (row.agent_id !== null && push_name !== null) underway.set(row.agent_id, push_name);
    return row;
  });
  return { rows, agreed, underway };
}

/** How many rows have an agent. */
export async function countInterviewers(query: Query): Promise<number> {
  const rows = await query<{ count: number }>(
    `select count(*)::integer as count from interviewer where agent_id <> ''`,
  );
  return firstRow(rows).count;
}

/** Until its transaction ends, nobody else counts orphans to decide on one more: at once they would all see too few. */
export async function lockOrphaning(query: Query): Promise<void> {
  await query(`select pg_advisory_xact_lock(hashtextextended('voice_agent_sync.orphaning', 0))`);
}

export async function countRecentOrphans(query: Query): Promise<{ recent: number; active: number }> {
  const rows = await query<{ recent: number; active: number }>(
    `select count(*) filter (where sync_status = 'orphaned'
         and orphaned_at > clock_timestamp() - interval '1 hour')::integer as recent,
       count(*) filter (where sync_status = 'active' and agent_id <> '')::integer as active
     from interviewer`,
  );
  return firstRow(rows);
}

/** Returns the agents that got a row; one that has a row already, even a deleted one, gets none. */
export async function insertInterviewers(query: Query, creates: readonly PlannedCreate[]): Promise<string[]> {
  const records = creates.map(({ observation }) => ({
    ...retellColumns(observation),
    name: nameOf(observation.agent),
    ...profileFor(nameOf(observation.agent)),
  }));
  const rows = await query<{ agent_id: string }>(
    `insert into interviewer (agent_id, name, description, image, audio, empathy, exploration, rapport, speed,
       voice_id, agent_version, language, retell_modified_at, last_synced_at)
     select agent_id, name, description, image, audio, empathy, exploration, rapport, speed,
       voice_id, agent_version, language, retell_modified_at, read_at
     from jsonb_to_recordset($1::jsonb) as x (agent_id text, name text, description text, image text, audio text,
       empathy integer, exploration integer, rapport integer, speed integer,
       voice_id text, agent_version integer, language text, retell_modified_at timestamptz, read_at timestamptz)
     where not exists (select from interviewer i where i.agent_id = x.agent_id)
     on conflict (agent_id) where agent_id <> '' and sync_status <> 'deleted' do nothing
     returning agent_id`,
    [JSON.stringify(records)],
  );
  return rows.map((row) => row.agent_id);
}

/** Gives rows without an agent theirs, and its name; returns the linked agents. */
export async function linkInterviewers(query: Query, links: readonly PlannedLink[]): Promise<string[]> {
  const records = links.map(({ row, observation }) => ({
    ...retellColumns(observation),
    name: nameOf(observation.agent),
    id: row.id,
    expected_name: row.name,
  }));
  const rows = await query<{ agent_id: string }>(
    `update interviewer i
     set agent_id = x.agent_id, name = x.name, voice_id = x.voice_id, agent_version = x.agent_version,
       language = x.language, retell_modified_at = x.retell_modified_at, last_synced_at = x.read_at
     from jsonb_to_recordset($1::jsonb) as x (id text, expected_name text, agent_id text, name text, voice_id text,
       agent_version integer, language text, retell_modified_at timestamptz, read_at timestamptz)
     where i.id::text = x.id and coalesce(i.agent_id, '') = '' and i.name = x.expected_name
       and i.sync_status = 'active'
       and not exists (select from interviewer other where other.agent_id = x.agent_id)
     returning i.agent_id`,
    [JSON.stringify(records)],
  );
  return rows.map((row) => row.agent_id);
}

/**
 * Brings rows in step and active again, unless the platform changed them since they were read, or another run has done it;
 * returns the agents whose row was written.
 */
export async function updateInterviewers(query: Query, updates: readonly PlannedUpdate[]): Promise<string[]> {
  const records = updates.map(({ row, observation, name }) => ({
    ...retellColumns(observation),
    name,
    expected_name: row.name,
    expected_status: row.sync_status,
  }));
  const rows = await query<{ agent_id: string }>(
    `update interviewer i
     set name = x.name, voice_id = x.voice_id, agent_version = x.agent_version, language = x.language,
       retell_modified_at = x.retell_modified_at, last_synced_at = x.read_at,
       sync_status = 'active', orphaned_at = null, orphan_reason = null
     from jsonb_to_recordset($1::jsonb) as x (agent_id text, name text, expected_name text, expected_status text,
       voice_id text, agent_version integer, language text, retell_modified_at timestamptz, read_at timestamptz)
     where i.agent_id = x.agent_id and coalesce(i.name, '') = x.expected_name and i.sync_status = x.expected_status
       and (i.name, i.voice_id, i.agent_version, i.language, i.retell_modified_at, i.sync_status)
         is distinct from (x.name, x.voice_id, x.agent_version, x.language, x.retell_modified_at, 'active')
     returning i.agent_id`,
    [JSON.stringify(records)],
  );
  return rows.map((row) => row.agent_id);
}

/** Notes that rows were compared with what Retell said at `read_at`, and found in step; returns their agents. */
export async function confirmInterviewers(query: Query, confirms: readonly PlannedUpdate[]): Promise<string[]> {
  const records = confirms.map(({ observation }) => ({ agent_id: observation.agent_id, read_at: observation.read_at }));
  const rows = await query<{ agent_id: string }>(
    `update interviewer i set last_synced_at = x.read_at
     from jsonb_to_recordset($1::jsonb) as x (agent_id text, read_at timestamptz)
     where i.agent_id = x.agent_id and i.sync_status = 'active'
       and (i.last_synced_at is null or i.last_synced_at < x.read_at)
     returning i.agent_id`,
    [JSON.stringify(records)],
  );
  return rows.map((row) => row.agent_id);
}

/** Returns the agents whose active row became an orphan. */
export async function orphanInterviewers(query: Query, orphans: readonly PlannedOrphan[]): Promise<string[]> {
  const records = orphans.map(({ observation, reason }) => ({
    agent_id: observation.agent_id,
    read_at: observation.read_at,
    reason,
  }));
  const rows = await query<{ agent_id: string }>(
    `update interviewer i
     set sync_status = 'orphaned', orphaned_at = clock_timestamp(), orphan_reason = x.reason, last_synced_at = x.read_at
     from jsonb_to_recordset($1::jsonb) as x (agent_id text, reason text, read_at timestamptz)
     where i.agent_id = x.agent_id and i.sync_status = 'active'
     returning i.agent_id`,
    [JSON.stringify(records)],
  );
  return rows.map((row) => row.agent_id);
}

function retellColumns({ agent, agent_id, read_at }: PlannedCreate['observation']): Record<string, unknown> {
  return {
    agent_id,
    voice_id: agent.voice_id,
    agent_version: agent.version,
    language: agent.language,
    retell_modified_at: new Date(agent.last_modification_timestamp),
    read_at,
  };
}
