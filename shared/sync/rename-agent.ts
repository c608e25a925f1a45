/** Brings a row's new name to its agent in Retell. */
import { claimPush, type PushClaim, releasePush, savePushBase } from '../db/agreements.ts';
import type { Query } from '../db/pool.ts';
import { nameOf } from '../domain/names.ts';
import type { PlannedPush } from '../domain/plan.ts';
import { differingFields } from '../domain/versions.ts';
import type { RetellSession } from '../retell/client.ts';

type AgentVersion = NonNullable<Awaited<ReturnType<RetellSession['readVersion']>>>;

/** What was done, in words; null when another run is at it, or when the agent was renamed meanwhile. */
export async function renameAgent(query: Query, session: RetellSession, push: PlannedPush): Promise<string | null> {
  const { agent_id } = push.agent;
  const claim = await claimPush(query, agent_id, push.row.name);
  if (claim === null) return null;
  let done = false;
  try {
    const latest = await session.readVersion(agent_id, 'latest');
    if (latest === null) return null;
    const note = latest.is_published
      ? await renamePublished(query, session, push, latest)
      : await renameLatestDraft(session, push, latest, claim);
    done = true;
    return note;
  } finally {
    await releasePush(query, agent_id, done);
  }
}

/** A published version refuses changes: the name goes into a new one, which differs in nothing else. */
async function renamePublished(
  query: Query,
  session: RetellSession,
  { agent, row }: PlannedPush,
  latest: AgentVersion,
): Promise<string | null> {
  const { agent_id } = agent;
  if (latest.agent_name === row.name) return describe(agent.agent_name, row.name);
  // Renamed in Retell since the plan was made: the next sync sees both names and decides.
  if (latest.agent_name !== nameOf(agent)) return null;
  await savePushBase(query, agent_id, latest.version);
  const { version } = await session.createVersion(agent_id, latest.version);
  await session.renameDraft(agent_id, row.name);
  await session.publish(agent_id, version);
  return `${describe(agent.agent_name, row.name)} (published as version ${version})`;
}

/** The draft is published only when it is the one that an earlier try made: any other is its author's, unfinished. */
async function renameLatestDraft(
  session: RetellSession,
  { agent, row }: PlannedPush,
  draft: AgentVersion,
  claim: PushClaim,
): Promise<string> {
  const { agent_id } = agent;
  const ours = await isOurs(session, agent_id, draft, claim);
  if (draft.agent_name !== row.name) await session.renameDraft(agent_id, row.name);
  const note = describe(agent.agent_name, row.name);
  if (!ours) return `${note} (in draft version ${draft.version}, which is left for its author to publish)`;
  await session.publish(agent_id, draft.version);
  return `${note} (published as version ${draft.version})`;
}

async function isOurs(
  session: RetellSession,
  agent_id: string,
  draft: AgentVersion,
  { push_base_version }: PushClaim,
): Promise<boolean> {
  if (push_base_version === null || draft.version !== push_base_version + 1) return false;
  const base = await session.readVersion(agent_id, push_base_version);
  return base !== null && differingFields(draft, base).every((field) => field === 'agent_name');
}

function describe(before: string | null, after: string): string {
  return `name in Retell: ${JSON.stringify(before)} -> ${JSON.stringify(after)}`;
}
