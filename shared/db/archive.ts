/** Taking orphans out of `interviewer` and bringing them back; nothing is removed that was not copied whole before. */
import type { Query } from './pool.ts';

export interface CleanupCandidate {
  readonly id: string;
  readonly agent_id: string | null;
  readonly name: string;
  readonly last_synced_at: Date | null;
  readonly orphaned_at: Date;
}

export function listCleanupCandidates(query: Query, olderThanDays: number): Promise<CleanupCandidate[]> {
  return query<CleanupCandidate>(
    `select id::text as id, nullif(agent_id, '') as agent_id, name, last_synced_at, orphaned_at
     from interviewer
     where sync_status = 'orphaned' and orphaned_at < clock_timestamp() - make_interval(days => $1)
     order by orphaned_at, interviewer.id`,
    [olderThanDays],
  );
}

/** Locks those of the rows that are still orphans of that age; returns their ids. Nobody can refer to them until the end. */
export async function lockOrphans(query: Query, ids: readonly string[], olderThanDays: number): Promise<string[]> {
  const rows = await query<{ id: string }>(
    `select id::text as id from interviewer
     where id::text = any($1) and sync_status = 'orphaned'
       and orphaned_at < clock_timestamp() - make_interval(days => $2)
     order by interviewer.id for update`,
    [ids, olderThanDays],
  );
  return rows.map((row) => row.id);
}

/** Which of the rows a foreign key of the database points to, cascading ones included, with the tables that do. */
export async function listReferences(query: Query, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const references = new Map<string, string>();
  for (const { statement, source } of await listForeignKeys(query)) {
    const rows = await query<{ id: string }>(statement, [ids]);
    for (const { id } of rows) references.set(id, [references.get(id), source].filter(Boolean).join(', '));
  }
  return references;
}

/** Each foreign key on `interviewer`, on any table of any schema, as the statement that finds the rows it points to. */
function listForeignKeys(query: Query): Promise<{ statement: string; source: string }[]> {
  return query<{ statement: string; source: string }>(
    `select conrelid::regclass::text as source,
       format('select i.id::text as id from interviewer i where i.id::text = any($1) and exists (select from %s r where %s)',
         conrelid::regclass,
         (select string_agg(format('r.%I = i.%I', ours.attname, theirs.attname), ' and ')
          from unnest(conkey, confkey) as pair (our_key, their_key)
          join pg_attribute ours on ours.attrelid = conrelid and ours.attnum = pair.our_key
          join pg_attribute theirs on theirs.attrelid = confrelid and theirs.attnum = pair.their_key)) as statement
     from pg_constraint
     where contype = 'f' and confrelid = 'interviewer'::regclass
     order by source`,
  );
}

/** Copies the rows whole and removes them; returns the ids that are gone. */
export async function archiveInterviewers(
  query: Query,
  archived: readonly { id: string; reason: string }[],
  run_id: number,
): Promise<string[]> {
  const rows = await query<{ id: string }>(
    `with wanted as (
       select * from jsonb_to_recordset($1::jsonb) as x (id text, reason text)
     ), copied as (
       insert into voice_agent_sync.archived_interviewer (interviewer_id, agent_id, name, interviewer, reason, run_id)
       select i.id::text, nullif(i.agent_id, ''), i.name, to_jsonb(i), wanted.reason, $2
       from interviewer i join wanted on wanted.id = i.id::text
       returning interviewer_id
     )
     delete from interviewer using copied where interviewer.id::text = copied.interviewer_id
     returning interviewer.id::text as id`,
    [JSON.stringify(archived), run_id],
  );
  return rows.map((row) => row.id);
}

/** Keeps rows that something refers to, out of use. */
export async function markDeleted(query: Query, ids: readonly string[]): Promise<string[]> {
  const rows = await query<{ id: string }>(
    `update interviewer set sync_status = 'deleted' where id::text = any($1) and sync_status = 'orphaned'
     returning id::text as id`,
    [ids],
  );
  return rows.map((row) => row.id);
}

export interface RestoreCandidate {
  readonly archive_id: number;
  readonly agent_id: string;
  readonly interviewer_id: string;
  readonly name: string;
  /** The row is still there, marked as deleted by a cleanup. */
  readonly kept: boolean;
  /** Another row has the agent, or the id, by now. */
  readonly taken: boolean;
}

/** What can be brought back for these agents: archived rows, and rows that a cleanup kept as deleted. */
export function listRestoreCandidates(query: Query, agent_ids: readonly string[]): Promise<RestoreCandidate[]> {
  return query<RestoreCandidate>(
    `select id::float8 as archive_id, agent_id, interviewer_id, name, false as kept,
       exists (select from interviewer i where i.id::text = archived.interviewer_id
         or (i.agent_id = archived.agent_id and i.sync_status <> 'deleted')) as taken
     from voice_agent_sync.archived_interviewer archived
     where agent_id = any($1) and restored_at is null
     union all
     select 0, agent_id, id::text, name, true,
       exists (select from interviewer other where other.agent_id = i.agent_id and other.sync_status <> 'deleted')
     from interviewer i
     where agent_id = any($1) and sync_status = 'deleted' and orphaned_at is not null
     order by agent_id, archive_id desc`,
    [agent_ids],
  );
}

/** Brings an archived row back under its old id, as an orphan whose clock starts anew. */
export async function restoreArchived(query: Query, archive_ids: readonly number[]): Promise<string[]> {
  const columns = await query<{ name: string }>(
    `select quote_ident(attname) as name from pg_attribute
     where attrelid = 'interviewer'::regclass and attnum > 0 and not attisdropped and attgenerated = ''
     order by attnum`,
  );
  const list = columns.map(({ name }) => name).join(', ');
  const rows = await query<{ agent_id: string }>(
    `with returning_home as (
       update voice_agent_sync.archived_interviewer set restored_at = clock_timestamp()
       where id = any($1::bigint[]) and restored_at is null
       returning interviewer || jsonb_build_object('sync_status', 'orphaned', 'orphaned_at', clock_timestamp()) as row
     )
     insert into interviewer (${list}) overriding system value
     select ${columns.map(({ name }) => `old.${name}`).join(', ')}
     from returning_home, jsonb_populate_record(null::interviewer, returning_home.row) old
     returning agent_id`,
    [archive_ids],
  );
  return rows.map((row) => row.agent_id);
}

/** Takes rows that a cleanup kept back into use, as orphans whose clock starts anew. */
export async function restoreKept(query: Query, ids: readonly string[]): Promise<string[]> {
  const rows = await query<{ agent_id: string }>(
    `update interviewer set sync_status = 'orphaned', orphaned_at = clock_timestamp()
     where id::text = any($1) and sync_status = 'deleted'
     returning agent_id`,
    [ids],
  );
  return rows.map((row) => row.agent_id);
}
