import type { AgentOverview } from '../data/api-types.ts';
import { AGENT_STATES } from '../labels.ts';
import { href } from '../routing/route.ts';
import { Badge } from '../ui/badge.tsx';
import { Sentence, Value } from '../ui/text.tsx';
import { Time } from '../ui/time.tsx';
import { VirtualTable } from '../ui/virtual-table.tsx';
import { AgentLink } from './agent-link.tsx';
import { type Choice, COLUMNS, type Column, choiceParams } from './choose-agents.ts';

const HEADS: Readonly<Record<Column, string>> = {
  name: 'Agent',
  state: 'State',
  voice_id: 'Voice',
  last_synced_at: 'Last changed',
};

/** Pixels. */
const ROW_HEIGHT = 60;

interface AgentTableProps {
  agents: readonly AgentOverview[];
  choice: Choice;
  /** Index of the agent whose drawer is open; -1: none. */
  current: number;
}

export function AgentTable({ agents, choice, current }: AgentTableProps) {
  return (
    <VirtualTable
      label="Agents"
      head={<Head choice={choice} />}
      count={agents.length}
      estimatedHeight={ROW_HEIGHT}
      current={current}
      keyOf={(index) => agents[index]?.agent_id ?? String(index)}
    >
      {(index) => <Cells agent={agents[index]} />}
    </VirtualTable>
  );
}

function Head({ choice }: { choice: Choice }) {
  return (
    <tr aria-rowindex={1}>
      {COLUMNS.map((column) => {
        const sorted = choice.column === column;
        const order = choice.descending ? 'descending' : 'ascending';
        const next = { ...choice, column, descending: sorted && !choice.descending };
        return (
          <th key={column} scope="col" aria-sort={sorted ? order : 'none'} class={column}>
            <a href={href('agents', choiceParams(next))}>
              {HEADS[column]}
              <span aria-hidden="true">{sorted ? (choice.descending ? ' ↓' : ' ↑') : ''}</span>
            </a>
          </th>
        );
      })}
    </tr>
  );
}

function Cells({ agent }: { agent: AgentOverview | undefined }) {
  if (agent === undefined) return null;
  const { agent_id, name, state, reason, voice_id, language, last_synced_at } = agent;
  return (
    <>
      <td class="name">
        <AgentLink agent_id={agent_id} name={name} />
        <code>
          <Value text={agent_id} />
        </code>
      </td>
      <td class="state">
        <Badge {...AGENT_STATES[state]} quiet />
        {reason !== AGENT_STATES[state].word && (
          <span class="muted">
            <Sentence text={reason} />
          </span>
        )}
      </td>
      <td class="voice_id">
        <span>{voice_id === null ? '–' : <Value text={voice_id} />}</span>
        {language !== null && (
          <span class="muted">
            <Value text={language} />
          </span>
        )}
      </td>
      <td class="last_synced_at">{last_synced_at === null ? '–' : <Time at={last_synced_at} />}</td>
    </>
  );
}
