/** Agents that the last comparison could not read (`voice_agent_sync.unread_agent`). */
import { storable } from '../text.ts';
import type { Query } from './pool.ts';

interface UnreadRecord {
  readonly agent_id: string;
  readonly name: string;
  readonly reason: string;
  /** false: there was no time to read it again. */
  readonly tried: boolean;
}

/**
 * A JSON list of the agents that an earlier run could not read; those that have waited longest for another try come
 * first.
 */
export const UNREAD_BEFORE = `select coalesce(json_agg(json_build_object('agent_id', agent_id, 'reason', reason) order by tried_at, agent_id), '[]')
  from voice_agent_sync.unread_agent`;

/**
 * Forgets the agents of the records in `$1`, because they were read. Skips locked ones, which another run forgets: two
 * runs must not wait for each other.
 */
export const FORGET_READ = `delete from voice_agent_sync.unread_agent where agent_id in (
    select agent_id from voice_agent_sync.unread_agent
    where agent_id in (select record ->> 'agent_id' from jsonb_array_elements($1::jsonb) as record)
    order by agent_id for update skip locked
  )`;

/** Replaces the remembered agents. Ordered, so that two runs cannot wait for each other. */
export async function saveUnreadAgents(query: Query, records: readonly UnreadRecord[]): Promise<void> {
  const input = records.map((record) => ({ ...record, name: storable(record.name), reason: storable(record.reason) }));
  await query(
    `with input as materialized (
       select * from jsonb_to_recordset($1::jsonb) as input (agent_id text, name text, reason text, tried boolean)
     ), forgotten as (
       delete from voice_agent_sync.unread_agent where agent_id in (
         select agent_id from voice_agent_sync.unread_agent where agent_id not in (select agent_id from input)
         order by agent_id for update skip locked
       )
     )
     insert into voice_agent_sync.unread_agent as existing (agent_id, name, reason)
     select agent_id, name, reason from input order by agent_id
     on conflict (agent_id) do update
     set name = excluded.name, reason = excluded.reason,
       tried_at = case when (select tried from input where input.agent_id = existing.agent_id)
         then excluded.tried_at else existing.tried_at end`,
    [JSON.stringify(input)],
  );
}
