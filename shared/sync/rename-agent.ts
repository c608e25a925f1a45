/** Brings a row's new name to its agent in Retell. */
import { claimPendingPush, type PendingPush, releasePendingPush, savePendingPush } from '../db/merge-bases.ts';
import type { Query } from '../db/pool.ts';
import { nameOf } from '../domain/merge-name.ts';
import type { PlannedPush } from '../domain/plan-types.ts';
import { differingFields } from '../domain/versions.ts';
import { AppError } from '../errors.ts';
import type { RetellSession } from '../retell/client.ts';

type AgentVersion = NonNullable<Awaited<ReturnType<RetellSession['readVersion']>>>;

/** What a run renames with. */
export interface Renamer {
  readonly query: Query;
  readonly session: RetellSession;
  readonly run_id: number;
}

/** What was done, in words; null when there was nothing to do, or another run is at it, or Retell's name changed meanwhile. */
export function renameAgent(renamer: Renamer, push: PlannedPush): Promise<string | null> {
  return onLatest(renamer, push.agent.agent_id, (latest, claim) =>
    latest.is_published ? renamePublished(renamer, push, latest) : renameLatestDraft(renamer, push, latest, claim),
  );
}

/** Publishes the draft of an earlier rename, if it is still just that; what was done, in words, or null. */
export function finishRename(renamer: Renamer, agent_id: string): Promise<string | null> {
  const { session } = renamer;
  return onLatest(renamer, agent_id, async (latest, claim) => {
    if (latest.is_published || latest.agent_name !== claim.push_name) return null;
    if (!(await isOurs(session, agent_id, latest, claim))) return null;
    await session.publish(agent_id, latest.version);
    return `name in Retell: ${JSON.stringify(latest.agent_name)} (now published as version ${latest.version})`;
  });
}

/** Work on the latest version, one run at a time. What throws is taken up again by the next sync. */
async function onLatest(
  { query, session, run_id }: Renamer,
  agent_id: string,
  work: (latest: AgentVersion, claim: PendingPush) => Promise<string | null>,
): Promise<string | null> {
  const claim = await claimPendingPush(query, run_id, agent_id);
  if (claim === null) return null;
  let done = false;
  try {
    const latest = await session.readVersion(agent_id, 'latest');
    const note = latest === null ? null : await work(latest, claim);
    done = true;
    return note;
  } finally {
    await releasePendingPush(query, run_id, agent_id, done);
  }
}

/** A published version refuses changes: the name goes into a new one, which differs in nothing else. */
async function renamePublished(
  { query, session, run_id }: Renamer,
  { agent, row }: PlannedPush,
  latest: AgentVersion,
): Promise<string | null> {
  // Renamed in Retell since the plan was made: the next sync sees both names and decides.
  if (latest.agent_name !== agent.agent_name) return null;
  const { agent_id } = agent;
  if (!(await savePendingPush(query, run_id, agent_id, latest.version, row.name))) return null;
  const { version } = await session.createVersion(agent_id, latest.version);
  // What somebody made in between is not in ours, and would be undone. A version that was deleted leaves a gap, and no harm.
  const gap = version !== latest.version + 1;
  if (gap && (await session.readVersion(agent_id, version - 1)) !== null) {
    throw overtaken(agent_id, latest.version, version);
  }
  await session.renameDraft(agent_id, row.name);
  await session.publish(agent_id, version);
  return `${describe(agent.agent_name, row.name)} (published as version ${version})`;
}

/** The draft is published only when it is the one that an earlier try made: any other is its author's, unfinished. */
async function renameLatestDraft(
  { query, session, run_id }: Renamer,
  { agent, row }: PlannedPush,
  draft: AgentVersion,
  claim: PendingPush,
): Promise<string | null> {
  const { agent_id } = agent;
  const note = describe(nameOf(agent), row.name);
  if (claim.push_base_version !== null && (await isOurs(session, agent_id, draft, claim))) {
    if (!(await savePendingPush(query, run_id, agent_id, claim.push_base_version, row.name))) return null;
    if (draft.agent_name !== row.name) await session.renameDraft(agent_id, row.name);
    await session.publish(agent_id, draft.version);
    return `${note} (published as version ${draft.version})`;
  }
  // It bears the row's name already, or one that its author gave it: that is not to be overwritten.
  if (draft.agent_name !== agent.agent_name) return null;
  if (!(await savePendingPush(query, run_id, agent_id, null, row.name))) return null;
  await session.renameDraft(agent_id, row.name);
  return `${note} (in draft version ${draft.version}, which is left for its author to publish)`;
}

/** Whether the draft is the one that we made on that base: nobody but us has touched anything in it. */
async function isOurs(
  session: RetellSession,
  agent_id: string,
  draft: AgentVersion,
  { push_base_version, push_name }: PendingPush,
): Promise<boolean> {
  if (push_base_version === null || draft.version !== push_base_version + 1) return false;
  const base = await session.readVersion(agent_id, push_base_version);
  if (base === null || (draft.agent_name !== base.agent_name && draft.agent_name !== push_name)) return false;
  return differingFields(draft, base).every((field) => field === 'agent_name');
}

function overtaken(agent_id: string, base: number, draft: number): AppError {
  return new AppError(
    409,
    'version_overtaken',
    `Somebody made a version of ${agent_id} meanwhile, so the name was not published over it.`,
    `Draft version ${draft}, made of version ${base}, is left in Retell: delete it there, and the next sync renames what is published.`,
  );
}

function describe(before: string | null, after: string): string {
  return `name in Retell: ${JSON.stringify(before)} -> ${JSON.stringify(after)}`;
}
