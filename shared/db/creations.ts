/** Agents being created in Retell for rows that have none: noted before, because creation has no idempotency key. */
import type { Query } from './pool.ts';

export interface Creation {
  readonly interviewer_id: string;
  readonly name: string;
  readonly started_at: Date;
  /** null: whether the agent was created is not known. */
  readonly agent_id: string | null;
}

export function listCreations(query: Query): Promise<Creation[]> {
  return query<Creation>('select interviewer_id, name, started_at, agent_id from voice_agent_sync.creation');
}

/** True for the one caller that may create the agent now. A claim whose outcome stayed unknown may be made again later. */
export async function claimCreation(
  query: Query,
  interviewer_id: string,
  name: string,
  retryAfterMinutes: number,
): Promise<boolean> {
  const rows = await query(
    `insert into voice_agent_sync.creation as known (interviewer_id, name, started_at)
     values ($1, $2, clock_timestamp())
     on conflict (interviewer_id) do update
     set name = excluded.name, started_at = excluded.started_at
     where known.agent_id is null and known.started_at < clock_timestamp() - make_interval(mins => $3)
     returning interviewer_id`,
    [interviewer_id, name, retryAfterMinutes],
  );
  return rows.length === 1;
}

export async function saveCreated(query: Query, interviewer_id: string, agent_id: string): Promise<void> {
  await query('update voice_agent_sync.creation set agent_id = $2 where interviewer_id = $1', [
    interviewer_id,
    agent_id,
  ]);
}

/** Retell refused, so nothing was created. */
export async function releaseCreation(query: Query, interviewer_id: string): Promise<void> {
  await query('delete from voice_agent_sync.creation where interviewer_id = $1 and agent_id is null', [interviewer_id]);
}
