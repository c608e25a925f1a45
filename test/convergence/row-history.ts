/** Every committed change of the interviewer table and its author, recorded by a trigger. */
import { firstRow } from '../../shared/db/rows.ts';
import type { TestDatabase } from '../support/postgres.ts';

export type Row = Readonly<Record<string, unknown>>;

export interface RowChange {
  readonly seq: number;
  readonly by_service: boolean;
  /** null for an insert. */
  readonly before: Row | null;
  /** null for a delete. */
  readonly after: Row | null;
}

/** Adds the trigger, and a table of interviews that refers to the interviewers. */
export async function recordRowChanges({ query }: TestDatabase): Promise<void> {
  await query(`
    create table interview (id serial primary key, interviewer_id integer not null references interviewer);
    create table row_change (
      seq bigint generated always as identity primary key,
      by_service boolean not null default current_setting('application_name') = 'voice-agent-sync',
      before jsonb,
      after jsonb
    );
    create function row_change() returns trigger language plpgsql set search_path = public as $$
    begin
      insert into row_change (before, after) values (to_jsonb(old), to_jsonb(new));
      return null;
    end $$;
    create trigger row_change after insert or update or delete on interviewer for each row execute function row_change();
  `);
}

export function listRowChanges({ query }: TestDatabase): Promise<RowChange[]> {
  return query<Record<string, never> & RowChange>(
    'select seq::integer as seq, by_service, before, after from row_change order by seq',
  );
}

/** The number of the latest change. */
export async function lastRowChange({ query }: TestDatabase): Promise<number> {
  return firstRow(await query<{ seq: number }>('select coalesce(max(seq), 0)::integer as seq from row_change')).seq;
}

/**
 * Empties all tables but those that the migrations fill, without triggers: TRUNCATE costs ten times as much for a few
 * rows.
 */
export async function emptyTables({ query }: TestDatabase): Promise<void> {
  await query(`
    do $$
    declare filled regclass;
    begin
      set local session_replication_role = replica;
      for filled in
        select oid from pg_class
        where relkind = 'r' and relnamespace in ('public'::regnamespace, 'voice_agent_sync'::regnamespace)
          and relname not in ('migration', 'platform', 'synced_column')
      loop
        execute format('delete from %s', filled);
      end loop;
    end $$`);
}
