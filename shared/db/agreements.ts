/** The name that an agent and its row last agreed on, by which a rename tells on which side it was made. */
import type { Agreement } from '../domain/plan.ts';
import type { Query } from './pool.ts';

export async function listAgreements(query: Query): Promise<Map<string, string>> {
  const rows = await query<Agreement>('select agent_id, name from voice_agent_sync.agreement');
  return new Map(rows.map((row) => [row.agent_id, row.name]));
}

export async function findAgreement(query: Query, agent_id: string): Promise<Map<string, string>> {
  const rows = await query<Agreement>('select agent_id, name from voice_agent_sync.agreement where agent_id = $1', [
    agent_id,
  ]);
  return new Map(rows.map((row) => [row.agent_id, row.name]));
}

export async function saveAgreements(query: Query, agreements: readonly Agreement[]): Promise<void> {
  await query(
    `insert into voice_agent_sync.agreement as known (agent_id, name, agreed_at)
     select agent_id, name, clock_timestamp() from jsonb_to_recordset($1::jsonb) as x (agent_id text, name text)
     order by agent_id
     on conflict (agent_id) do update
     set name = excluded.name, agreed_at = excluded.agreed_at
     where known.name <> excluded.name`,
    [JSON.stringify(agreements)],
  );
}

/** A rename on its way to Retell. */
export interface PushClaim {
  /** The published version on which a draft for a rename was, or was about to be, made; null: none was. */
  readonly push_base_version: number | null;
}

/** The claim for the one caller that may push now, with what an earlier try left; null for everybody else. */
export async function claimPush(query: Query, agent_id: string, name: string): Promise<PushClaim | null> {
  const rows = await query<PushClaim>(
    `update voice_agent_sync.agreement set push_name = $2, push_started_at = clock_timestamp()
     where agent_id = $1
       and (push_started_at is null or push_started_at < clock_timestamp() - interval '5 minutes')
     returning push_base_version`,
    [agent_id, name],
  );
  return rows[0] ?? null;
}

/** Notes the version on which a draft is about to be made, so that the draft is known as ours if the answer is lost. */
export async function savePushBase(query: Query, agent_id: string, base_version: number): Promise<void> {
  await query('update voice_agent_sync.agreement set push_base_version = $2 where agent_id = $1', [
    agent_id,
    base_version,
  ]);
}

/** Lets the next sync try again; `done` forgets the draft too. */
export async function releasePush(query: Query, agent_id: string, done: boolean): Promise<void> {
  await query(
    `update voice_agent_sync.agreement
     set push_started_at = null, push_name = null,
       push_base_version = case when $2 then null else push_base_version end
     where agent_id = $1`,
    [agent_id, done],
  );
}
