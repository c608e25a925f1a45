/** Pushes one row to Retell: its new name to its agent, or an agent for a row that has none. */
import * as v from 'valibot';
import { isDatabaseFailure } from '../db/database-error.ts';
import {
  type ClaimedPush,
  claimPendingPush,
  type PendingPush,
  releasePendingPush,
  savePendingPush,
} from '../db/merge-bases.ts';
import { claimPendingCreate, releasePendingCreate, saveCreatedAgent } from '../db/pending-creates.ts';
import type { Interviewer, Observation } from '../domain/agent.ts';
import type { CreateAgentChange, ErrorChange, PushChange } from '../domain/change.ts';
import type { Unreadable } from '../domain/observed-state.ts';
import { describeRename } from '../domain/plan.ts';
import { differingFields } from '../domain/versions.ts';
import { AppError, apiError, type Result } from '../errors.ts';
import type { RetellSession } from '../retell/client.ts';
import type { AgentVersion } from '../retell/parse.ts';
import type { RecordedRun } from './run.ts';

/** What one push did. */
export interface PushStep {
  readonly change: PushChange | CreateAgentChange | ErrorChange | null;
  /** What `get-agent` returned afterwards. */
  readonly observation?: Observation;
  readonly unreadable?: Unreadable & { readonly agent_id: string };
  /** Whether the agent has the row's name now. */
  readonly arrived?: { readonly agent_id: string; readonly name: string };
  /** An agent created for a row. */
  readonly created?: { readonly interviewer_id: string; readonly agent_id: string };
  /** The run has no time for more pushes. */
  readonly outOfTime?: boolean;
}

/** A push that ran out of time is repeated by the run's continuation: that is no error, and what it did stays listed. */
export function withoutLateErrors(step: PushStep): PushStep {
  if (step.outOfTime !== true) return step;
  const { change, unreadable: _late, ...done } = step;
  return { ...done, change: change?.action === 'error' ? null : change };
}

export type RetellResult<T> = Result<T, { readonly error: AppError }>;

/** The result, or the AppError of Retell; a failure of the database ends the run. */
export async function attempt<T>(work: () => Promise<T>): Promise<RetellResult<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    if (error instanceof AppError && !isDatabaseFailure(error)) return { ok: false, reason: error.message, error };
    throw error;
  }
}

/** The latest version of an agent, and the pending push that this run has claimed. */
interface Renaming {
  readonly latest: AgentVersion;
  readonly pending: ClaimedPush;
}

/** What was done; null when there was nothing to do, another run is doing it, or Retell's name changed since the plan. */
export function renameAgent(run: RecordedRun, push: PushChange): Promise<string | null> {
  return onLatest(run, push.agent_id, (renaming) =>
    renaming.latest.is_published ? renamePublished(run, push, renaming.latest) : renameLatestDraft(run, push, renaming),
  );
}

/** Publishes the draft of an earlier rename, if nothing else changed in it; what was done, or null. */
export function finishRename(run: RecordedRun, agent_id: string): Promise<string | null> {
  const { session } = run;
  return onLatest(run, agent_id, async (renaming) => {
    const { latest, pending } = renaming;
    if (latest.is_published || latest.agent_name !== pending.push_name) return null;
    if (!(await isOurDraft(session, agent_id, renaming))) return null;
    await session.publish(agent_id, latest.version);
    return `name in Retell: ${JSON.stringify(latest.agent_name)} (now published as version ${latest.version})`;
  });
}

/** Works on the latest version, one run at a time. The next sync repeats what throws. */
async function onLatest(
  run: RecordedRun,
  agent_id: string,
  work: (renaming: Renaming) => Promise<string | null>,
): Promise<string | null> {
  const { query } = run.services.database;
  const pending = await claimPendingPush(query, { run_id: run.id, agent_id });
  if (pending === null) return null;
  let outcome: 'done' | 'failed' = 'failed';
  try {
    const latest = await run.session.readVersion(agent_id, 'latest');
    const note = latest === null ? null : await work({ latest, pending });
    outcome = 'done';
    return note;
  } finally {
    await releasePendingPush(query, { run_id: run.id, agent_id }, outcome);
  }
}

/** A published version refuses changes: the name goes into a new version, which differs in nothing else. */
async function renamePublished(
  run: RecordedRun,
  { agent, row }: PushChange,
  latest: AgentVersion,
): Promise<string | null> {
  // Renamed in Retell since the plan was made: the next sync merges both names.
  if (latest.agent_name !== agent.agent_name) return null;
  const { agent_id } = agent;
  if (!(await saveBeforeSending(run, agent_id, { push_base_version: latest.version, push_name: row.name })))
    return null;
  const { session } = run;
  const { version } = await session.createVersion(agent_id, latest.version);
  // Ours lacks the changes of a version made in between, and would undo them. A deleted version leaves a harmless gap.
  const gap = version !== latest.version + 1;
  if (gap && (await session.readVersion(agent_id, version - 1)) !== null) {
    throw versionOvertaken(agent_id, latest.version, version);
  }
  await session.renameDraft(agent_id, row.name);
  await session.publish(agent_id, version);
  return `${describeRename(agent.agent_name, row.name)} (published as version ${version})`;
}

