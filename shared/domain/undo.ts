/** Decides what an undo of a run does. Pure: the present state of both sides comes as arguments. */
import type { UndoCounts, UndoEntry, UndoOutcome } from '../api/undo.ts';
import type { Result } from '../errors.ts';
import { type Agent, type LinkedInterviewer, type Names, nameOf } from './agent.ts';
import { planToken } from './guard.ts';
import type { Direction } from './merge-name.ts';
import type { NameMove } from './name-move.ts';
import { fieldChange } from './synced-columns.ts';

/** A name that a run changed. */
export interface MovedName extends NameMove {
  readonly agent_id: string;
  readonly interviewer_id: string | null;
  readonly name: string;
}

/** The present names on both sides. */
export interface NameFacts {
  /** The agent's row in use; undefined if it has no such row. */
  readonly row: LinkedInterviewer | undefined;
  /** null: Retell has no such agent. */
  readonly agent: Result<Agent | null>;
}

interface UndoPolicy {
  readonly direction: Direction;
  readonly namePatterns: RegExp;
}

/** A name is put back only if nothing has changed since then, or if an earlier undo did half of it. */
export function planName(moved: MovedName, facts: NameFacts, policy: UndoPolicy): UndoEntry {
  const { agent_id, name } = moved;
  const decision = decideName(moved, facts, policy);
  const { row, agent } = facts;
  const entry = { agent_id, interviewer_id: row?.id ?? moved.interviewer_id, name: row?.name ?? name, ...decision };
  if (decision.outcome !== 'set_back') return entry;
  const retell_name = agent.ok && agent.value !== null ? agent.value.agent_name : null;
  const changes = [
    ...fieldChange('name', row?.name ?? null, moved.before.database_name),
    ...fieldChange('retell_name', retell_name, moved.before.retell_name),
  ];
  return { ...entry, changes };
}

interface UndoDecision {
  readonly outcome: UndoOutcome;
  readonly reason: string;
}

function decideName(moved: MovedName, { row, agent }: NameFacts, policy: UndoPolicy): UndoDecision {
  const { before, after } = moved;
  if (policy.direction === 'pull') return kept('SYNC_DIRECTION is "pull": no name is written to Retell');
  if (row === undefined) return kept('The agent has no interviewer any more');
  if (moved.interviewer_id !== null && row.id !== moved.interviewer_id)
    return kept('The agent has another interviewer by now');
  if (!agent.ok) return { outcome: 'failed', reason: `The agent could not be read from Retell: ${agent.reason}` };
  if (agent.value === null) return kept('Retell has no such agent: it is gone, or the run was of another account');
  const now: Names = { retell_name: nameOf(agent.value), database_name: row.name };
  if (now.retell_name === before.retell_name && now.database_name === before.database_name) {
    return kept('Both sides have the earlier name already');
  }
  const isUnchanged =
    [before.retell_name, after.retell_name].includes(now.retell_name) &&
    [before.database_name, after.database_name].includes(now.database_name);
  if (!isUnchanged)
    return kept(`Renamed since: ${quoted(now.retell_name)} in Retell, ${quoted(now.database_name)} in the database`);
  if (!policy.namePatterns.test(before.retell_name)) {
    return kept(
      `${quoted(before.retell_name)} matches no interview pattern, so the agent would no longer be an interviewer`,
    );
  }
  return { outcome: 'set_back', reason: `The name is set back to ${quoted(before.database_name)} on both sides` };
}

/** A row that the run's cleanup archived or marked as deleted. */
export interface RemovedRow {
  readonly agent_id: string;
  readonly interviewer_id: string;
  readonly name: string;
  /** It has been restored, or removed again, since then. */
  readonly closed: boolean;
  /** Another row now has the agent or the id, or the row is in use again. */
  readonly taken: boolean;
}

export function planRestore({ agent_id, interviewer_id, name, closed, taken }: RemovedRow): UndoEntry {
  const entry = { agent_id, interviewer_id, name };
  if (closed) return { ...entry, ...kept('It was restored, or cleaned up again, since') };
  if (taken) return { ...entry, ...kept('Another interviewer has the agent or the id by now') };
  const reason =
    'The row comes back under its old id, as an orphan; the next sync makes it active if its agent is in Retell';
  return { ...entry, outcome: 'restored', reason };
}

const APPLIED: ReadonlySet<UndoOutcome> = new Set(['set_back', 'restored', 'archived', 'marked_deleted']);

/** The entries that an undo applies, or in a dry run would apply. */
export function appliedEntries(entries: readonly UndoEntry[]): readonly UndoEntry[] {
  return entries.filter(({ outcome }) => APPLIED.has(outcome));
}

export interface UndoneRun {
  readonly id: number;
  /** The newest undo of it that was itself undone; null: there was none. */
  readonly last_undo: number | null;
}

/** A token for exactly these changes of this run: other agents, other names or another undo give another token. */
export function undoToken({ id, last_undo }: UndoneRun, entries: readonly UndoEntry[]): string {
  const changes = appliedEntries(entries).map(({ agent_id, interviewer_id, outcome, changes = [] }) =>
    JSON.stringify([agent_id, interviewer_id, outcome, changes]),
  );
  return planToken([JSON.stringify([id, last_undo]), ...changes]);
}

/** A finished undo. */
export interface FinishedUndo {
  readonly id: number;
  readonly undoes: number;
}

/** The undo of a run; null if the run was not undone, or if its undo was itself undone. */
export function undoneBy(run_id: number, undos: readonly FinishedUndo[]): number | null {
  const effective = undos.filter(({ id, undoes }) => undoes === run_id && undoneBy(id, undos) === null);
  return effective.at(-1)?.id ?? null;
}

function kept(reason: string): UndoDecision {
  return { outcome: 'kept', reason };
}

function quoted(name: string): string {
  return JSON.stringify(name);
}

type EntryCounts = Omit<UndoCounts, 'not_undoable'>;

export function countUndo(entries: readonly UndoEntry[]): EntryCounts {
  const count = (outcome: UndoOutcome) => entries.filter((entry) => entry.outcome === outcome).length;
  return {
    set_back: count('set_back'),
    restored: count('restored'),
    archived: count('archived'),
    marked_deleted: count('marked_deleted'),
    kept: count('kept'),
    failed: count('failed'),
  };
}

const WORDS: readonly (readonly [keyof UndoCounts, done: string, planned: string])[] = [
  ['set_back', 'set back', 'to set back'],
  ['restored', 'restored', 'to restore'],
  ['archived', 'archived again', 'to archive again'],
  ['marked_deleted', 'marked deleted again', 'to mark deleted again'],
  ['kept', 'kept', 'to keep'],
  ['failed', 'failed', 'failed'],
  ['not_undoable', 'that cannot be undone', 'that cannot be undone'],
];

export function undoMessage(id: number, counts: UndoCounts, { dry_run }: { readonly dry_run: boolean }): string {
  const parts = WORDS.filter(([name]) => counts[name] > 0).map(
    ([name, done, planned]) => `${counts[name].toLocaleString('en-US')} ${dry_run ? planned : done}`,
  );
  const done = parts.length === 0 ? 'nothing to put back' : parts.join(', ');
  return dry_run ? `Dry run, nothing was changed: undo of run ${id}: ${done}` : `Undo of run ${id}: ${done}`;
}
