/** The part of the set-up checklist that the overview shows. */
import type { ChecklistItem } from '../data/api-types.ts';

export interface OpenSetUp {
  /** Items that are to do or unknown. */
  readonly items: readonly ChecklistItem[];
  readonly done: number;
  /** The number of items that are not optional. */
  readonly needed: number;
}

/**
 * null once nothing is to do. Unknown items are listed beside those to do, but do not keep the list open: the service
 * can never know whether the alarm emails were confirmed, and learns the others on its own.
 */
export function openSetUp(checklist: readonly ChecklistItem[]): OpenSetUp | null {
  if (!checklist.some(({ done }) => done === false)) return null;
  const needed = checklist.filter(({ optional }) => optional !== true);
  const items = needed.filter(({ done }) => done !== true);
  return { items, done: needed.length - items.length, needed: needed.length };
}
