/** Describes what an undo did or would do. */
import type { UndoCounts, UndoReport } from '../data/api-types.ts';
import { counted } from '../ui/format.ts';

interface Part {
  readonly name: keyof UndoCounts;
  readonly noun: string;
  readonly would: string;
  readonly did: string;
  /** After the noun. */
  readonly how?: string;
}

/** An undo takes rows out of use only to undo their restore. */
const PARTS: readonly Part[] = [
  { name: 'set_back', noun: 'name', would: 'set back', did: 'set back' },
  { name: 'restored', noun: 'interviewer', would: 'restore', did: 'restored' },
  { name: 'archived', noun: 'interviewer', would: 'archive', did: 'archived', how: ' again' },
  { name: 'marked_deleted', noun: 'interviewer', would: 'mark', did: 'marked', how: ' as deleted again' },
  { name: 'kept', noun: 'change', would: 'keep', did: 'kept' },
  { name: 'failed', noun: 'change', would: 'fail for', did: 'failed for' },
];

/** `The undo would set back 1 name and keep 2 changes.`; `The undo set back 1 name.` */
export function undoSentence({ counts, dry_run }: Pick<UndoReport, 'counts' | 'dry_run'>): string {
  const parts = PARTS.filter(({ name }) => counts[name] > 0).map(
    ({ name, noun, would, did, how = '' }) => `${dry_run ? would : did} ${counted(counts[name], noun)}${how}`,
  );
  const what =
    parts.length === 0 ? (dry_run ? 'change nothing' : 'changed nothing') : new Intl.ListFormat('en').format(parts);
  return `The undo ${dry_run ? 'would ' : ''}${what}.`;
}
