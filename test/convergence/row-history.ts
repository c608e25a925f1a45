/** Everything that ever happened to the platform's table, by whom, seen by a trigger: what was rolled back is not in it. */
import { firstRow } from '../../shared/db/rows.ts';
import type { TestDatabase } from '../support/postgres.ts';

export type Row = Readonly<Record<string, unknown>>;

export interface Sighting {
  readonly seq: number;
  readonly by_service: boolean;
  /** null: it was inserted. */
  readonly before: Row | null;
  /** null: it was removed. */
  readonly after: Row | null;
}

/** Besides, a table of interviews, which refers to the interviewers. */
export async function installWitness({ query }: TestDatabase): Promise<void> {
  await query(`
    create table interview (id serial primary key, interviewer_id integer not null references interviewer);
    create table witness (
      seq bigint generated always as identity primary key,
      by_service boolean not null default current_setting('application_name') = 'voice-agent-sync',
      before jsonb,
      after jsonb
    );
    create function witness() returns trigger language plpgsql as $$
    begin
      insert into witness (before, after) values (to_jsonb(old), to_jsonb(new));
      return null;
    end $$;
    create trigger witness after insert or update or delete on interviewer for each row execute function witness();
  `);
}

export function listSightings({ query }: TestDatabase): Promise<Sighting[]> {
  return query<Record<string, never> & Sighting>(
    'select seq::integer as seq, by_service, before, after from witness order by seq',
  );
}

/** The number of the last sighting so far. */
export async function lastSighting({ query }: TestDatabase): Promise<number> {
  return firstRow(await query<{ seq: number }>('select coalesce(max(seq), 0)::integer as seq from witness')).seq;
}

/** An empty platform, as after the migrations. */
export async function emptyPlatform({ query }: TestDatabase): Promise<void> {
  await query(`
    truncate interview, interviewer, witness, voice_agent_sync.skip_list, voice_agent_sync.run,
      voice_agent_sync.audit_log, voice_agent_sync.retell_agent, voice_agent_sync.agreement,
      voice_agent_sync.creation, voice_agent_sync.archived_interviewer restart identity cascade`);
}
