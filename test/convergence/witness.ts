/** Everything that ever happened to the platform's table, by whom, seen by a trigger: what was rolled back is not in it. */
import type { TestDatabase } from '../support/postgres.ts';

export interface Sighting {
  readonly op: 'INSERT' | 'UPDATE' | 'DELETE';
  readonly by_service: boolean;
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
}

/** Besides, a table of interviews, which refers to the interviewers. */
export async function installWitness({ query }: TestDatabase): Promise<void> {
  await query(`
    create table interview (id serial primary key, interviewer_id integer not null references interviewer);
    create table witness (
      seq bigint generated always as identity primary key,
      op text not null,
      by_service boolean not null default current_setting('application_name') = 'voice-agent-sync',
      before jsonb,
      after jsonb
    );
    create function witness() returns trigger language plpgsql as $$
    begin
      insert into witness (op, before, after) values (tg_op, to_jsonb(old), to_jsonb(new));
      return null;
    end $$;
    create trigger witness after insert or update or delete on interviewer for each row execute function witness();
  `);
}

export function listSightings({ query }: TestDatabase): Promise<Sighting[]> {
  return query<Record<string, never> & Sighting>('select op, by_service, before, after from witness order by seq');
}

/** An empty platform, as after the migrations. */
export async function emptyPlatform({ query }: TestDatabase): Promise<void> {
  await query(`
    truncate interview, interviewer, witness, voice_agent_sync.skip_list, voice_agent_sync.run,
      voice_agent_sync.audit_log, voice_agent_sync.retell_agent, voice_agent_sync.agreement,
      voice_agent_sync.creation, voice_agent_sync.archived_interviewer restart identity cascade`);
}
