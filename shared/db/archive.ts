/** Archives orphans and restores them; a row is removed only after it has been copied whole. */
import type { CleanupCandidate } from '../domain/cleanup.ts';
import { writeBisecting } from './bisect-batch.ts';
import type { Query } from './pool.ts';
import { agentIds } from './rows.ts';

export function listCleanupCandidates(query: Query, olderThanDays: number): Promise<CleanupCandidate[]> {
  return query<CleanupCandidate>(
    `select id::text as id, nullif(agent_id, '') as agent_id, coalesce(name, '') as name, last_synced_at, orphaned_at
     from {interviewer}
     where sync_status = 'orphaned' and orphaned_at < clock_timestamp() - make_interval(days => $1)
     order by orphaned_at, interviewer.id`,
    [olderThanDays],
  );
}

/**
 * Locks those candidates whose row is as it was listed: an orphan of the same agent since the same time. Returns their
 * ids. No new foreign key can point to them until the transaction ends.
 */
export async function lockCandidates(query: Query, candidates: readonly CleanupCandidate[]): Promise<string[]> {
  const rows = await query<{ id: string }>(
    `select interviewer.id::text as id
     from jsonb_to_recordset($1::jsonb) as listed (id text, agent_id text, orphaned_at timestamptz)
     join {interviewer} on interviewer.id::text = listed.id and sync_status = 'orphaned'
       and nullif(interviewer.agent_id, '') is not distinct from listed.agent_id
       -- A Date has no microseconds.
       and date_trunc('milliseconds', interviewer.orphaned_at) = listed.orphaned_at
     order by interviewer.id for update of interviewer`,
    [JSON.stringify(candidates)],
  );
  return rows.map((row) => row.id);
}

/**
 * Finds which of the rows a foreign key of the database points to, cascading keys included, with the tables that have
 * the keys.
 */
export async function listReferences(query: Query, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const references = new Map<string, string>();
  for (const { statement, source } of await listForeignKeys(query)) {
    // Rows hidden from this role may refer to any of them, and a cascade would delete them.
    const rows = statement === null ? ids.map((id) => ({ id })) : await query<{ id: string }>(statement, [ids]);
    for (const { id } of rows) references.set(id, [references.get(id), source].filter(Boolean).join(', '));
  }
  return references;
}

interface ForeignKey {
  readonly source: string;
  /** Finds the rows that the key points to; null: this role may not read them. */
  readonly statement: string | null;
}

/**
 * Each foreign key on `interviewer`, on any table of any schema; that of a partitioned table once, not for each
 * partition. Values are compared by the key's own operator. Comparing values of another role's type would run a cast of
 * that role, so such a table counts as unreadable.
 */
function listForeignKeys(query: Query): Promise<ForeignKey[]> {
  return query<ForeignKey>(
    `select case when visible then conrelid::regclass::text
         else format('perhaps %s (its rows are hidden from this role)', conrelid::regclass) end as source,
       case when visible then
         format('select i.id::text as id from {interviewer} i where i.id::text = any($1) and exists (select from %s r where %s)',
           conrelid::regclass, condition) end as statement
     from pg_constraint
     join pg_class on pg_class.oid = conrelid
     cross join lateral (
       select bool_and(has_column_privilege(conrelid, our_key, 'select')) as may_read,
         bool_and(ours.atttypid = theirs.atttypid
           or coalesce(base_type.typnamespace, ours_type.typnamespace) = 'pg_catalog'::regnamespace) as is_plain,
         string_agg(format('i.%I operator(%I.%s) r.%I', theirs.attname, nspname, oprname, ours.attname), ' and ') as condition
       from unnest(conkey, confkey, conpfeqop) as pair (our_key, their_key, equality)
       join pg_attribute ours on ours.attrelid = conrelid and ours.attnum = our_key
       join pg_attribute theirs on theirs.attrelid = confrelid and theirs.attnum = their_key
       join pg_type ours_type on ours_type.oid = ours.atttypid
       left join pg_type base_type on base_type.oid = ours_type.typbasetype
       join pg_operator on pg_operator.oid = equality
       join pg_namespace on pg_namespace.oid = oprnamespace) as compared
     cross join lateral (select has_schema_privilege(relnamespace, 'usage') and may_read and is_plain
       and not row_security_active(conrelid) as visible) as sight
     where contype = 'f' and confrelid = '{interviewer}'::regclass and conparentid = 0
     order by source`,
  );
}

