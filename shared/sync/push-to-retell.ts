/** Carries to Retell what only the platform changed: names, and agents for rows that have none. */

import { isDatabaseFailure } from '../db/database-error.ts';
import { listPendingPushes, recoverPushedNames, savePushedNames } from '../db/merge-bases.ts';
import { saveObservations } from '../db/observations.ts';
import type { Agent, Interviewer, Observation } from '../domain/agent.ts';
import type { Happening } from '../domain/change.ts';
import { nameOf } from '../domain/merge-name.ts';
import type { ObservedState } from '../domain/observed-state.ts';
import type { MergeBase, Plan, Problem } from '../domain/plan-types.ts';
import { AppError } from '../errors.ts';
import type { Services } from '../services.ts';
import { type Creator, createAgent, readTemplate } from './create-agent.ts';
import { readAgent } from './read-observed-state.ts';
import { finishRename, type Renamer, renameAgent } from './rename-agent.ts';
import type { RunningRun } from './run.ts';

export interface PushResult {
  readonly pushed: readonly Happening[];
  readonly problems: readonly Problem[];
  /** With what Retell says after the pushes: a plan made of it finds both sides agreed. */
  readonly observed: ObservedState;
  /** Agents created for rows, by the row's id. */
  readonly created: ReadonlyMap<string, string>;
  readonly changed: boolean;
}

interface Pushing {
  readonly services: Services;
  readonly run: RunningRun;
  readonly renamer: Renamer;
  readonly observed: ObservedState;
  /** Names that Retell was found to bear after they were pushed. */
  readonly arrived: MergeBase[];
  readonly created: Map<string, string>;
  readonly observations: Map<string, Observation>;
  readonly unreadable: Map<string, string>;
  readonly pushed: Happening[];
  readonly problems: Problem[];
}

/** A failed push is a problem, and is tried again by the next sync: nothing in the database says that it was done. */
export async function pushToRetell(
  services: Services,
  run: RunningRun,
  plan: Plan,
  observed: ObservedState,
  created: ReadonlyMap<string, string>,
): Promise<PushResult> {
  const nothing = { pushed: [], problems: [], observed, created, changed: false };
  // A partial run has no time left, and a dry run changes nothing anywhere.
  if (observed.pending.size > 0) return nothing;
  if (run.id === null) return { ...nothing, pushed: wouldPush(plan) };
  const { query } = services.database;
  const renamer = { query, session: run.session, run_id: run.id };
  const renames = await listRenames(services, renamer, plan);
  if (renames.length + plan.creations.length === 0) return nothing;
  const pushing: Pushing = {
    services,
    run,
    renamer,
    observed,
    arrived: [],
    created: new Map(created),
    observations: new Map(),
    unreadable: new Map(observed.unreadable),
    pushed: [],
    problems: [],
  };
  const borne = plan.pushes.map(({ agent }) => ({ agent_id: agent.agent_id, name: nameOf(agent) }));
  if (borne.length > 0) await recoverPushedNames(query, run.started_at, borne);
  for (const rename of renames) if (!(await pushName(pushing, rename))) break;
  if (plan.creations.length > 0) await createAgents(pushing, plan.creations);
  const fresh = [...pushing.observations.values()];
  if (fresh.length > 0) await saveObservations(query, fresh);
  if (pushing.arrived.length > 0) await savePushedNames(query, run.started_at, pushing.arrived);
  return {
    pushed: pushing.pushed,
    problems: pushing.problems,
    observed: {
      ...observed,
      observations: new Map([...observed.observations, ...pushing.observations]),
      unreadable: pushing.unreadable,
    },
    created: pushing.created,
    changed: true,
  };
}

function wouldPush(plan: Plan): readonly Happening[] {
  return [
    ...plan.pushes.map(({ row, agent }) => ({
      agent_id: agent.agent_id,
      interviewer_id: row.id,
      name: row.name,
      reason: `name in Retell: ${JSON.stringify(nameOf(agent))} -> ${JSON.stringify(row.name)}`,
    })),
    ...plan.creations.map((row) => ({
      agent_id: 'unknown',
      interviewer_id: row.id,
      name: row.name,
      reason: 'Agent would be created in Retell for the row that has none',
    })),
  ];
}

/** A name on its way to Retell; `carryOut` tells in words what it did, or null when there was nothing to do. */
interface Rename {
  readonly agent_id: string;
  readonly interviewer_id?: string;
  readonly name: string;
  readonly carryOut: () => Promise<string | null>;
}

