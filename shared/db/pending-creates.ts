/** Agents being created in Retell for rows that have none: noted before, because creation has no idempotency key. */
import type { Interviewer } from '../domain/agent.ts';
import type { Query } from './pool.ts';

export interface PendingCreate {
  readonly interviewer_id: string;
  readonly name: string;
  readonly started_at: Date;
  /** null: whether the agent was created is not known. */
  readonly agent_id: string | null;
}

export function listPendingCreates(query: Query): Promise<PendingCreate[]> {
  return query<PendingCreate>('select interviewer_id, name, started_at, agent_id from voice_agent_sync.creation');
}

/**
 * True for the one run that may create the agent now, however often it asks, while the row still wants one. A claim whose
 * outcome stayed unknown may be made again later; one that led to an agent, when that agent is `gone` or another row has it.
 */
export async function claimPendingCreate(
  query: Query,
  run_id: number,
  { id, name }: Pick<Interviewer, 'id' | 'name'>,
  retryAfterMinutes: number,
  gone: string | null,
): Promise<boolean> {
  const rows = await query(
    `insert into voice_agent_sync.creation as known (interviewer_id, name, started_at, run_id)
     select $1, $2, clock_timestamp(), $3 from interviewer i
     where i.id::text = $1 and i.name = $2 and coalesce(i.agent_id, '') = '' and i.sync_status = 'active'
     on conflict (interviewer_id) do update
     set name = excluded.name, started_at = excluded.started_at, run_id = excluded.run_id, agent_id = null
     where (known.agent_id is null
         and (known.run_id = $3 or known.started_at < clock_timestamp() - make_interval(mins => $4)))
       or known.agent_id = $5
       or exists (select from interviewer other where other.agent_id = known.agent_id)
     returning interviewer_id`,
    [id, name, run_id, retryAfterMinutes, gone],
  );
  return rows.length === 1;
}

export async function saveCreatedAgent(query: Query, interviewer_id: string, agent_id: string): Promise<void> {
  await query('update voice_agent_sync.creation set agent_id = $2 where interviewer_id = $1', [
    interviewer_id,
    agent_id,
  ]);
}

/** Retell refused, so nothing was created. Another run's claim is left alone. */
export async function releasePendingCreate(query: Query, run_id: number, interviewer_id: string): Promise<void> {
  await query('delete from voice_agent_sync.creation where interviewer_id = $1 and run_id = $2 and agent_id is null', [
    interviewer_id,
    run_id,
  ]);
}
