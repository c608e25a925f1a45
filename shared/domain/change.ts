/** What a run did, in the words that people read; the report, the audit log and the stored run are all made of it. */
import type { Agent, Interviewer } from './agent.ts';
import { nameOf } from './merge-name.ts';
import type { ObservedState } from './observed-state.ts';
import type { NameConflict, Plan, PlannedUpdate, Problem, Skip } from './plan-types.ts';

/** One thing that happened to one agent. */
export interface Happening {
  readonly agent_id: string;
  readonly interviewer_id?: string;
  readonly name: string;
  readonly voice_id?: string;
  readonly reason: string;
}

export interface Outcome {
  readonly created: readonly Happening[];
  readonly updated: readonly Happening[];
  readonly restored: readonly Happening[];
  readonly orphaned: readonly Happening[];
  readonly pushed: readonly Happening[];
  readonly conflicts: readonly (Happening & NameConflict)[];
  readonly skipped: readonly Skip[];
  readonly errors: readonly Problem[];
  readonly unchanged: number;
}

export interface Counts {
  readonly created: number;
  readonly updated: number;
  readonly restored: number;
  readonly orphaned: number;
  readonly pushed: number;
  readonly conflicts: number;
  readonly skipped: number;
  readonly errors: number;
  readonly unchanged: number;
  /** Agents that the run had no time to read. */
  readonly pending: number;
}

/** The agents whose planned change really reached the database; null: all of them, as in a dry run. */
export interface Written {
  readonly creates: ReadonlySet<string>;
  readonly links: ReadonlySet<string>;
  readonly updates: ReadonlySet<string>;
  readonly restores: ReadonlySet<string>;
  readonly orphans: ReadonlySet<string>;
  readonly problems: readonly Problem[];
}

/** `pushed` happened in Retell before the plan was made again, so they are told apart. */
export function outcomeOf(
  plan: Plan,
  written: Written | null,
  pushed: readonly Happening[],
  problems: readonly Problem[],
): Outcome {
  const reached = (kind: Exclude<keyof Written, 'problems'>, agent_id: string) =>
    written === null || written[kind].has(agent_id);
  return {
    created: plan.creates
      .filter(({ observation }) => reached('creates', observation.agent_id))
      .map(({ observation }) => fromAgent(observation.agent, 'New voice-enabled agent from Retell AI')),
    updated: [
      ...plan.links
        .filter(({ observation }) => reached('links', observation.agent_id))
        .map(({ row, observation }) => fromAgent(observation.agent, linkReason(observation.agent), row)),
      ...plan.updates
        .filter(({ observation }) => reached('updates', observation.agent_id))
        .map((update) => fromUpdate(update, update.changes.join('; '))),
    ],
    restored: plan.restores
      .filter(({ observation }) => reached('restores', observation.agent_id))
      .map((restore) => fromUpdate(restore, ['Agent is back in Retell and eligible', ...restore.changes].join('; '))),
    orphaned: plan.orphans
      .filter(({ observation }) => reached('orphans', observation.agent_id))
      .map(({ row, observation, reason }) => fromRow(row, observation.agent_id, reason)),
    pushed,
    conflicts: plan.conflicts.map((conflict) => ({
      ...conflict,
      name: conflict.retell_name,
      reason: conflictReason(conflict),
    })),
    skipped: plan.skips,
    errors: [...problems, ...plan.problems, ...(written?.problems ?? [])],
    unchanged: plan.unchanged,
  };
}

export function countsOf(outcome: Outcome, observed: Pick<ObservedState, 'pending'>): Counts {
  return {
    created: outcome.created.length,
    updated: outcome.updated.length,
    restored: outcome.restored.length,
    orphaned: outcome.orphaned.length,
    pushed: outcome.pushed.length,
    conflicts: outcome.conflicts.length,
    skipped: outcome.skipped.length,
    errors: outcome.errors.length,
    unchanged: outcome.unchanged,
    pending: observed.pending.size,
  };
}

const TITLES = {
  dry: {
    whole: 'Dry run, nothing was written',
    partial: 'Dry run, nothing was written, and not all agents could be read in time (an audit keeps what it reads)',
  },
  real: { whole: 'Sync completed', partial: 'Sync is partly done and goes on' },
} as const;

export function syncMessage(counts: Counts, run: { readonly dry_run: boolean; readonly partial: boolean }): string {
  const title = TITLES[run.dry_run ? 'dry' : 'real'][run.partial ? 'partial' : 'whole'];
  const parts = Object.entries(counts)
    .filter(([name, count]) => count > 0 || name === 'created' || name === 'updated')
    .map(([name, count]) => `${count} ${name}`);
  return `${title}: ${parts.join(', ')}`;
}

function linkReason(agent: Agent): string {
  return `Linked to the agent of the same name: agent_id: null -> ${JSON.stringify(agent.agent_id)}`;
}

function conflictReason({ retell_name, database_name }: NameConflict): string {
  return `Renamed on both sides: Retell says ${JSON.stringify(retell_name)}, the database said ${JSON.stringify(database_name)}; Retell wins`;
}

function fromUpdate({ row, observation, name }: PlannedUpdate, reason: string): Happening {
  return { ...fromAgent(observation.agent, reason, row), name };
}

function fromAgent(agent: Agent, reason: string, row?: Interviewer): Happening {
  const { agent_id, voice_id } = agent;
  return { agent_id, name: nameOf(agent), ...present({ voice_id, interviewer_id: row?.id }), reason };
}

function fromRow(row: Interviewer, agent_id: string, reason: string): Happening {
  return { agent_id, name: row.name, ...present({ voice_id: row.voice_id, interviewer_id: row.id }), reason };
}

function present(fields: { voice_id?: string | null | undefined; interviewer_id?: string | undefined }): {
  voice_id?: string;
  interviewer_id?: string;
} {
  return {
    ...(fields.voice_id ? { voice_id: fields.voice_id } : {}),
    ...(fields.interviewer_id === undefined ? {} : { interviewer_id: fields.interviewer_id }),
  };
}
