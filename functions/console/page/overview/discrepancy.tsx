import { visibleText } from '../../../../shared/visible-text.ts';
import { AgentLink } from '../agents/agent-link.tsx';
import { DISCREPANCIES } from '../labels.ts';
import { useOperations } from '../operations/use-operations.tsx';
import { Badge } from '../ui/badge.tsx';
import { counted } from '../ui/format.ts';
import { Sentence } from '../ui/text.tsx';
import type { ListedDiscrepancy } from './attention.ts';
import { Differences } from './differences.tsx';

export function Discrepancy({ discrepancy }: { discrepancy: ListedDiscrepancy }) {
  const { agent_id, name, status, details, differences, points } = discrepancy;
  const { word, tone, meaning } = DISCREPANCIES[status];
  const { busy, start } = useOperations();
  return (
    <li>
      <Badge tone={tone} word={word} />
      <div>
        <AgentLink agent_id={agent_id} name={name} />
        {differences.length > 0 ? (
          <Differences differences={differences} />
        ) : (
          <p>
            <Sentence text={details} />
          </p>
        )}
        <p class="muted">{meaning}</p>
      </div>
      <div class="actions">
        {points !== null && <span class="muted">−{counted(points, 'point')}</span>}
        <button
          type="button"
          class="secondary small"
          disabled={busy !== null}
          aria-label={`Fix ${visibleText(name)}`}
          onClick={() => start('fix', { agent_id })}
        >
          Fix
        </button>
      </div>
    </li>
  );
}
