/** The name that an agent and its row last agreed on, by which a rename tells on which side it was made. */
import type { MergeBase } from '../domain/plan-types.ts';
import type { Query } from './pool.ts';

/** Each with the living row of the agent. */
export async function saveMergeBases(query: Query, agreements: readonly MergeBase[]): Promise<void> {
  await query(
    `insert into voice_agent_sync.agreement as known (agent_id, interviewer_id, name, agreed_at)
     select x.agent_id, i.id::text, x.name, clock_timestamp()
     from jsonb_to_recordset($1::jsonb) as x (agent_id text, name text)
     join interviewer i on i.agent_id = x.agent_id and i.sync_status <> 'deleted'
     order by x.agent_id
     on conflict (agent_id) do update
     set interviewer_id = excluded.interviewer_id, name = excluded.name, agreed_at = excluded.agreed_at,
       -- A draft that was made for another row's name is not this one's to publish.
       push_base_version = case when known.interviewer_id = excluded.interviewer_id then known.push_base_version end,
       push_name = case when known.interviewer_id = excluded.interviewer_id and known.push_base_version is not null
         then known.push_name end
     where (known.interviewer_id, known.name) is distinct from (excluded.interviewer_id, excluded.name)`,
    [JSON.stringify(agreements)],
  );
}

/**
 * Notes names that a run brought to Retell: from now on the platform renames against these, whatever becomes of the run.
 * What was agreed on since the run began is newer.
 */
export async function savePushedNames(query: Query, run_began: Date, pushed: readonly MergeBase[]): Promise<void> {
  await query(
    `update voice_agent_sync.agreement known set name = x.name, agreed_at = clock_timestamp(),
       push_name = case when push_base_version is not null then push_name end
     from jsonb_to_recordset($1::jsonb) as x (agent_id text, name text)
     where known.agent_id = x.agent_id and known.name <> x.name and known.agreed_at < $2`,
    [JSON.stringify(pushed), run_began],
  );
}

/**
 * Notes names that agents bear because a run which was cut off brought them: from now on the platform renames against these.
 * What was agreed on since the run began is newer.
 */
export async function recoverPushedNames(query: Query, run_began: Date, borne: readonly MergeBase[]): Promise<void> {
  await query(
    `update voice_agent_sync.agreement known set name = x.name
     from jsonb_to_recordset($1::jsonb) as x (agent_id text, name text)
     where known.agent_id = x.agent_id and known.push_name = x.name and known.name <> x.name and known.agreed_at < $2`,
    [JSON.stringify(borne), run_began],
  );
}

/** What an earlier try to rename an agent left. */
export interface PendingPush {
  /** The published version on which a draft for the rename was, or was about to be, made; null: none was. */
  readonly push_base_version: number | null;
  /** The name that was on its way to Retell, and is not agreed on yet. */
  readonly push_name: string | null;
}

/** The claim for the one run that may push now, however often it asks; null for all others. */
export async function claimPendingPush(query: Query, run_id: number, agent_id: string): Promise<PendingPush | null> {
  const rows = await query<PendingPush>(
    `update voice_agent_sync.agreement set push_started_at = clock_timestamp(), push_run_id = $2
     where agent_id = $1
       and (push_started_at is null or push_started_at < clock_timestamp() - interval '5 minutes' or push_run_id = $2)
     returning push_base_version, push_name`,
    [agent_id, run_id],
  );
  return rows[0] ?? null;
}

/**
 * Notes a name before it is sent, and the version that a draft of ours is made on, so that both are known as ours if the
 * answer is lost; null: the draft is somebody else's. False: another run has taken the push over, and nothing is noted.
 */
export async function savePendingPush(
  query: Query,
  run_id: number,
  agent_id: string,
  base_version: number | null,
  name: string,
): Promise<boolean> {
  const rows = await query(
    `update voice_agent_sync.agreement set push_base_version = $3, push_name = $4
     where agent_id = $1 and push_run_id = $2 returning agent_id`,
    [agent_id, run_id, base_version, name],
  );
  return rows.length === 1;
}

/**
 * Lets the next sync push again; `done` forgets the draft too. The name stays known as ours until it is agreed on. Another
 * run's claim is left alone.
 */
export async function releasePendingPush(query: Query, run_id: number, agent_id: string, done: boolean): Promise<void> {
  await query(
    `update voice_agent_sync.agreement
     set push_started_at = null, push_run_id = null,
       push_base_version = case when $3 then null else push_base_version end
     where agent_id = $1 and push_run_id = $2`,
    [agent_id, run_id, done],
  );
}

/** Renames of which a draft of ours may be left in Retell, unpublished, and whose name the row still bears. */
export function listPendingPushes(query: Query): Promise<MergeBase[]> {
  return query<MergeBase>(
    `select agent_id, push_name as name from voice_agent_sync.agreement
     where push_base_version is not null and exists (select from interviewer i
       where i.agent_id = agreement.agent_id and i.name = push_name and i.sync_status = 'active')`,
  );
}