/** What is planned, and drafts of ours that an earlier try left unpublished: they bear the name, so no plan asks for it. */
async function listRenames({ config }: Services, renamer: Renamer, plan: Plan): Promise<Rename[]> {
  if (config.direction !== 'both') return [];
  const planned = plan.pushes.map(
    (push): Rename => ({
      agent_id: push.agent.agent_id,
      interviewer_id: push.row.id,
      name: push.row.name,
      carryOut: () => renameAgent(renamer, push),
    }),
  );
  const known = new Set(planned.map(({ agent_id }) => agent_id));
  const unfinished = (await listPendingPushes(renamer.query))
    .filter(({ agent_id }) => !known.has(agent_id))
    .map(
      ({ agent_id, name }): Rename => ({
        agent_id,
        name,
        carryOut: () => finishRename(renamer, agent_id),
      }),
    );
  return [...planned, ...unfinished];
}

/** False when there is no time for more. */
async function pushName(pushing: Pushing, { agent_id, interviewer_id, name, carryOut }: Rename): Promise<boolean> {
  const outcome = await attempt(carryOut);
  // Read back even after a failure: a rename whose answer was lost may have taken effect.
  const agent = await readBack(pushing, agent_id);
  const named = agent?.agent_name === name;
  if (named) pushing.arrived.push({ agent_id, name });
  const arrived = named && agent.is_published;
  const entry = { agent_id, ...(interviewer_id === undefined ? {} : { interviewer_id }), name };
  if (typeof outcome === 'string') pushing.pushed.push({ ...entry, reason: outcome });
  else if (outcome?.code === 'outcome_unknown' && arrived) {
    const reason = `name in Retell: ${JSON.stringify(name)} (the answer was lost, but it is published)`;
    pushing.pushed.push({ ...entry, reason });
  } else if (outcome !== null) fail(pushing, agent_id, name, outcome);
  return outcome === null || typeof outcome === 'string' || outcome.code !== 'deadline_exceeded';
}

async function createAgents(pushing: Pushing, rows: readonly Interviewer[]): Promise<void> {
  const templateId = pushing.services.config.templateAgentId ?? '';
  const template = await attempt(() => readTemplate(pushing.run.session, templateId));
  if (template instanceof AppError) return fail(pushing, templateId, 'Template agent', template);
  const { observed, created } = pushing;
  const isKnown = (agent_id: string) => observed.listed.has(agent_id) || [...created.values()].includes(agent_id);
  const creator = { ...pushing.renamer, template, isKnown };
  for (const row of rows) if (!(await createAgentOf(pushing, creator, row))) break;
}

/** False when there is no time for more. */
async function createAgentOf(pushing: Pushing, creator: Creator, row: Interviewer): Promise<boolean> {
  const made = pushing.created.get(row.id) ?? null;
  // The listing does not show it yet, or no longer.
  const unlisted = made !== null && !pushing.observed.listed.has(made);
  if (unlisted && (await readBack(pushing, made)) !== null) return true;
  const created = await attempt(() => createAgent(creator, row, unlisted ? made : null));
  if (created instanceof AppError) {
    fail(pushing, 'unknown', row.name, created);
    return created.code !== 'deadline_exceeded';
  }
  if (created === null) return true;
  pushing.created.set(row.id, created);
  const reason = `Agent created in Retell from the template ${pushing.services.config.templateAgentId}`;
  pushing.pushed.push({ agent_id: created, interviewer_id: row.id, name: row.name, reason });
  await readBack(pushing, created);
  return true;
}

/** The result, or what Retell had against it. */
async function attempt<Result>(work: () => Promise<Result>): Promise<Result | AppError> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AppError && !isDatabaseFailure(error)) return error;
    throw error;
  }
}

function fail({ services, run, problems }: Pushing, agent_id: string, name: string, error: AppError): void {
  services.log.warn('A push to Retell failed', { run_id: run.id, agent_id, error });
  problems.push({ agent_id, name, reason: `${error.message} ${error.hint}` });
}

async function readBack(
  { run, observed, observations, unreadable }: Pushing,
  agent_id: string,
): Promise<Agent | null | undefined> {
  const answer = await readAgent(run, agent_id, { previous: observed.observations.get(agent_id) });
  if (answer === null) unreadable.set(agent_id, 'There was no time left to read it back');
  else if ('problem' in answer) unreadable.set(agent_id, answer.problem);
  else observations.set(agent_id, answer);
  return answer !== null && 'agent' in answer ? answer.agent : undefined;
}
