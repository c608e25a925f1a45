/** What waits for a confirmation, and the command that confirms it. Pure. */

import { visibleSentence, visibleText } from '../../../shared/visible-text.ts';
import type { Paint } from './style.ts';
import { columns } from './table.ts';
import { shownCount, shownValue, sortedByName } from './values.ts';

export interface Waiting {
  /** What happened, in a sentence. */
  readonly message: string;
  readonly entries: readonly { readonly agent_id: string | null; readonly name: string; readonly reason: string }[];
  /** The number of all entries, including those that a cut list leaves out. */
  readonly count: number;
}

export function waitingLines({ message, entries, count }: Waiting, paint: Paint): readonly string[] {
  const rows = sortedByName(entries).map(({ name, agent_id, reason }) => [
    { text: '  -', tone: 'red' } as const,
    shownValue(name),
    { text: visibleText(agent_id ?? 'no agent'), tone: 'dim' } as const,
    visibleSentence(reason),
  ]);
  const left = count - entries.length;
  return [
    ...columns(rows, paint),
    ...(left > 0 ? [`  - ... and ${shownCount(left)} more`] : []),
    ...(rows.length === 0 ? [] : ['']),
    paint('yellow', visibleSentence(message)),
  ];
}
