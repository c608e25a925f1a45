/** What an undo put back or would put back, and what it leaves. Pure. */
import type { UndoEntry, UndoReport } from '../../../shared/api/undo.ts';
import { counted } from '../../../shared/text.ts';
import { visibleSentence, visibleText } from '../../../shared/visible-text.ts';
import { changeLines } from './plan-text.ts';
import type { Paint, Tone } from './style.ts';
import { columns } from './table.ts';
import { shownCount, shownValue, sortedByName } from './values.ts';

const MARKS: Readonly<Record<UndoEntry['outcome'], { readonly text: string; readonly tone: Tone }>> = {
  set_back: { text: '  ~ set back', tone: 'yellow' },
  restored: { text: '  + restore', tone: 'green' },
  archived: { text: '  - archive', tone: 'red' },
  marked_deleted: { text: '  - mark deleted', tone: 'red' },
  kept: { text: '    keep', tone: 'dim' },
  failed: { text: '  x failed', tone: 'red' },
};

export function undoLines({ entries, counts, message }: UndoReport, paint: Paint): readonly string[] {
  const { set_back, restored, archived, marked_deleted, kept, failed, not_undoable } = counts;
  const left = set_back + restored + archived + marked_deleted + kept + failed - entries.length;
  const follows = `${counted(not_undoable, 'change')} of the run only followed Retell: change the agent there.`;
  return [
    ...undoEntryLines(entries, paint),
    ...(left > 0 ? [`    ... and ${shownCount(left)} more`] : []),
    ...(entries.length === 0 ? [] : ['']),
    paint('bold', `${visibleSentence(message)}.`),
    ...(not_undoable === 0 ? [] : [paint('dim', follows)]),
  ];
}

export function undoEntryLines(entries: readonly UndoEntry[], paint: Paint): readonly string[] {
  const sorted = sortedByName(entries);
  const heads = columns(
    sorted.map(({ outcome, name, agent_id, reason, changes = [] }) => [
      MARKS[outcome],
      { text: shownValue(name), tone: 'bold' },
      { text: visibleText(agent_id ?? 'no agent'), tone: 'dim' },
      ...(changes.length === 0 ? [visibleSentence(reason)] : []),
    ]),
    paint,
  );
  return sorted.flatMap(({ changes = [], reason }, index) => [
    heads[index] ?? '',
    ...(changes.length === 0 ? [] : [...changeLines(changes, paint), visibleSentence(reason)]).map(
      (line) => `      ${line}`,
    ),
  ]);
}
