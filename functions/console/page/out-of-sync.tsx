import type { AgentOverview } from '../../../shared/api/agents.ts';
import type { AuditReport, DiscrepancyStatus } from '../../../shared/api/audit.ts';
import type { Status } from '../../../shared/api/scheduled-sync.ts';
import { Mark } from './badge.tsx';
import { count, counted } from './format.ts';
import { DISCREPANCIES } from './labels.ts';
import type { Operations } from './use-operations.ts';
import { href } from './use-route.ts';

interface Item {
  readonly agent_id: string;
  readonly name: string;
  readonly status: DiscrepancyStatus;
  readonly details: string;
  /** Of the health score; known right after a check. */
  readonly points: number | null;
}

interface OutOfStepProps {
  status: Status;
  agents: readonly AgentOverview[];
  audit: AuditReport | null;
  operations: Operations;
}

/** Shown at once; the others are a click away among all agents. */
const SHOWN = 50;

/** What is out of step, what that means, and the button that mends it; then what the check recommends. */
export function OutOfStep({ status, agents, audit, operations }: OutOfStepProps) {
  const items = outOfStep(agents, audit);
  const advice = status.recommendations;
  return (
    <>
      <section class="panel" aria-labelledby="out-of-step">
        <header class="panel-head">
          <h2 id="out-of-step">Out of step</h2>
          {items.length > 0 && (
            <button
              type="button"
              class="button small"
              disabled={operations.busy !== null}
              onClick={() => void operations.run('sync')}
            >
              Sync to mend {items.length === 1 ? 'it' : 'them'}
            </button>
          )}
        </header>
        {items.length === 0 ? (
          <Nothing status={status} />
        ) : (
          <ul class="items">
            {items.slice(0, SHOWN).map((item) => (
              <OutOfStepItem key={`${item.agent_id} ${item.status}`} item={item} />
            ))}
          </ul>
        )}
        {items.length > SHOWN && (
          <p class="muted">
            And {count(items.length - SHOWN)} more: <a href={href('agents')}>all agents</a>.
          </p>
        )}
      </section>
      {advice.length > 0 && (
        <section class="panel" aria-labelledby="advice">
          <h2 id="advice">Recommended</h2>
          <ul class="advice">
            {advice.map((text) => (
              <li key={text}>{text}</li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

function Nothing({ status }: { status: Status }) {
  if (status.health_score === null) return <p class="empty">Not known before the first check.</p>;
  return (
    <p class="empty">
      <Mark tone="good" word="Nothing" quiet /> Both sides say the same.
    </p>
  );
}

function OutOfStepItem({ item }: { item: Item }) {
  const { word, tone, meaning } = DISCREPANCIES[item.status];
  return (
    <li class="item">
      <Mark tone={tone} word={word} />
      <div class="item-text">
        <a class="name" href={href('agents', item.agent_id)}>
          {item.name}
        </a>
        <p>{item.details}.</p>
        <p class="muted">{meaning}</p>
      </div>
      {item.points !== null && <span class="points">−{counted(item.points, 'point')}</span>}
    </li>
  );
}

function outOfStep(agents: readonly AgentOverview[], audit: AuditReport | null): readonly Item[] {
  const points = Map.groupBy(audit?.discrepancies ?? [], ({ agent_id }) => agent_id);
  return agents.flatMap(({ agent_id, name, reason, discrepancy }) => {
    if (discrepancy === null) return [];
    const cost = points.get(agent_id)?.reduce((sum, { points }) => sum + points, 0) ?? null;
    return [{ agent_id, name, status: discrepancy, details: reason, points: cost }];
  });
}
