/** Which conflicts of names were closed. Pure. */
import type { AcknowledgeReport } from '../../../shared/api/cleanup.ts';
import { visibleSentence, visibleText } from '../../../shared/visible-text.ts';
import type { Paint } from './style.ts';
import { columns } from './table.ts';

export function acknowledgeLines({ message, acknowledged }: AcknowledgeReport, paint: Paint): readonly string[] {
  const rows = acknowledged.map(({ agent_id, outcome }) => [
    { text: `  ${outcome.replace('_', ' ')}`, tone: outcome === 'acknowledged' ? 'green' : 'yellow' } as const,
    visibleText(agent_id),
    ...(outcome === 'not_found' ? ['It has no open conflict'] : []),
  ]);
  return [...columns(rows, paint), '', paint('bold', `${visibleSentence(message)}.`)];
}
