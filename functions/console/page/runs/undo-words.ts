/** Describes what an undo did or would do. */
import type { UndoCounts, UndoReport } from '../data/api-types.ts';
import { counted } from '../ui/format.ts';

const PARTS: readonly (readonly [keyof UndoCounts, noun: string, would: string, did: string])[] = [
  ['set_back', 'name', 'set back', 'set back'],
  ['restored', 'interviewer', 'restore', 'restored'],
  ['archived', 'interviewer', 'archive', 'archived'],
  ['marked_deleted', 'interviewer', 'mark as deleted', 'marked as deleted'],
  ['kept', 'change', 'keep', 'kept'],
  ['failed', 'change', 'fail for', 'failed for'],
];

/** `The undo would set back 1 name and keep 2 changes.`; `The undo set back 1 name.` */
export function undoSentence({ counts, dry_run }: Pick<UndoReport, 'counts' | 'dry_run'>): string {
  const parts = PARTS.filter(([name]) => counts[name] > 0).map(
    ([name, noun, would, did]) => `${dry_run ? would : did} ${counted(counts[name], noun)}`,
  );
  const what =
    parts.length === 0 ? (dry_run ? 'change nothing' : 'changed nothing') : new Intl.ListFormat('en').format(parts);
  return `The undo ${dry_run ? 'would ' : ''}${what}.`;
}
