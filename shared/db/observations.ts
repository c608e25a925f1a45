/** What Retell last said of each agent (`voice_agent_sync.retell_agent`): the memory that makes an idle sync cheap. */
import { isDeepStrictEqual } from 'node:util';
import type { Agent, Observation } from '../domain/agent.ts';
import type { DraftDifference } from '../domain/warnings.ts';
import type { KnownAgent } from '../domain/webhook-event.ts';
import type { Query } from './pool.ts';

interface ObservationRow {
  readonly agent_id: string;
  readonly read_at: Date;
  readonly listed_timestamp: number | null;
  readonly gone: boolean;
  readonly agent_name: string | null;
  readonly voice_id: string | null;
  readonly version: number;
  readonly is_published: boolean;
  readonly language: string | null;
  readonly last_modification_timestamp: number;
}

/** Milliseconds fit a double exactly, which pg, unlike int8, hands over as a number. */
const COLUMNS = `agent_id, read_at, listed_timestamp::float8 as listed_timestamp, gone, agent_name, voice_id, version,
  is_published, language, last_modification_timestamp::float8 as last_modification_timestamp`;

export async function listObservations(query: Query): Promise<Map<string, Observation>> {
  const rows = await query<ObservationRow>(`select ${COLUMNS} from voice_agent_sync.retell_agent`);
  return new Map(rows.map((row) => [row.agent_id, toObservation(row)]));
}

/** What a webhook must know of an agent to tell whether its event is news. */
export async function findKnownAgent(query: Query, agent_id: string): Promise<KnownAgent | undefined> {
  const rows = await query<KnownAgent>(
    'select version, seen_version from voice_agent_sync.retell_agent where agent_id = $1',
    [agent_id],
  );
  return rows[0];
}

/** Keeps the newer of two readings of an agent. Ordered, so that two runs cannot wait for each other. */
export async function saveObservations(
  query: Query,
  observations: readonly Observation[],
  seen_version: number | null = null,
): Promise<void> {
  const records = observations.map(({ agent, ...observation }) => ({ ...agent, ...observation, gone: agent === null }));
  await query(
    `insert into voice_agent_sync.retell_agent as known (agent_id, read_at, listed_timestamp, gone, agent_name, voice_id,
       version, is_published, language, last_modification_timestamp, seen_version)
     select agent_id, read_at, listed_timestamp, gone, agent_name, voice_id,
       version, is_published, language, last_modification_timestamp, $2
     from jsonb_to_recordset($1::jsonb) as x (agent_id text, read_at timestamptz, listed_timestamp bigint, gone boolean,
       agent_name text, voice_id text, version integer, is_published boolean, language text,
       last_modification_timestamp bigint)
     order by agent_id
     on conflict (agent_id) do update
     set read_at = excluded.read_at, listed_timestamp = excluded.listed_timestamp, gone = excluded.gone,
       agent_name = excluded.agent_name, voice_id = excluded.voice_id, version = excluded.version,
       is_published = excluded.is_published, language = excluded.language,
       last_modification_timestamp = excluded.last_modification_timestamp, draft_differs_in = null,
       seen_version = greatest(known.seen_version, excluded.seen_version)
     where known.read_at <= excluded.read_at`,
    [JSON.stringify(records), seen_version],
  );
}

/**
 * Locks what is known of these agents until the transaction ends, and names those of which something else is known by now:
 * a write that rests on such a reading has been overtaken. One who saw the same, such as an audit, overtakes nobody.
 */
export async function lockObservations(
  query: Query,
  observations: readonly Observation[],
): Promise<ReadonlySet<string>> {
  if (observations.length === 0) return new Set();
  const rows = await query<ObservationRow & { readonly wanted: string; readonly forgotten: boolean }>(
    `with known as (
       select ${COLUMNS} from voice_agent_sync.retell_agent where agent_id = any($1) order by agent_id for update
     )
     select known.*, wanted, known.agent_id is null as forgotten
     from unnest($1::text[], $2::timestamptz[]) as x (wanted, relied_on)
     left join known on known.agent_id = wanted
     where known.read_at is distinct from relied_on`,
    [observations.map(({ agent_id }) => agent_id), observations.map(({ read_at }) => read_at.toISOString())],
  );
  const relied = new Map(observations.map(({ agent_id, agent }) => [agent_id, agent]));
  const overtaken = rows.filter(
    ({ wanted, forgotten, ...row }) => forgotten || !isDeepStrictEqual(toObservation(row).agent, relied.get(wanted)),
  );
  return new Set(overtaken.map(({ wanted }) => wanted));
}

function toObservation({ agent_id, read_at, listed_timestamp, gone, ...rest }: ObservationRow): Observation {
  const agent: Agent | null = gone ? null : { agent_id, ...rest };
  return { agent_id, read_at, listed_timestamp, agent };
}

/** What is remembered of unpublished drafts: null fields: not compared with the published version yet. */
export async function listDrafts(query: Query): Promise<{ agent_id: string; fields: readonly string[] | null }[]> {
  return query<{ agent_id: string; fields: readonly string[] | null }>(
    `select agent_id, draft_differs_in as fields from voice_agent_sync.retell_agent
     where not gone and not is_published and version > 0`,
  );
}

export async function saveDrafts(query: Query, drafts: readonly DraftDifference[]): Promise<void> {
  await query(
    `update voice_agent_sync.retell_agent known set draft_differs_in = x.fields
     from jsonb_to_recordset($1::jsonb) as x (agent_id text, fields text[])
     where known.agent_id = x.agent_id and not known.is_published`,
    [JSON.stringify(drafts)],
  );
}
