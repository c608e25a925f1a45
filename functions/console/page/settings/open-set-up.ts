/** What of the set-up checklist the overview shows. */
import type { ChecklistItem } from '../data/api-types.ts';

export interface OpenSetUp {
  /** To do, or not known. */
  readonly items: readonly ChecklistItem[];
  readonly done: number;
  /** Without what is optional. */
  readonly needed: number;
}

/**
 * null once nothing is to do. What is not known is listed beside what is to do, but does not keep the list open: the service
 * can never know whether the alarms' mail was confirmed, and learns the rest by itself.
 */
export function openSetUp(checklist: readonly ChecklistItem[]): OpenSetUp | null {
  if (!checklist.some(({ done }) => done === false)) return null;
  const needed = checklist.filter(({ optional }) => optional !== true);
  const items = needed.filter(({ done }) => done !== true);
  return { items, done: needed.length - items.length, needed: needed.length };
}
