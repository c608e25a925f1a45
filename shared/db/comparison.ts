/**
 * Compares the listing with the tables. What is certainly in sync stays in the database, as a count, so that the cost
 * of a run depends on what changed and not on the size of the account.
 */
import type { ListedEntry } from '../domain/comparison.ts';
import type { LeftOut } from '../domain/observed-state.ts';
import { PENDING_PUSHES, type PushedName } from './merge-bases.ts';
import type { Query } from './pool.ts';
import { firstRow, LATEST_TIME } from './rows.ts';
import { IN_SYNC_COLUMNS } from './synced-sql.ts';
import { UNREAD_BEFORE } from './unread-agents.ts';

export interface ComparisonInput {
  readonly entries: readonly ListedEntry[];
  /** The fingerprint of the rules that judge agents now. */
  readonly fingerprint: string;
  /** Observations older than this are made again. */
  readonly stale_before: Date;
}

/** What is left to decide. */
interface ComparisonResult {
  /** Eligible agents of the listing that are not certainly in sync. */
  readonly unproven: readonly string[];
  /** Agents to load: they have a row or an observation on which a decision or a warning may depend. */
  readonly to_load: readonly string[];
  /** Whether a row without an agent may get one. */
  readonly seeks_rows: boolean;
  /** Agents that were created in Retell for rows, by the row's id, unless the listing shows them and a row has them. */
  readonly created: Readonly<Record<string, string>>;
  /** Pushes that an earlier run may have left unfinished. */
  readonly pending_pushes: readonly PushedName[];
  /** Agents that the last comparison could not read; those that waited longest for another try come first. */
  readonly unread_before: readonly { readonly agent_id: string; readonly reason: string }[];
  readonly left_out: LeftOut;
}

/**
 * An agent is left out only if all of these conditions hold: its plan is then empty, and no warning names it. The
 * planner judges every other agent, so a condition may be too strict, but never too lax.
 */
export const IN_SYNC: readonly string[] = [
  // The observation is the newest of the agent that the listing shows, and the present rules judged it.
  'observed.listed_timestamp = listed.stamp',
  `observed.read_at between $2 and ${LATEST_TIME}`,
  'observed.rules_passed = $3',
  'observed.agent_name = listed.name',
  // The row has its values, and was compared with it.
  ...IN_SYNC_COLUMNS,
  `interviewer.last_synced_at between observed.read_at and ${LATEST_TIME}`,
  // This agent and this row agree on the name, and no push is pending.
  'base.name = observed.agent_name',
  'coalesce(base.database_name, base.name) = interviewer.name',
  '(base.interviewer_id is null or base.interviewer_id = interviewer.id::text)',
  'base.push_base_version is null',
  // There is no draft that differs, and no orphan of its name: the audit would warn of either.
  "coalesce(observed.is_published or observed.draft_differs_in is null or observed.draft_differs_in = '{}', false)",
  'listed.name not in (select name from orphan)',
];

const IS_IN_SYNC = IN_SYNC.join('\n         and ');

/** One statement, so that all results are from the same moment. */
export async function compareListing(
  query: Query,
  { entries, stale_before, fingerprint }: ComparisonInput,
): Promise<ComparisonResult> {
  const rows = await query<Omit<ComparisonResult, 'left_out'> & LeftOut>(
    `with listed as materialized (
       -- The series only gives Postgres the length: it would expect a hundred entries, and loop over indexes.
       select agent_id, name, stamp
       from rows from (
         json_to_recordset($1::json) as (agent_id text, name text, stamp bigint), generate_series(1, $4::integer)
       ) as listed (agent_id, name, stamp, number)
     ), orphan as materialized (
       select agent_id, name from {interviewer}
       where agent_id <> '' and sync_status = 'orphaned' and name is not null
     ), created as materialized (
       select interviewer_id, agent_id from voice_agent_sync.creation
       where agent_id is not null and (
         not exists (select from listed where listed.agent_id = creation.agent_id)
         or interviewer_id in (select id::text from {interviewer} where coalesce(agent_id, '') = '')
       )
     ), judged as materialized (
       -- One pass over both sides. Outer joins of the whole listing give Postgres no reason to loop over indexes, not
       -- even in tables that are not analyzed yet.
       select count(*) filter (where is_in_sync)::integer as in_sync, array_agg(agent_id) filter (where not is_in_sync) as open
       from (
         select coalesce(listed.agent_id, interviewer.agent_id) as agent_id,
           case when ${IS_IN_SYNC} then true else false end as is_in_sync
         from listed
         full join (
           select * from {interviewer} where agent_id <> '' and sync_status = 'active'
         ) as interviewer on interviewer.agent_id = listed.agent_id
         left join voice_agent_sync.retell_agent observed on observed.agent_id = listed.agent_id
         left join voice_agent_sync.agreement base on base.agent_id = listed.agent_id
       ) as pair
     ), concerned as materialized (
       select unnest(open) as agent_id from judged
       union select agent_id from orphan where name in (select name from listed)
       union select agent_id from created where not exists (select from listed where listed.agent_id = created.agent_id)
     ), other_rows as materialized (
       select count(*)::integer as linked, count(*) filter (where sync_status = 'orphaned')::integer as orphaned
       from {interviewer} where agent_id <> ''
         and not exists (select from concerned where concerned.agent_id = interviewer.agent_id)
     )
     select
       (select coalesce(json_agg(agent_id), '[]') from listed
        where name is not null and agent_id in (select agent_id from concerned)) as unproven,
       (select coalesce(json_agg(agent_id), '[]') from (
          select concerned.agent_id from concerned join {interviewer} on interviewer.agent_id = concerned.agent_id
          union select agent_id from concerned join voice_agent_sync.retell_agent using (agent_id)
        ) as known) as to_load,
       -- A count: EXISTS is planned for its first row, by a loop that takes very long if no row matches.
       (select count(*) filter (where interviewer.agent_id is null) > 0
        from concerned left join listed using (agent_id) left join {interviewer} on interviewer.agent_id = concerned.agent_id
        where listed.agent_id is null or listed.name is not null) as seeks_rows,
       (select coalesce(json_object_agg(interviewer_id, agent_id), '{}') from created) as created,
       (select coalesce(json_agg(json_build_object('agent_id', agent_id, 'name', name)), '[]') from (${PENDING_PUSHES}) as p)
         as pending_pushes,
       (${UNREAD_BEFORE}) as unread_before,
       (select in_sync from judged) as in_sync,
       (select linked from other_rows) as linked_rows,
       (select orphaned from other_rows) as orphaned_rows`,
    [JSON.stringify(entries), stale_before, fingerprint, entries.length],
  );
  const { in_sync, linked_rows, orphaned_rows, ...result } = firstRow(rows);
  return { ...result, left_out: { in_sync, linked_rows, orphaned_rows } };
}
