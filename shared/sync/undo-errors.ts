/** Why an undo is refused. */
import { ERRORS } from '../api/errors.ts';
import type { UndoEntry } from '../api/undo.ts';
import { LIMITS } from '../contract.ts';
import { AppError } from '../errors.ts';
import { cutField } from '../text.ts';

export function nothingToUndo(id: number, why: string, entries: readonly UndoEntry[]): AppError {
  return new AppError({
    status: 409,
    code: 'nothing_to_undo',
    message: `Nothing of run ${id} can be put back: ${why}.`,
    hint: ERRORS.nothing_to_undo.hint,
    details: cutField('entries', entries, LIMITS.answerListEntries),
  });
}