/** Closes earlier copies of rows that are archived again: only the newest copy is restored. */
export async function closeArchived(query: Query, ids: readonly string[]): Promise<void> {
  await query(
    `update voice_agent_sync.archived_interviewer set restored_at = clock_timestamp()
     where interviewer_id = any($1) and restored_at is null`,
    [ids],
  );
}

/** A row that a cleanup archives or marks as deleted, and why. */
export interface Removal {
  readonly id: string;
  readonly reason: string;
}

/** Archives the rows: keeps a full copy of each and removes it; returns the removed ids. */
export async function archiveInterviewers(
  query: Query,
  archived: readonly Removal[],
  run_id: number,
): Promise<string[]> {
  const rows = await query<{ id: string }>(
    `with input as (
       select * from jsonb_to_recordset($1::jsonb) as input (id text, reason text)
     ), removed as (
       -- Exactly the removed rows are archived: a trigger may keep a row.
       delete from {interviewer} using input where interviewer.id::text = input.id
       returning interviewer.id::text as interviewer_id, nullif(interviewer.agent_id, '') as agent_id,
         coalesce(interviewer.name, '') as name, to_jsonb(interviewer) as interviewer, input.reason
     )
     insert into voice_agent_sync.archived_interviewer (interviewer_id, agent_id, name, interviewer, reason, run_id)
     select interviewer_id, agent_id, name, interviewer, reason, $2 from removed
     returning interviewer_id as id`,
    [JSON.stringify(archived), run_id],
  );
  return rows.map((row) => row.id);
}

/** Marks rows that a foreign key points to as deleted, and records that a cleanup did so; returns their ids. */
export async function markDeleted(query: Query, kept: readonly Removal[], run_id: number): Promise<string[]> {
  const rows = await query<{ id: string }>(
    `with input as (
       select * from jsonb_to_recordset($1::jsonb) as input (id text, reason text)
     ), marked as (
       update {interviewer} set sync_status = 'deleted' from input
       where interviewer.id::text = input.id and interviewer.sync_status = 'orphaned'
       returning interviewer.id::text as interviewer_id, nullif(interviewer.agent_id, '') as agent_id,
         coalesce(interviewer.name, '') as name, to_jsonb(interviewer) as interviewer, input.reason
     )
     insert into voice_agent_sync.archived_interviewer (interviewer_id, agent_id, name, interviewer, reason, run_id, kept)
     select interviewer_id, agent_id, name, interviewer, reason, $2, true from marked
     returning interviewer_id as id`,
    [JSON.stringify(kept), run_id],
  );
  return rows.map((row) => row.id);
}

/** Another row now has the agent or the id of the archived row, or the row itself is in use again. */
export const TAKEN = `exists (select from {interviewer} other
  where (other.agent_id = archived.agent_id and other.sync_status <> 'deleted')
    or (other.id::text = interviewer_id and not (kept and other.sync_status = 'deleted')))`;

export interface RestoreCandidate {
  readonly archive_id: number;
  readonly agent_id: string;
  readonly interviewer_id: string;
  readonly name: string;
  /** The row is still there, marked as deleted. */
  readonly kept: boolean;
  /** Another row now has the agent or the id, or the row is in use again. */
  readonly taken: boolean;
}

/**
 * The rows of these agents that cleanups removed, the newest of each first: rows kept as deleted (an agent with such a
 * row gets no other), then archived rows. A kept row that no longer exists was removed by the platform, and stays
 * removed.
 */
