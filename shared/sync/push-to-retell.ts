/** Pushes what only the platform changed to Retell: names, and agents for rows without one. */
import { type PushedName, recoverPushedNames, savePushedNames } from '../db/merge-bases.ts';
import { type Agent, isAgentObservation, type ListedAgent, nameOf } from '../domain/agent.ts';
import {
  type Change,
  type CreateAgentChange,
  changesOf,
  type ErrorChange,
  entryFields,
  type PushChange,
} from '../domain/change.ts';
import { linkedRows, type ObservedState, type Pending } from '../domain/observed-state.ts';
import { plan } from '../domain/plan.ts';
import type { Plan, PlanInput } from '../domain/plan-types.ts';
import type { AppError } from '../errors.ts';
import {
  attempt,
  type Creator,
  createAgent,
  finishRename,
  type PushStep,
  type RetellResult,
  readTemplate,
  renameAgent,
  withoutLateErrors,
} from './push-agent.ts';
import { readAgent, saveRead } from './read-state.ts';
import type { RecordedRun, RunContext } from './run.ts';

/** What a sync decided, after its pushes reached Retell. */
export interface PushedPlan {
  /** With the observations made after the pushes, so that the plan finds both sides in sync. */
  readonly observed: ObservedState;
  readonly plan: Plan;
  /** What was pushed to Retell, or in a dry run would be, and the pushes that failed. */
  readonly pushed: readonly Change[];
}

interface Pushing {
  readonly run: RecordedRun;
  readonly input: PlanInput;
  /** The whole listing. */
  readonly listed: ReadonlyMap<string, ListedAgent>;
  /** Pushes that an earlier run may have left unfinished. */
  readonly pending: readonly PushedName[];
}

/**
 * Plans, pushes, and plans again from what the pushes left in Retell. A failed push is an error in the report, and the
 * next sync repeats it: nothing in the database marks it as done.
 */
export async function planAndPush(
  run: RunContext,
  input: PlanInput,
  known: Pick<Pushing, 'listed' | 'pending'>,
): Promise<PushedPlan> {
  const { observed } = input;
  const planned = plan(input);
  const unpushed = { observed, plan: planned, pushed: [] };
  // A partial run has no time left.
  if (observed.pending.size > 0) return unpushed;
  const creates = changesOf(planned.changes, 'create_agent');
  if (run.id === null) return { ...unpushed, pushed: [...changesOf(planned.changes, 'push'), ...creates] };
  const pushing: Pushing = { ...known, run, input };
  const renames = listRenames(pushing, planned);
  if (renames.length + creates.length === 0) return unpushed;
  const named = await pushNames(pushing, renames);
  const created = named.at(-1)?.outOfTime ? [] : await createAgents(pushing, creates);
  const steps = [...named, ...created].map(withoutLateErrors);
  await saveSteps(run, steps);
  const after = inputAfter(input, steps, leftOver(renames.length + creates.length, steps));
  return { observed: after.observed, plan: plan(after), pushed: steps.flatMap(({ change }) => change ?? []) };
}

/** The step that found the run out of time is the last. It may have pushed, with no time left to read back. */
function leftOver(items: number, steps: readonly PushStep[]): Omit<Pending, 'pending'> {
  const last = steps.at(-1);
  if (last?.outOfTime !== true) return { unpushed: 0, unverified: 0 };
  const unverified = last.change === null ? 0 : 1;
  return { unpushed: items - steps.length + 1 - unverified, unverified };
}

/** Pushes names that no sync has planned; the steps are in the order of `changes`, up to where the time ran out. */
export async function pushRenames(
  run: RecordedRun,
  changes: readonly PushChange[],
  input: PlanInput,
): Promise<readonly PushStep[]> {
  const pushing: Pushing = { run, input, listed: input.observed.listed, pending: [] };
  const steps = await pushNames(pushing, renamesOf(run, changes));
  await saveSteps(run, steps);
  return steps;
}

/** A rename, and how it reaches Retell: `push` returns what it did, or null if there was nothing to do. */
interface Rename {
  readonly change: PushChange;
  readonly push: () => Promise<string | null>;
}

function renamesOf(run: RecordedRun, changes: readonly PushChange[]): readonly Rename[] {
  return changes.map((change) => ({ change, push: () => renameAgent(run, change) }));
}

/** The planned renames, and drafts of ours that an earlier run left unpublished: they have the name, so no plan renames them. */
function listRenames({ run, input, pending }: Pushing, { changes }: Plan): readonly Rename[] {
  if (input.policy.direction !== 'both') return [];
  const planned = renamesOf(run, changesOf(changes, 'push'));
  const known = new Set(planned.map(({ change }) => change.agent_id));
  const rows = linkedRows(input.rows);
  const unfinished = pending.flatMap(({ agent_id, name }): Rename[] => {
    const [row, agent] = [rows.get(agent_id), input.observed.observations.get(agent_id)?.agent];
    if (known.has(agent_id) || row === undefined || !agent) return [];
    const change: PushChange = { action: 'push', agent_id, name, ...entryFields(row, null), reason: '', row, agent };
    return [{ change, push: () => finishRename(run, agent_id) }];
  });
  return [...planned, ...unfinished];
}

async function pushNames(pushing: Pushing, renames: readonly Rename[]): Promise<readonly PushStep[]> {
  const { services, started_at } = pushing.run;
  const current = renames.map(({ change }) => ({ agent_id: change.agent_id, name: nameOf(change.agent) }));
  if (current.length > 0) await recoverPushedNames(services.database.query, current, started_at);
  return untilOutOfTime(renames, (rename) => pushName(pushing, rename));
}

