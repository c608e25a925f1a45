/** The changes of each run (`voice_agent_sync.audit_log`, and the skips in `skip_list`). */
import type { AgentHistoryEntry } from '../api/audit.ts';
import type { Freshness, OpenConflict } from '../api/scheduled-sync.ts';
import type { AuditLogEntry } from '../api/sync.ts';
import type { StoredLogEntry } from '../domain/audit-log.ts';
import type { MovedName } from '../domain/undo.ts';
import type { ChangeSources, DraftDifference } from '../domain/warnings.ts';
import { OPEN_CONFLICTS } from './conflicts.ts';
import type { Query } from './pool.ts';
import { firstRow, isoTime } from './rows.ts';

/**
 * The same statement opens each conflict of the log, and closes a conflict once both sides have the name from the
 * database.
 */
export async function insertAuditLog(query: Query, run_id: number, entries: readonly StoredLogEntry[]): Promise<void> {
  await query(
    `with named as (
       select distinct on (agent_id) left(entry ->> 'agent_id', 255) as agent_id, entry ->> 'action' as action,
         entry #>> '{names,before,database_name}' as before, entry #>> '{names,after,retell_name}' as after,
         (entry ->> 'timestamp')::timestamptz as at
       from jsonb_array_elements($2::jsonb) with ordinality as x (entry, seq)
       where entry ->> 'agent_id' is not null and entry -> 'names' is not null
       order by agent_id, seq desc
     ), opened as (
       insert into voice_agent_sync.conflict (agent_id, run_id, retell_name, database_name, decided_at)
       select agent_id, $1, after, before, at from named where action = 'conflict'
       on conflict (agent_id) do update
       set run_id = excluded.run_id, retell_name = excluded.retell_name, database_name = excluded.database_name,
         decided_at = excluded.decided_at, acknowledged_at = null
     ), closed as (
       update voice_agent_sync.conflict set acknowledged_at = named.at from named
       where named.agent_id = conflict.agent_id and action in ('pushed', 'set_back') and after = database_name
         and acknowledged_at is null
     )
     insert into voice_agent_sync.audit_log (run_id, seq, agent_id, interviewer_id, name, voice_id, status, action,
       reason, changes, names, logged_at)
     select $1, seq, left(entry ->> 'agent_id', 255), entry ->> 'interviewer_id', entry ->> 'name', entry ->> 'voice_id',
       entry ->> 'status', entry ->> 'action', entry ->> 'reason', entry -> 'changes', entry -> 'names', (entry ->> 'timestamp')::timestamptz
     from jsonb_array_elements($2::jsonb) with ordinality as x (entry, seq)`,
    [run_id, JSON.stringify(entries)],
  );
}

