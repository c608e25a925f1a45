/**
 * The outbox of agents being created in Retell (`voice_agent_sync.creation`): saved first, because there is no idempotency
 * key.
 */
import type { Interviewer } from '../domain/agent.ts';
import type { Query } from './pool.ts';

export interface PendingCreate {
  readonly run_id: number;
  readonly row: Pick<Interviewer, 'id' | 'name'>;
  /** The agent that was created for the row before, and that no longer exists in Retell. */
  readonly gone: string | null;
  /** After this time, a creation without a known result may be repeated. */
  readonly retry_after_minutes: number;
}

/**
 * True for the only run that may create the agent now, however often it calls, while the row still needs an agent. A
 * creation that led to an agent may be repeated if that agent is gone or linked to another row.
 */
export async function claimPendingCreate(query: Query, create: PendingCreate): Promise<boolean> {
  const { run_id, row, gone, retry_after_minutes } = create;
  const rows = await query(
    `insert into voice_agent_sync.creation as existing (interviewer_id, name, started_at, run_id)
     select $1, $2, clock_timestamp(), $3 from {interviewer}
     where interviewer.id::text = $1 and interviewer.name = $2 and coalesce(interviewer.agent_id, '') = ''
       and interviewer.sync_status = 'active'
     on conflict (interviewer_id) do update
     set name = excluded.name, started_at = excluded.started_at, run_id = excluded.run_id, agent_id = null
     where (existing.agent_id is null
         and (existing.run_id = $3 or existing.started_at < clock_timestamp() - make_interval(mins => $4)))
       or existing.agent_id = $5
       or exists (select from {interviewer} other where other.agent_id = existing.agent_id)
     returning interviewer_id`,
    [row.id, row.name, run_id, retry_after_minutes, gone],
  );
  return rows.length === 1;
}

export async function saveCreatedAgent(query: Query, interviewer_id: string, agent_id: string): Promise<void> {
  await query('update voice_agent_sync.creation set agent_id = $2 where interviewer_id = $1', [
    interviewer_id,
    agent_id,
  ]);
}

/** Releases a creation that Retell refused. Another run's claim stays. */
export async function releasePendingCreate(query: Query, run_id: number, interviewer_id: string): Promise<void> {
  await query('delete from voice_agent_sync.creation where interviewer_id = $1 and run_id = $2 and agent_id is null', [
    interviewer_id,
    run_id,
  ]);
}
