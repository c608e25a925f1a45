/**
 * How a change moved the names of an agent and its row: the names that an undo puts back, and those that it must still
 * find.
 */
import { type Names, nameOf } from './agent.ts';
import type { Change } from './change.ts';
import { storedMergeBase } from './merge-name.ts';

export interface NameMove {
  readonly before: Names;
  readonly after: Names;
}

/**
 * null: no name changed. Before a pull or a push both sides had the merge base; before a conflict they had none, and what
 * an undo puts back on both is the name that lost.
 */
export function nameMoveOf(change: Change): NameMove | null {
  if (change.action === 'update' || change.action === 'restore') {
    const { row, observation, name } = change;
    if (row.name === name) return null;
    const before = row.name === row.base_database_name ? storedMergeBase(row) : null;
    return { before: before ?? both(row.name), after: { retell_name: nameOf(observation.agent), database_name: name } };
  }
  if (change.action === 'push') {
    const { row, agent } = change;
    if (agent.agent_name === row.name) return null;
    const before = nameOf(agent) === row.base_retell_name ? storedMergeBase(row) : null;
    return { before: before ?? both(nameOf(agent)), after: both(row.name) };
  }
  if (change.action !== 'conflict') return null;
  return { before: both(change.database_name), after: both(change.retell_name) };
}

function both(name: string): Names {
  return { retell_name: name, database_name: name };
}