/** A page of a run's whole log: the changes, then the skips; `total` counts all of it. */
export async function pageAuditLog(
  query: Query,
  run_id: number,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<{ entries: AuditLogEntry[]; total: number }> {
  const rows = await query<{ entries: AuditLogEntry[]; total: number }>(
    `with log as (
       select seq, jsonb_strip_nulls(jsonb_build_object('agent_id', agent_id, 'interviewer_id', interviewer_id,
         'name', name, 'voice_id', voice_id, 'status', status, 'action', action, 'reason', reason,
         'timestamp', to_char(logged_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')))
         -- Separate, because its nulls are values.
         || case when changes is null then '{}' else jsonb_build_object('changes', changes) end as entry
       from voice_agent_sync.audit_log where run_id = $1
       union all
       select 1000000000 + skip.seq, skip.entry || jsonb_build_object('timestamp',
         to_char(run.finished_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
       from voice_agent_sync.run
       join voice_agent_sync.skip_list on skip_list.digest = run.skip_list_digest
       cross join jsonb_array_elements(skip_list.entries) with ordinality as skip (entry, seq)
       where run.id = $1
     )
     select (select count(*) from log)::integer as total, coalesce(json_agg(entry order by seq), '[]') as entries
     from (select * from log order by seq limit $2 offset $3) page`,
    [run_id, limit, offset],
  );
  return firstRow(rows);
}

/** The names that a run changed: the last change of each agent. */
export function listMovedNames(query: Query, run_id: number): Promise<MovedName[]> {
  return query<MovedName>(
    `select distinct on (agent_id) agent_id, interviewer_id, name, names -> 'before' as before, names -> 'after' as after
     from voice_agent_sync.audit_log where run_id = $1 and names is not null and agent_id is not null
     order by agent_id, seq desc`,
    [run_id],
  );
}

/** Counts the changes of a run that only followed Retell: the next sync would repeat them after an undo. */
export async function countFollowing(query: Query, run_id: number): Promise<number> {
  const rows = await query<{ count: number }>(
    `select count(*)::integer as count from voice_agent_sync.audit_log join voice_agent_sync.run on run.id = run_id
     where run_id = $1 and names is null and (action in ('created', 'updated', 'orphaned', 'pushed')
       or action = 'restored' and run.kind not in ('restore', 'undo'))`,
    [run_id],
  );
  return firstRow(rows).count;
}

/** The latest changes of one agent, newest first. */
export async function listAgentHistory(query: Query, agent_id: string, limit: number): Promise<AgentHistoryEntry[]> {
  return query<AgentHistoryEntry>(
    `select run_id::float8 as run_id, run.kind, run.trigger, action, reason, ${isoTime('logged_at')},
       names is not null as undoable
     from voice_agent_sync.audit_log join voice_agent_sync.run on run.id = run_id
     where agent_id = $1 order by audit_log.logged_at desc, seq limit $2`,
    [agent_id, limit],
  );
}

/** What the history and the observations say for the warnings of an audit. */
export interface AuditFacts {
  readonly conflicts: readonly OpenConflict[];
  /** Of the changes of the last 14 days: how many came by webhook, and how many only the schedule found; events of three days. */
  readonly change_sources: ChangeSources;
  /** The unpublished drafts that differ from their published versions. */
  readonly drafts: readonly DraftDifference[];
}

export async function findAuditFacts(query: Query): Promise<AuditFacts> {
  const rows = await query<ChangeSources & Pick<AuditFacts, 'drafts' | 'conflicts'>>(
    `select count(*) filter (where run.trigger = 'webhook')::integer as by_webhook,
       count(*) filter (where run.trigger in ('schedule', 'continuation'))::integer as by_schedule,
       exists (
         select from voice_agent_sync.webhook_count
         where hour > clock_timestamp() - interval '3 days' and outcome <> 'refused'
       ) as events_arrive,
       (select coalesce(json_agg(json_build_object('agent_id', agent_id, 'fields', draft_differs_in)), '[]')
        from voice_agent_sync.retell_agent
        where not gone and not is_published and version > 0 and draft_differs_in <> '{}') as drafts,
       (select coalesce(json_agg(open), '[]') from (${OPEN_CONFLICTS} order by decided_at, agent_id limit 1000) open) as conflicts
     from voice_agent_sync.audit_log join voice_agent_sync.run on run.id = run_id
     where logged_at > clock_timestamp() - interval '14 days'
       -- A first sync creates every row, whether or not webhooks arrive.
       and action in ('updated', 'restored', 'orphaned')`,
  );
  const { drafts, conflicts, ...change_sources } = firstRow(rows);
  return { drafts, conflicts, change_sources };
}

/**
 * How long changes of known agents in Retell took to reach their rows, over seven days: from the agent's
 * last_modification_timestamp until the update was applied. A row's first values are not a change.
 */
export async function measureFreshness(query: Query): Promise<Freshness> {
  const rows = await query<Freshness>(
    `select percentile_cont(0.5) within group (order by seconds) as p50_s,
       percentile_cont(0.95) within group (order by seconds) as p95_s, count(*)::integer as samples
     from voice_agent_sync.audit_log
     cross join lateral jsonb_to_recordset(changes) as change (field text, "from" text, "to" text)
     cross join lateral (
       select greatest(0, extract(epoch from logged_at - change."to"::timestamptz))::float8 as seconds
       -- A time that goes back belongs to another version, not to this change.
       -- A case, because the casts of other fields' values would fail.
       where case when field = 'retell_modified_at' then change."to"::timestamptz > change."from"::timestamptz else false end
     ) as latency
     where logged_at > clock_timestamp() - interval '7 days' and action = 'updated'`,
  );
  return firstRow(rows);
}