export function listRestoreCandidates(query: Query, agent_ids: readonly string[]): Promise<RestoreCandidate[]> {
  return query<RestoreCandidate>(
    `select archived.id::float8 as archive_id, archived.agent_id, interviewer_id, archived.name, kept,
       ${TAKEN} as taken
     from voice_agent_sync.archived_interviewer archived
     where archived.agent_id = any($1) and restored_at is null
       and (not kept or exists (select from {interviewer} i
         where i.id::text = interviewer_id and i.agent_id = archived.agent_id))
     order by archived.agent_id, kept desc, archive_id desc`,
    [agent_ids],
  );
}

type Restorable = Pick<RestoreCandidate, 'archive_id' | 'agent_id' | 'kept'>;

/** Restores removed rows as orphans whose age starts again; returns the agents of those that are back. */
export async function restoreRemoved<Row extends Restorable>(
  query: Query,
  removed: readonly Row[],
  onBadRow: (row: Row, reason: string) => void,
): Promise<ReadonlySet<string>> {
  const idsOf = (rows: readonly Row[]) => rows.map(({ archive_id }) => archive_id);
  const kept = removed.filter((row) => row.kept);
  const archived = removed.filter((row) => !row.kept);
  return new Set([
    ...(await writeBisecting(query, kept, (query, rows) => restoreKept(query, idsOf(rows)), onBadRow)),
    ...(await writeBisecting(query, archived, (query, rows) => restoreArchived(query, idsOf(rows)), onBadRow)),
  ]);
}

/** Under their old id. Columns added since then get their default. */
async function restoreArchived(query: Query, archive_ids: readonly number[]): Promise<string[]> {
  const columns = await query<{ name: string; value: string }>(
    `select quote_ident(attname) as name,
       case when adbin is null then format('old.%I', attname)
         else format('case when archived.whole ? %L then old.%I else %s end', attname, attname, pg_get_expr(adbin, adrelid))
       end as value
     from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
     where attrelid = '{interviewer}'::regclass and attnum > 0 and not attisdropped and attgenerated = ''
     order by attnum`,
  );
  const rows = await query<{ agent_id: string }>(
    `with archived as (
       select id, interviewer || jsonb_build_object('sync_status', 'orphaned', 'orphaned_at', clock_timestamp()) as whole
       from voice_agent_sync.archived_interviewer
       where id = any($1::bigint[]) and restored_at is null
       for update
     ), restored as (
       insert into {interviewer} (${columns.map(({ name }) => name).join(', ')}) overriding system value
       select ${columns.map(({ value }) => value).join(', ')}
       from archived, jsonb_populate_record(null::{interviewer}, archived.whole) old
       returning id::text as interviewer_id
     )
     update voice_agent_sync.archived_interviewer copy set restored_at = clock_timestamp()
     from restored
     where copy.id = any($1::bigint[]) and copy.interviewer_id = restored.interviewer_id
     returning copy.agent_id`,
    [archive_ids],
  );
  return agentIds(rows);
}

/** Rows that a cleanup marked as deleted. A row that the platform has soft-deleted since then stays deleted. */
async function restoreKept(query: Query, archive_ids: readonly number[]): Promise<string[]> {
  const rows = await query<{ agent_id: string }>(
    `with restored as (
       update {interviewer} set sync_status = 'orphaned', orphaned_at = clock_timestamp()
       from voice_agent_sync.archived_interviewer copy
       where copy.id = any($1::bigint[]) and restored_at is null and kept
         and interviewer.id::text = copy.interviewer_id and interviewer.agent_id = copy.agent_id
         and interviewer.sync_status = 'deleted'
       returning copy.id, interviewer.sync_status
     )
     update voice_agent_sync.archived_interviewer copy set restored_at = clock_timestamp()
     from restored where copy.id = restored.id and restored.sync_status = 'orphaned'
     returning copy.agent_id`,
    [archive_ids],
  );
  return agentIds(rows);
}
