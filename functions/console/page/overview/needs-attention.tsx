import { visibleText } from '../../../../shared/visible-text.ts';
import { AgentLink } from '../agents/agent-link.tsx';
import type { AgentOverview, DiscrepancyStatus, LostPoints, Status } from '../data/api-types.ts';
import { namesEndpoint } from '../data/request-error.ts';
import { DISCREPANCIES } from '../labels.ts';
import { useOperations } from '../operations/use-operations.tsx';
import { href } from '../routing/route.ts';
import { Badge } from '../ui/badge.tsx';
import { count, counted } from '../ui/format.ts';
import { Panel } from '../ui/panel.tsx';
import { Sentence } from '../ui/text.tsx';
import { Conflict } from './conflict.tsx';

export interface ListedDiscrepancy {
  readonly agent_id: string;
  readonly name: string;
  readonly status: DiscrepancyStatus;
  readonly details: string;
  /** Cost in points of the health score; null until the next check. */
  readonly points: number | null;
}

export function listDiscrepancies(
  agents: readonly AgentOverview[],
  lost: readonly LostPoints[],
): readonly ListedDiscrepancy[] {
  const points = Map.groupBy(lost, ({ agent_id }) => agent_id);
  return agents.flatMap(({ agent_id, name, reason, discrepancy }) => {
    if (discrepancy === null) return [];
    const cost = points.get(agent_id)?.reduce((sum, { points }) => sum + points, 0) ?? null;
    return [{ agent_id, name, status: discrepancy, details: reason, points: cost }];
  });
}

/** Entries shown; a link leads to the rest. */
const SHOWN = 10;

interface NeedsAttentionProps {
  listed: readonly ListedDiscrepancy[];
  status: Status;
}

/** Everything that is out of sync, undecided or likely to drift, each with what to do about it. */
export function NeedsAttention({ listed, status }: NeedsAttentionProps) {
  const { busy, start } = useOperations();
  const { conflicts } = status;
  const warnings = status.recommendations.filter((text) => !isListedOtherwise(text));
  const fixAll = (
    <button type="button" class="secondary small" disabled={busy !== null} onClick={() => start('sync')}>
      Fix all {count(listed.length)}
    </button>
  );
  return (
    <Panel title="Needs attention" actions={listed.length > 1 && fixAll}>
      {listed.length + conflicts.length + warnings.length === 0 ? (
        <Nothing compared={status.health_score !== null} />
      ) : (
        <ul class="items">
          {listed.slice(0, SHOWN).map((discrepancy) => (
            <Discrepancy key={discrepancy.agent_id} discrepancy={discrepancy} />
          ))}
          {conflicts.map((conflict) => (
            <Conflict key={conflict.agent_id} conflict={conflict} />
          ))}
          {warnings.map((text) => (
            <li key={text}>
              <Badge tone="calm" word="Warning" />
              <p>
                <Sentence text={text} />
              </p>
            </li>
          ))}
        </ul>
      )}
      {listed.length > SHOWN && (
        <a href={href('agents', { state: 'out_of_step' })}>Show all {count(listed.length)} out of sync</a>
      )}
    </Panel>
  );
}

/** Of discrepancies and conflicts, which the list shows one by one, or for programs. */
function isListedOtherwise(text: string): boolean {
  return (
    text.includes(': run a sync, which ') || text.includes(': acknowledge the conflict, or ') || namesEndpoint(text)
  );
}

function Nothing({ compared }: { compared: boolean }) {
  if (!compared) return <p class="empty">Known after the first check.</p>;
  return (
    <p class="empty">
      <Badge tone="good" word="Nothing" quiet /> Both sides are in sync.
    </p>
  );
}

function Discrepancy({ discrepancy }: { discrepancy: ListedDiscrepancy }) {
  const { agent_id, name, status, details, points } = discrepancy;
  const { word, tone, meaning } = DISCREPANCIES[status];
  const { busy, start } = useOperations();
  return (
    <li>
      <Badge tone={tone} word={word} />
      <div>
        <AgentLink agent_id={agent_id} name={name} />
        <p>
          <Sentence text={details} />
        </p>
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
