/** Carries to Retell what only the platform changed: names, and agents for rows that have none. */

import { saveReadings } from '../db/readings.ts';
import type { Interviewer, Reading } from '../domain/agent.ts';
import type { Inventory } from '../domain/inventory.ts';
import { nameOf } from '../domain/names.ts';
import type { Happening } from '../domain/outcome.ts';
import type { Plan, PlannedPush, Problem } from '../domain/plan.ts';
import { AppError } from '../errors.ts';
import type { Services } from '../services.ts';
import { createAgent, readTemplate } from './create-agent.ts';
import { renameAgent } from './rename-agent.ts';
import type { RunningRun } from './run.ts';
import { readAgent } from './take-inventory.ts';

export interface PushResult {
  readonly pushed: readonly Happening[];
  readonly problems: readonly Problem[];
  /** With what Retell says after the pushes: a plan made of it finds both sides agreed. */
  readonly inventory: Inventory;
  /** Agents created for rows, by the row's id. */
  readonly created: ReadonlyMap<string, string>;
  readonly changed: boolean;
}

interface Pushing {
  readonly services: Services;
  readonly run: RunningRun;
  readonly inventory: Inventory;
  readonly created: Map<string, string>;
  readonly readings: Map<string, Reading>;
  readonly unreadable: Map<string, string>;
  readonly pushed: Happening[];
  readonly problems: Problem[];
}

/** A failed push is a problem, and is tried again by the next sync: nothing in the database says that it was done. */
export async function pushToRetell(
  services: Services,
  run: RunningRun,
  plan: Plan,
  inventory: Inventory,
  created: ReadonlyMap<string, string>,
): Promise<PushResult> {
  const nothing = { pushed: [], problems: [], inventory, created, changed: false };
  // A partial run has no time left, and a dry run changes nothing anywhere.
  if (inventory.pending.size > 0) return nothing;
  if (run.id === null) return { ...nothing, pushed: wouldPush(plan) };
  if (plan.pushes.length + plan.creations.length === 0) return nothing;
  const pushing: Pushing = {
    services,
    run,
    inventory,
    created: new Map(created),
    readings: new Map(),
    unreadable: new Map(inventory.unreadable),
    pushed: [],
    problems: [],
  };
  for (const push of plan.pushes) await pushName(pushing, push);
  if (plan.creations.length > 0) await createAgents(pushing, plan.creations);
  const fresh = [...pushing.readings.values()];
  if (fresh.length > 0) await saveReadings(services.database.query, fresh);
  return {
    pushed: pushing.pushed,
    problems: pushing.problems,
    inventory: {
      ...inventory,
      readings: new Map([...inventory.readings, ...pushing.readings]),
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

async function pushName(pushing: Pushing, push: PlannedPush): Promise<void> {
  const { agent_id } = push.agent;
  await attempt(pushing, agent_id, push.row.name, async () => {
    const reason = await renameAgent(pushing.services.database.query, pushing.run.session, push);
    if (reason === null) return;
    pushing.pushed.push({ agent_id, interviewer_id: push.row.id, name: push.row.name, reason });
  });
  // Read back even after a failure: a rename whose answer was lost may have taken effect.
  await readBack(pushing, agent_id);
}

async function createAgents(pushing: Pushing, rows: readonly Interviewer[]): Promise<void> {
  const { services, run, inventory } = pushing;
  const templateId = services.config.templateAgentId ?? '';
  await attempt(pushing, templateId, 'Template agent', async () => {
    const template = await readTemplate(run.session, templateId);
    for (const row of rows) {
      await attempt(pushing, 'unknown', row.name, async () => {
        const agent_id = await createAgent(services.database.query, run.session, row, template, inventory.listed);
        if (agent_id === null) return;
        pushing.created.set(row.id, agent_id);
        const reason = `Agent created in Retell from the template ${templateId}`;
        pushing.pushed.push({ agent_id, interviewer_id: row.id, name: row.name, reason });
        await readBack(pushing, agent_id);
      });
    }
  });
}

async function attempt(pushing: Pushing, agent_id: string, name: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    pushing.services.log.warn('A push to Retell failed', { run_id: pushing.run.id, agent_id, error });
    pushing.problems.push({ agent_id, name, reason: `${error.message} ${error.hint}` });
  }
}

async function readBack({ run, inventory, readings, unreadable }: Pushing, agent_id: string): Promise<void> {
  const answer = await readAgent(run, agent_id, undefined, inventory.readings.get(agent_id));
  if (answer === null) unreadable.set(agent_id, 'There was no time left to read it back');
  else if ('problem' in answer) unreadable.set(agent_id, answer.problem);
  else readings.set(agent_id, answer);
}
