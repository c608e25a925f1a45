/**
 * The merge base of each agent's name, which shows on which side a rename was made, and the outbox of pending pushes
 * (`voice_agent_sync.agreement`).
 */
import type { MergeBase } from '../domain/agent.ts';
import type { Query } from './pool.ts';

/** Saves each merge base with the agent's row that is not deleted. */
export async function saveMergeBases(query: Query, mergeBases: readonly MergeBase[]): Promise<void> {
  await query(
    `insert into voice_agent_sync.agreement as existing (agent_id, interviewer_id, name, database_name, agreed_at)
     select input.agent_id, interviewer.id::text, input.retell_name, nullif(input.database_name, input.retell_name),
       clock_timestamp()
     from jsonb_to_recordset($1::jsonb) as input (agent_id text, retell_name text, database_name text)
     join {interviewer} on interviewer.agent_id = input.agent_id and interviewer.sync_status <> 'deleted'
     order by input.agent_id
     on conflict (agent_id) do update
     set interviewer_id = excluded.interviewer_id, name = excluded.name, database_name = excluded.database_name,
       agreed_at = excluded.agreed_at,
       -- A draft made for another row's name must not be published for this one.
       push_base_version = case when existing.interviewer_id = excluded.interviewer_id then existing.push_base_version end,
       push_name = case when existing.interviewer_id = excluded.interviewer_id
         and existing.push_base_version is not null then existing.push_name end
     where (existing.interviewer_id, existing.name, existing.database_name)
       is distinct from (excluded.interviewer_id, excluded.name, excluded.database_name)`,
    [JSON.stringify(mergeBases)],
  );
}

/** A name that reached Retell. */
export interface PushedName {
  readonly agent_id: string;
  readonly name: string;
}

/**
 * Saves names that a run pushed as merge bases, even if the run fails later, because the platform's next rename is
 * compared with them. A merge base saved after the run began is newer, and stays.
 */
export async function savePushedNames(query: Query, pushed: readonly PushedName[], run_began: Date): Promise<void> {
  await query(
    `update voice_agent_sync.agreement existing
     set name = input.name, database_name = null, agreed_at = clock_timestamp(),
       push_name = case when push_base_version is not null then push_name end
     from jsonb_to_recordset($1::jsonb) as input (agent_id text, name text)
     where existing.agent_id = input.agent_id and existing.agreed_at < $2
       and (existing.name, existing.database_name) is distinct from (input.name, null)`,
    [JSON.stringify(pushed), run_began],
  );
}

/**
 * Saves names that agents have because an earlier run died after it pushed them. A merge base saved after the run began
 * is newer, and stays.
 */
export async function recoverPushedNames(query: Query, current: readonly PushedName[], run_began: Date): Promise<void> {
  await query(
    `update voice_agent_sync.agreement existing set name = input.name, database_name = null
     from jsonb_to_recordset($1::jsonb) as input (agent_id text, name text)
     where existing.agent_id = input.agent_id and existing.push_name = input.name and existing.name <> input.name
       and existing.agreed_at < $2`,
    [JSON.stringify(current), run_began],
  );
}

/** What an earlier attempt to push a name left in the outbox. */
export interface PendingPush {
  /**
   * The published version on which a draft for the rename was, or was about to be, based; null: there is no such draft.
   */
  readonly push_base_version: number | null;
  /** The name on its way to Retell. */
  readonly push_name: string | null;
}

/** The run that works on a pending push. */
interface PushOwner {
  readonly run_id: number;
  readonly agent_id: string;
}

/** A pending push, and the name that both sides last had in common. */
export interface ClaimedPush extends PendingPush {
  readonly merge_base: string;
}

/**
 * Returns the pending push to the one run that may work on it now, however often that run calls; null for all others.
 */
export async function claimPendingPush(query: Query, { run_id, agent_id }: PushOwner): Promise<ClaimedPush | null> {
  const rows = await query<ClaimedPush>(
    `update voice_agent_sync.agreement set push_started_at = clock_timestamp(), push_run_id = $2
     where agent_id = $1
       and (push_started_at is null or push_started_at < clock_timestamp() - interval '5 minutes' or push_run_id = $2)
     returning push_base_version, push_name, name as merge_base`,
    [agent_id, run_id],
  );
  return rows[0] ?? null;
}

/**
 * Saves a name before it is sent, and the version that the draft is based on, so that both are recognized if the
 * response is lost. False: another run has taken over the push, and nothing is saved.
 */
export async function savePendingPush(
  query: Query,
  { run_id, agent_id }: PushOwner,
  { push_base_version, push_name }: PendingPush,
): Promise<boolean> {
  const rows = await query(
    `update voice_agent_sync.agreement set push_base_version = $3, push_name = $4
     where agent_id = $1 and push_run_id = $2 returning agent_id`,
    [agent_id, run_id, push_base_version, push_name],
  );
  return rows.length === 1;
}

/** Releases the claim; after `failed`, the draft remains known as ours. Another run's claim stays. */
export async function releasePendingPush(
  query: Query,
  { run_id, agent_id }: PushOwner,
  outcome: 'done' | 'failed',
): Promise<void> {
  await query(
    `update voice_agent_sync.agreement
     set push_started_at = null, push_run_id = null,
       push_base_version = case when $3 = 'done' then null else push_base_version end
     where agent_id = $1 and push_run_id = $2`,
    [agent_id, run_id, outcome],
  );
}

/** Pushes that may have left an unpublished draft in Retell, and whose name the row still has. */
export const PENDING_PUSHES = `select agreement.agent_id, push_name as name from voice_agent_sync.agreement
     -- With a limit, so that Postgres looks up the few rows by their index, even in a table that is not analyzed yet.
     cross join lateral (select from {interviewer}
       where interviewer.agent_id = agreement.agent_id and interviewer.agent_id <> '' and interviewer.name = push_name
         and interviewer.sync_status = 'active' limit 1) as pushed
     where push_base_version is not null`;

export function listPendingPushes(query: Query): Promise<PushedName[]> {
  return query<PushedName>(PENDING_PUSHES);
}
