/** The facts in the history from which the state of both sides follows. */
import type { ComparisonOutcome, NamedAgent, StateFacts } from '../domain/state.ts';
import type { Query } from './pool.ts';
import { firstRow } from './rows.ts';

type StoredFacts = Omit<StateFacts, 'schedule_ms'>;

interface FactsRow {
  readonly now: Date;
  readonly last_status: string | null;
  readonly last_error_code: string | null;
  readonly last_message: string | null;
  readonly last_scored: boolean | null;
  readonly last_errors: number | null;
  /** Left out of its score. */
  readonly last_unread: number;
  readonly unread: readonly NamedAgent[];
  readonly compared_at: Date | null;
  readonly discrepancies: number | null;
  readonly blocked_id: number | null;
  readonly blocked_at: Date | null;
}

/** One statement, so that all facts are from the same moment. */
const FACTS = `select clock_timestamp() as now, last.status as last_status, last.error_code as last_error_code,
       last.message as last_message, last.health_score is not null as last_scored,
       coalesce((last.counts ->> 'errors')::integer, 0) as last_errors,
       coalesce((last.summary ->> 'unread_agents')::integer, 0) as last_unread,
       (select coalesce(json_agg(json_build_object('agent_id', agent_id, 'name', name) order by agent_id), '[]')
        from voice_agent_sync.unread_agent) as unread,
       scored.finished_at as compared_at, scored.discrepancies,
       blocked.id::float8 as blocked_id, blocked.finished_at as blocked_at
     from (values (1)) as one
     left join lateral (
       select * from voice_agent_sync.run
       where kind in ('sync', 'scheduled', 'audit') and status <> 'running' order by id desc limit 1
     ) last on true
     left join lateral (
       select * from voice_agent_sync.run
       where health_score is not null and error_code is distinct from 'account_mismatch' order by id desc limit 1
     ) scored on true
     left join lateral (
       select * from voice_agent_sync.run
       where error_code = 'orphan_guard' and id > coalesce((
         select id from voice_agent_sync.run
         where kind in ('sync', 'scheduled')
           and (status = 'succeeded' or (status = 'partial' and health_score is not null)) order by id desc limit 1
       ), 0)
       order by id desc limit 1
     ) blocked on true`;

/**
 * Changes with whatever the status and the list of agents show: runs, conflicts, observations, events and, for what slides
 * with the time, the hour. Events that change nothing count once a minute, so that calls do not change it all the time. Each
 * part comes from the end of an index or from a small table: its cost does not grow with the account or the history.
 */
const REVISION = `concat_ws(' ',
    (select md5(string_agg(id || status, ' ' order by id)) from newest_run),
    -- Several, because an observation may be stored after a newer one of another agent. A comparison makes many, and its end
    -- is a change anyway.
    (select md5(string_agg(agent_id || extract(epoch from read_at), ' ' order by read_at, agent_id)) from (
       select agent_id, read_at from voice_agent_sync.retell_agent order by read_at desc limit 20) newest
     where not exists (select from newest_run where status = 'running' and kind in ('sync', 'scheduled', 'audit'))),
    (select count(acknowledged_at) || ' ' || extract(epoch from max(greatest(decided_at, acknowledged_at)))
     from voice_agent_sync.conflict),
    -- An event takes the place of an older one of its ring, and the ids of two rings come back.
    (select sum(extract(epoch from received_at)) from voice_agent_sync.webhook_event),
    (select extract(epoch from date_trunc('minute', max(last_at))) from voice_agent_sync.webhook_count
     where hour = (select max(hour) from voice_agent_sync.webhook_count)),
    extract(epoch from date_trunc('hour', now())))`;

const WITH_REVISION = `with newest_run as materialized (
    select id, status, kind from voice_agent_sync.run order by id desc limit 50
  ) select facts.*, ${REVISION} as revision from (${FACTS}) as facts`;

export async function findStateFacts(query: Query): Promise<StoredFacts> {
  return factsOf(firstRow(await query<FactsRow>(FACTS)));
}

/** One statement as well. */
export async function findRevision(query: Query): Promise<{ readonly facts: StoredFacts; readonly revision: string }> {
  const row = firstRow(await query<FactsRow & { readonly revision: string }>(WITH_REVISION));
  return { facts: factsOf(row), revision: row.revision };
}

function factsOf(row: FactsRow): StoredFacts {
  const { now, compared_at, discrepancies, blocked_id, blocked_at } = row;
  return {
    now,
    outcome: outcomeOf(row),
    compared: compared_at === null ? null : { at: compared_at, discrepancies: discrepancies ?? 0 },
    blocked: blocked_id === null || blocked_at === null ? null : { run_id: blocked_id, at: blocked_at },
  };
}

function outcomeOf(row: FactsRow): ComparisonOutcome | null {
  if (row.last_status === null) return null;
  if (row.last_error_code === 'account_mismatch') return { kind: 'other_account' };
  if (row.last_status === 'failed') return { kind: 'failed', message: row.last_message ?? 'without a message' };
  // A scored one compared both sides, and left only pushes over.
  if (row.last_status === 'partial' && row.last_scored !== true) return { kind: 'partial' };
  const agents = row.last_scored === true ? row.last_unread : (row.last_errors ?? 0);
  return row.last_scored === true && agents === 0
    ? { kind: 'compared' }
    : { kind: 'unread', agents, named: row.unread };
}
