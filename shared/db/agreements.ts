/** The name that an agent and its row last agreed on, by which a rename tells on which side it was made. */
import type { Agreement } from '../domain/planned.ts';
import type { Query } from './pool.ts';

export async function listAgreements(query: Query): Promise<Map<string, string>> {
  const rows = await query<Agreement>('select agent_id, name from voice_agent_sync.agreement');
  return new Map(rows.map((row) => [row.agent_id, row.name]));
}

export async function listAgreementsOf(query: Query, agent_ids: readonly string[]): Promise<Map<string, string>> {
  const rows = await query<Agreement>(
    'select agent_id, name from voice_agent_sync.agreement where agent_id = any($1)',
    [agent_ids],
  );
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

/** What an earlier try to rename an agent left. */
export interface PushClaim {
  /** The published version on which a draft for the rename was, or was about to be, made; null: none was. */
  readonly push_base_version: number | null;
  /** The name that the draft bears, or was about to get. */
  readonly push_name: string | null;
}

/** The claim for the one caller that may push now; null for everybody else. */
export async function claimPush(query: Query, agent_id: string): Promise<PushClaim | null> {
  const rows = await query<PushClaim>(
    `update voice_agent_sync.agreement set push_started_at = clock_timestamp()
     where agent_id = $1
       and (push_started_at is null or push_started_at < clock_timestamp() - interval '5 minutes')
     returning push_base_version, push_name`,
    [agent_id],
  );
  return rows[0] ?? null;
}

/** Notes a draft of ours before it is made or named, so that it is known as ours if the answer is lost. */
export async function savePushDraft(query: Query, agent_id: string, base_version: number, name: string): Promise<void> {
  await query('update voice_agent_sync.agreement set push_base_version = $2, push_name = $3 where agent_id = $1', [
    agent_id,
    base_version,
    name,
  ]);
}

/** Lets the next sync push again; `done` forgets the draft too. */
export async function releasePush(query: Query, agent_id: string, done: boolean): Promise<void> {
  await query(
    `update voice_agent_sync.agreement
     set push_started_at = null,
       push_name = case when $2 then null else push_name end,
       push_base_version = case when $2 then null else push_base_version end
     where agent_id = $1`,
    [agent_id, done],
  );
}

/** Renames of which a draft of ours may be left in Retell, unpublished. */
export function listUnfinishedPushes(query: Query): Promise<Agreement[]> {
  return query<Agreement>(
    `select agent_id, push_name as name from voice_agent_sync.agreement
     where push_base_version is not null and push_name is not null`,
  );
}
