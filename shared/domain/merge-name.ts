/** Three-way merge of an interviewer's name over its merge base. */
import type { Interviewer, Names } from './agent.ts';

export type Direction = 'both' | 'pull';

export type NameMerge =
  /** Both sides agree. */
  | 'unchanged'
  /** The row takes Retell's name. */
  | 'pull'
  /** Only the platform renamed: Retell takes the row's name. */
  | 'push'
  /** Both renamed: Retell wins, and the conflict is reported. */
  | 'conflict';

/**
 * FoloUp gives these rows other names than their agents: the pairs are in sync from the start, and neither side is
 * renamed.
 */
const FOLOUP_PAIRS: ReadonlyMap<string, string> = new Map([
  ['Lisa', 'Explorer Lisa'],
  ['Bob', 'Empathetic Bob'],
]);

type NamedRow = Pick<Interviewer, 'name' | 'base_retell_name' | 'base_database_name' | 'pending_name'>;

export function mergeName(row: NamedRow, retell_name: string, direction: Direction): NameMerge {
  if (namesAgree(row, retell_name)) return 'unchanged';
  const base = mergeBaseOf(row, retell_name);
  if (base === null || row.name === base.database_name) return 'pull';
  if (retell_name !== base.retell_name) return 'conflict';
  return direction === 'both' ? 'push' : 'pull';
}

/** Whether the names of a row and its agent belong together. */
export function namesAgree(row: Omit<NamedRow, 'pending_name'>, retell_name: string | null): boolean {
  if (row.name === retell_name) return true;
  if (row.base_retell_name === null) return retell_name !== null && FOLOUP_PAIRS.get(retell_name) === row.name;
  return row.base_retell_name === retell_name && row.base_database_name === row.name;
}

/** A pending push that reached Retell counts as the merge base, even if its run died before it saved that. */
function mergeBaseOf(row: NamedRow, retell_name: string): Names | null {
  return row.pending_name === retell_name ? { retell_name, database_name: retell_name } : storedMergeBase(row);
}

/** null: both sides never agreed. */
export function storedMergeBase(row: Omit<NamedRow, 'name' | 'pending_name'>): Names | null {
  const { base_retell_name: retell_name, base_database_name: database_name } = row;
  return retell_name === null ? null : { retell_name, database_name: database_name ?? retell_name };
}
