/** What a cleanup or a restore did or would do. Pure. */
import type { CleanupEntry, CleanupReport, RestoreReport } from '../../../shared/api/cleanup.ts';
import { visibleSentence, visibleText } from '../../../shared/visible-text.ts';
import type { Paint, Tone } from './style.ts';
import { columns } from './table.ts';
import { shownCount, shownValue, sortedByName } from './values.ts';

const MARKS: Readonly<Record<CleanupEntry['outcome'], { readonly text: string; readonly tone: Tone }>> = {
  archived: { text: '  - archive', tone: 'red' },
  marked_deleted: { text: '  - mark deleted', tone: 'red' },
  restored: { text: '  + restore', tone: 'green' },
  kept: { text: '    keep', tone: 'dim' },
};

export function cleanupLines({ message, cleaned_agents, candidates }: CleanupReport, paint: Paint): readonly string[] {
  const rows = sortedByName(cleaned_agents).map(({ outcome, name, agent_id, reason }) => [
    MARKS[outcome],
    shownValue(name),
    { text: visibleText(agent_id ?? 'no agent'), tone: 'dim' } as const,
    visibleSentence(reason),
  ]);
  const left = candidates - cleaned_agents.length;
  return [
    ...columns(rows, paint),
    ...(left > 0 ? [`    ... and ${shownCount(left)} more`] : []),
    ...(rows.length === 0 ? [] : ['']),
    paint('bold', `${visibleSentence(message)}.`),
  ];
}

export function restoreLines({ message, restored_agents }: RestoreReport, paint: Paint): readonly string[] {
  const rows = restored_agents.map(({ outcome, name, agent_id, reason }) => [
    { text: `  ${outcome.replaceAll('_', ' ')}`, tone: outcome === 'restored' ? 'green' : 'yellow' } as const,
    shownValue(name),
    { text: visibleText(agent_id), tone: 'dim' } as const,
    visibleSentence(reason),
  ]);
  return [...columns(rows, paint), '', paint('bold', `${visibleSentence(message)}.`)];
}