/** Publishes only the draft of an earlier attempt: any other draft is unfinished work of its author. */
async function renameLatestDraft(
  run: RecordedRun,
  { agent, row }: PushChange,
  renaming: Renaming,
): Promise<string | null> {
  const { latest: draft, pending } = renaming;
  const { session } = run;
  const { agent_id } = agent;
  const note = describeRename(agent.agent_name, row.name);
  if (await isOurDraft(session, agent_id, renaming)) {
    const { push_base_version } = pending;
    if (!(await saveBeforeSending(run, agent_id, { push_base_version, push_name: row.name }))) return null;
    if (draft.agent_name !== row.name) await session.renameDraft(agent_id, row.name);
    await session.publish(agent_id, draft.version);
    return `${note} (published as version ${draft.version})`;
  }
  // It already has the row's name, or a name from its author, which must not be overwritten.
  if (draft.agent_name !== agent.agent_name) return null;
  if (!(await saveBeforeSending(run, agent_id, { push_base_version: null, push_name: row.name }))) return null;
  await session.renameDraft(agent_id, row.name);
  return `${note} (in draft version ${draft.version}, which its author has yet to publish)`;
}

function saveBeforeSending(run: RecordedRun, agent_id: string, pending: PendingPush): Promise<boolean> {
  return savePendingPush(run.services.database.query, { run_id: run.id, agent_id }, pending);
}

/**
 * Whether the latest version is the draft that we made on the saved base, with no other change in it. A run that died
 * between saving a name and sending it left an earlier name in the draft, which is the merge base by now.
 */
async function isOurDraft(session: RetellSession, agent_id: string, { latest, pending }: Renaming): Promise<boolean> {
  const { push_base_version, push_name, merge_base } = pending;
  if (push_base_version === null || latest.version !== push_base_version + 1) return false;
  const base = await session.readVersion(agent_id, push_base_version);
  if (base === null || ![base.agent_name, push_name, merge_base].includes(latest.agent_name)) return false;
  return differingFields(latest, base).every((field) => field === 'agent_name');
}

function versionOvertaken(agent_id: string, base: number, draft: number): AppError {
  return apiError('version_overtaken', {
    message: `Another version of ${agent_id} was made in Retell at the same time, so the name was not published over it.`,
    hint: `Draft version ${draft}, based on version ${base}, is left in Retell: delete it there, and the next sync renames what is published.`,
  });
}

export type Template = Omit<Parameters<RetellSession['createAgent']>[0], 'agent_name'>;

/**
 * If the response to a creation was lost, the listing has this long to show the agent before the creation is repeated.
 */
const RETRY_AFTER_MINUTES = 15;

/** Only the engine, of whatever type, and the voice are copied. */
const TemplateFields = v.object({
  voice_id: v.string(),
  response_engine: v.looseObject({ type: v.string() }),
});

/** @throws AppError `template_missing` when `RETELL_TEMPLATE_AGENT_ID` names no agent that can be copied */
export async function readTemplate(session: RetellSession, template_agent_id: string): Promise<Template> {
  const template = await session.readVersion(template_agent_id, 'latest');
  const fields = v.safeParse(TemplateFields, template);
  if (fields.success) return fields.output;
  throw apiError('template_missing', {
    message: `The template agent ${template_agent_id} is not in Retell, or has no engine and voice to copy.`,
  });
}

/** What a run needs to create agents. */
export interface Creator {
  readonly run: RecordedRun;
  readonly template: Template;
  /**
   * Agents that existed before, or were created for other rows: none of them was created by a call whose response was lost.
   */
  readonly taken: ReadonlySet<string>;
}

/**
 * Creates the agent of a row that has none, exactly once, although Retell has no idempotency key.
 *
 * Returns the new agent's id; null when another run is creating it. `gone`: an agent created for the row before, which
 * Retell has no longer. Throws when Retell refuses, or when the outcome is unknown.
 */
export async function createAgent(creator: Creator, row: Interviewer, gone: string | null): Promise<string | null> {
  const { run } = creator;
  const { query } = run.services.database;
  const claimed = await claimPendingCreate(query, {
    run_id: run.id,
    row,
    gone,
    retry_after_minutes: RETRY_AFTER_MINUTES,
  });
  if (!claimed) return null;
  const agent_id = await create(creator, row);
  await saveCreatedAgent(query, row.id, agent_id);
  return agent_id;
}

async function create(creator: Creator, row: Interviewer): Promise<string> {
  const { run, template } = creator;
  try {
    return (await run.session.createAgent({ ...template, agent_name: row.name })).agent_id;
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'outcome_unknown') {
      await releasePendingCreate(run.services.database.query, run.id, row.id);
      throw error;
    }
    const found = await attempt(() => findCreated(creator, row.name));
    // That the outcome is unknown matters more than why the listing failed.
    if (!found.ok || found.value === undefined) throw error;
    return found.value;
  }
}

/** After a lost response, the only new agent of that name is the created one. */
async function findCreated({ run, taken }: Creator, name: string): Promise<string | undefined> {
  const { agents } = await run.session.listAgents();
  const found = [...agents.values()].filter(({ agent_name, agent_id }) => agent_name === name && !taken.has(agent_id));
  return found.length === 1 ? found[0]?.agent_id : undefined;
}
