/** What the set-up checklist and the settings show of the database. */
import type { DatabaseInUse } from '../api/settings.ts';
import type { ChecklistFacts } from '../domain/checklist.ts';
import type { Query } from './pool.ts';
import { firstRow } from './rows.ts';

type DatabaseFacts = DatabaseInUse & { readonly schema_version: string | null };

export async function describeDatabase(query: Query): Promise<DatabaseFacts> {
  const rows = await query<DatabaseFacts>(
    `select current_database()::text as database, current_user::text as role, nspname::text as schema,
       (select max(name)::text from voice_agent_sync.migration) as schema_version,
       coalesce((select rolsuper from pg_roles where rolname = current_user), false) as superuser,
       array(
         select privilege from unnest(array['select', 'insert', 'update', 'delete']) as privilege
         where has_table_privilege(pg_class.oid, privilege)
           or (privilege <> 'delete' and has_any_column_privilege(pg_class.oid, privilege))
       ) as rights
     from pg_class join pg_namespace on pg_namespace.oid = relnamespace
     where pg_class.oid = '{interviewer}'::regclass`,
  );
  return firstRow(rows);
}

export type RunFacts = Pick<ChecklistFacts, 'last_run' | 'last_scheduled_run' | 'last_start' | 'now'>;

export async function findSetupFacts(query: Query): Promise<RunFacts> {
  interface Row extends Pick<RunFacts, 'last_scheduled_run' | 'last_start' | 'now'> {
    readonly has_run: boolean;
    readonly error_code: string | null;
    readonly agents: number | null;
  }
  const rows = await query<Row>(
    `select clock_timestamp() as now, last.id is not null as has_run, last.error_code,
       (last.summary ->> 'total_retell_agents')::integer as agents,
       scheduled.started_at as last_scheduled_run, start.started_at as last_start
     from (values (1)) as one
     left join lateral (
       select * from voice_agent_sync.run
       where kind in ('sync', 'scheduled', 'audit') and status <> 'running' order by id desc limit 1
     ) last on true
     left join lateral (
       select started_at from voice_agent_sync.run where trigger = 'schedule' order by id desc limit 1
     ) scheduled on true
     -- Only a later start matters. By time, which has an index: on AWS no run has this trigger.
     left join lateral (
       select started_at from voice_agent_sync.run
       where trigger = 'start' and started_at > scheduled.started_at order by started_at desc limit 1
     ) start on true`,
  );
  const { has_run, error_code, agents, ...facts } = firstRow(rows);
  return { ...facts, last_run: has_run ? { error_code, agents } : null };
}

/** Agents of active interviewers that have their own webhook, or receive only some events. */
export function listOwnWebhooks(query: Query): Promise<ChecklistFacts['own_webhooks'][number][]> {
  return query<ChecklistFacts['own_webhooks'][number]>(
    `select agent_id, webhook_url, webhook_events from voice_agent_sync.retell_agent
     where not gone and (webhook_url is not null or webhook_events is not null)
       and exists (select from {interviewer}
         where interviewer.agent_id = retell_agent.agent_id and sync_status = 'active')
     order by agent_id`,
  );
}