async function pushName(pushing: Pushing, { change, push }: Rename): Promise<PushStep> {
  const { agent_id, name } = change;
  const pushed = await attempt(push);
  // Read back even after a failure, because a rename whose response was lost may have taken effect.
  const read = await readBack(pushing, agent_id);
  const agent = read.observation?.agent;
  const arrived = agent?.agent_name === name ? { arrived: { agent_id, name } } : {};
  const outcome = renameOutcome(pushing.run, change, pushed, agent);
  return { ...read, ...arrived, ...outcome, outOfTime: read.outOfTime === true || outcome.outOfTime === true };
}

function renameOutcome(
  run: RecordedRun,
  change: PushChange,
  pushed: RetellResult<string | null>,
  agent: Agent | null | undefined,
): Pick<PushStep, 'change' | 'outOfTime'> {
  const { agent_id, name } = change;
  if (pushed.ok) return { change: pushed.value === null ? null : { ...change, reason: pushed.value } };
  if (pushed.error.code === 'outcome_unknown' && agent?.agent_name === name && agent.is_published) {
    const reason = `name in Retell: ${JSON.stringify(name)} (the response was lost, but the name is published)`;
    return { change: { ...change, reason } };
  }
  return failedPush(run, { agent_id, name }, pushed.error);
}

async function createAgents(pushing: Pushing, creates: readonly CreateAgentChange[]): Promise<readonly PushStep[]> {
  if (creates.length === 0) return [];
  const { run, input, listed } = pushing;
  const { templateAgentId } = run.services.config;
  const template_id = templateAgentId ?? '';
  const template = await attempt(() => readTemplate(run.session, template_id));
  if (!template.ok) return [failedPush(run, { agent_id: template_id, name: 'Template agent' }, template.error)];
  const taken = new Set([...listed.keys(), ...input.createdAgents.values()]);
  const creator: Creator = { run, template: template.value, taken };
  return untilOutOfTime(creates, async (change) => {
    const step = await createAgentFor(pushing, creator, change);
    if (step.created !== undefined) taken.add(step.created.agent_id);
    return step;
  });
}

async function createAgentFor(pushing: Pushing, creator: Creator, change: CreateAgentChange): Promise<PushStep> {
  const { run, input, listed } = pushing;
  const { row } = change;
  const earlier = input.createdAgents.get(row.id) ?? null;
  // The listing does not show it yet, or no longer.
  const unlisted = earlier !== null && !listed.has(earlier);
  if (unlisted) {
    const read = await readBack(pushing, earlier);
    if (read.unreadable !== undefined || isAgentObservation(read.observation)) return { ...read, change: null };
  }
  const created = await attempt(() => createAgent(creator, row, unlisted ? earlier : null));
  if (!created.ok) return failedPush(run, { agent_id: null, name: row.name }, created.error);
  const agent_id = created.value;
  if (agent_id === null) return { change: null };
  const reason = `Agent created in Retell from the template ${run.services.config.templateAgentId}`;
  const read = await readBack(pushing, agent_id);
  return { ...read, change: { ...change, agent_id, reason }, created: { interviewer_id: row.id, agent_id } };
}

/** The steps, up to the first step that finds the run out of time. */
async function untilOutOfTime<Item>(
  items: readonly Item[],
  work: (item: Item) => Promise<PushStep>,
): Promise<PushStep[]> {
  const steps: PushStep[] = [];
  for (const item of items) {
    const step = await work(item);
    steps.push(step);
    if (step.outOfTime) break;
  }
  return steps;
}

function failedPush(
  { services, id: run_id }: RunContext,
  { agent_id, name }: Pick<ErrorChange, 'agent_id' | 'name'>,
  error: AppError,
): Pick<PushStep, 'outOfTime'> & { readonly change: ErrorChange } {
  services.log.warn(`Push of ${JSON.stringify(name)} failed; the next sync repeats it`, { run_id, agent_id, error });
  const reason = `${error.message} ${error.hint}`;
  return { change: { action: 'error', agent_id, name, reason }, outOfTime: error.code === 'deadline_exceeded' };
}

async function readBack(
  { run, input }: Pushing,
  agent_id: string,
): Promise<Pick<PushStep, 'observation' | 'unreadable' | 'outOfTime'>> {
  const result = await readAgent(run, agent_id, { previous: input.observed.observations.get(agent_id) });
  if (result.ok) return { observation: result.value };
  return { unreadable: { agent_id, name: null, reason: result.reason }, outOfTime: result.cause === 'out_of_time' };
}

async function saveSteps(run: RecordedRun, steps: readonly PushStep[]): Promise<void> {
  await saveRead(
    run,
    steps.flatMap(({ observation }) => observation ?? []),
  );
  const arrived = steps.flatMap((step) => step.arrived ?? []);
  if (arrived.length > 0) await savePushedNames(run.services.database.query, arrived, run.started_at);
}

/** `left`: what the run had no time to push, which makes it partial. */
function inputAfter(input: PlanInput, steps: readonly PushStep[], left: Omit<Pending, 'pending'>): PlanInput {
  const { observed, createdAgents } = input;
  const read = steps.flatMap(({ observation }) => (observation ? [[observation.agent_id, observation] as const] : []));
  const unreadable = steps
    .flatMap((step) => step.unreadable ?? [])
    .map(({ agent_id, ...rest }) => [agent_id, rest] as const);
  const created = steps.flatMap((step) => step.created ?? []).map((one) => [one.interviewer_id, one.agent_id] as const);
  return {
    ...input,
    observed: {
      ...observed,
      observations: new Map([...observed.observations, ...read]),
      unreadable: new Map([...observed.unreadable, ...unreadable]),
      ...left,
      read: observed.read + read.length,
    },
    createdAgents: new Map([...createdAgents, ...created]),
  };
}
