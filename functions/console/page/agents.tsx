import { useMemo, useState } from 'preact/hooks';
import type { AgentOverview } from '../../../shared/api/agents.ts';
import { AgentSheet } from './agent-drawer.tsx';
import { Mark } from './badge.tsx';
import { type Choice, COLUMNS, type Column, chooseAgents, countStates, STATES } from './choose-agents.ts';
import { ago, count, readable } from './format.ts';
import { AGENT_STATES } from './labels.ts';
import { Loading } from './loading.tsx';
import type { ConsoleData } from './use-console-data.ts';
import { useMedia } from './use-media.ts';
import { goTo, href } from './use-route.ts';
import { VirtualRows } from './virtual-rows.tsx';

const HEADS: Readonly<Record<Column, string>> = {
  name: 'Agent',
  state: 'State',
  voice_id: 'Voice',
  last_synced_at: 'Last synced',
};

const ALL: Choice = { search: '', state: null, column: 'state', descending: false };

/** Every agent of both sides; `item` is the one whose sheet is open. */
export function Agents({ data, item }: { data: ConsoleData; item: string | null }) {
  const [choice, setChoice] = useState(ALL);
  const narrow = useMedia('(max-width: 720px)');
  const { agents } = data;
  const chosen = useMemo(() => chooseAgents(agents ?? [], choice), [agents, choice]);
  const sheet = item !== null && <AgentSheet key={item} agent_id={item} onClose={() => goTo('agents')} />;
  if (agents === null) return data.failure === null ? <Loading what="the agents" /> : null;
  return (
    <section class="panel" aria-labelledby="agents">
      <header class="panel-head">
        <h1 id="agents">Agents</h1>
        <p class="muted" role="status">
          {chosen.length === agents.length
            ? count(agents.length)
            : `${count(chosen.length)} of ${count(agents.length)}`}
        </p>
      </header>
      <Filters agents={agents} choice={choice} onChoice={setChoice} />
      {chosen.length === 0 ? (
        <Empty none={agents.length === 0} onAll={() => setChoice(ALL)} />
      ) : (
        <VirtualRows
          count={chosen.length}
          rowHeight={narrow ? 76 : 60}
          label="Agents"
          head={<Head choice={choice} onChoice={setChoice} />}
        >
          {(index) => <AgentCells agent={chosen[index]} />}
        </VirtualRows>
      )}
      {sheet}
    </section>
  );
}

interface ChoiceProps {
  choice: Choice;
  onChoice: (choice: Choice) => void;
}

function Filters({ agents, choice, onChoice }: ChoiceProps & { agents: readonly AgentOverview[] }) {
  const counts = useMemo(() => countStates(agents), [agents]);
  return (
    <div class="filters">
      <input
        type="search"
        aria-label="Search agents"
        placeholder="Name, id, voice, reason …"
        value={choice.search}
        onInput={(event) => onChoice({ ...choice, search: event.currentTarget.value })}
      />
      <div class="chips" role="group" aria-label="State">
        <button
          type="button"
          class="chip"
          aria-pressed={choice.state === null}
          onClick={() => onChoice({ ...choice, state: null })}
        >
          All
        </button>
        {STATES.filter((state) => counts.has(state)).map((state) => (
          <button
            key={state}
            type="button"
            class="chip"
            aria-pressed={choice.state === state}
            onClick={() => onChoice({ ...choice, state })}
          >
            {AGENT_STATES[state].word} <span class="chip-count">{count(counts.get(state) ?? 0)}</span>
          </button>
        ))}
      </div>
    </div>
  );
}

function Head({ choice, onChoice }: ChoiceProps) {
  const sortBy = (column: Column) =>
    onChoice({ ...choice, column, descending: choice.column === column && !choice.descending });
  return (
    <div class="row head" role="row" aria-rowindex={1}>
      {COLUMNS.map((column) => {
        const sorted = choice.column === column;
        const order = sorted ? (choice.descending ? 'descending' : 'ascending') : 'none';
        return (
          <div key={column} role="columnheader" aria-sort={order} class={`cell col-${column}`}>
            <button type="button" onClick={() => sortBy(column)}>
              {HEADS[column]}
              <span aria-hidden="true">{sorted ? (choice.descending ? ' ↓' : ' ↑') : ''}</span>
            </button>
          </div>
        );
      })}
    </div>
  );
}

function AgentCells({ agent }: { agent: AgentOverview | undefined }) {
  if (agent === undefined) return null;
  const { agent_id, name, state, reason, voice_id, language, last_synced_at } = agent;
  const { word, tone } = AGENT_STATES[state];
  return (
    <>
      <div role="cell" class="cell col-name">
        <a class="name" href={href('agents', agent_id)} title={name}>
          {name}
        </a>
        <span class="id">{agent_id}</span>
      </div>
      <div role="cell" class="cell col-state">
        <Mark tone={tone} word={word} quiet />
        <span class="reason" title={readable(reason)}>
          {readable(reason)}
        </span>
      </div>
      <div role="cell" class="cell col-voice_id">
        <span>{voice_id ?? '–'}</span>
        <span class="muted fine">{language ?? ''}</span>
      </div>
      <div role="cell" class="cell col-last_synced_at">
        {last_synced_at === null ? '–' : ago(last_synced_at, Date.now())}
      </div>
    </>
  );
}

function Empty({ none, onAll }: { none: boolean; onAll: () => void }) {
  if (none) return <p class="empty">No agent is known: a sync reads them from Retell.</p>;
  return (
    <div class="empty">
      <p>No agent matches that.</p>
      <button type="button" class="button small" onClick={onAll}>
        Show all
      </button>
    </div>
  );
}
