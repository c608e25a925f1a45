import { useQuery } from '@tanstack/preact-query';
import { useMemo } from 'preact/hooks';
import type { AgentOverview } from '../data/api-types.ts';
import { agents as agentsQuery, status as statusQuery } from '../data/queries.ts';
import { Drawers } from '../drawers.tsx';
import { AGENT_STATES } from '../labels.ts';
import { replaceWith, useRoute } from '../routing/navigation.ts';
import { href, openDrawer } from '../routing/route.ts';
import { CsvButton, type CsvColumns } from '../ui/csv-button.tsx';
import { Filter } from '../ui/filter.tsx';
import { count } from '../ui/format.ts';
import { Loading } from '../ui/loading.tsx';
import { Panel } from '../ui/panel.tsx';
import { Time } from '../ui/time.tsx';
import { AgentTable } from './agent-table.tsx';
import {
  type Choice,
  choiceParams,
  chooseAgents,
  countStates,
  GROUP_WORDS,
  GROUPS,
  isGroup,
  parseChoice,
  STATES,
} from './choose-agents.ts';

const NONE: readonly AgentOverview[] = [];

/** Every agent of both sides. */
export function Agents() {
  const route = useRoute();
  const choice = parseChoice(route.params);
  const { data: agents } = useQuery(agentsQuery);
  const { search, state, column, descending } = choice;
  const chosen = useMemo(
    () => chooseAgents(agents ?? NONE, { search, state, column, descending }),
    [agents, search, state, column, descending],
  );
  const drawer = openDrawer(route);
  const current = drawer?.kind === 'agent' ? chosen.findIndex(({ agent_id }) => agent_id === drawer.id) : -1;
  return (
    <>
      <Panel
        title="Agents"
        main
        note={<Shown chosen={chosen.length} agents={agents} />}
        actions={<Download agents={chosen} />}
      >
        {agents === undefined ? (
          <Loading what="the agents" />
        ) : (
          <>
            <Filters agents={agents} choice={choice} />
            {chosen.length === 0 ? (
              <Empty known={agents.length} />
            ) : (
              <AgentTable agents={chosen} choice={choice} current={current} />
            )}
          </>
        )}
      </Panel>
      <Drawers kind="agent" ids={chosen.map(({ agent_id }) => agent_id)} />
    </>
  );
}

function Download({ agents }: { agents: readonly AgentOverview[] }) {
  const items = () => Promise.resolve(agents);
  return <CsvButton file="agents.csv" items={items} isEmpty={agents.length === 0} columns={CSV_COLUMNS} />;
}

function Shown({ chosen, agents }: { chosen: number; agents: readonly AgentOverview[] | undefined }) {
  const { data: status } = useQuery(statusQuery);
  if (agents === undefined) return null;
  const last = status?.last_check ?? null;
  return (
    <>
      <span role="status">
        {chosen === agents.length ? count(chosen) : `${count(chosen)} of ${count(agents.length)}`}
      </span>
      {last !== null && (
        <>
          {' '}
          · verified <Time at={last} />
        </>
      )}
    </>
  );
}

const CSV_COLUMNS: CsvColumns<AgentOverview> = {
  agent_id: ({ agent_id }) => agent_id,
  name: ({ name }) => name,
  state: ({ state }) => AGENT_STATES[state].word,
  reason: ({ reason }) => reason,
  voice_id: ({ voice_id }) => voice_id,
  language: ({ language }) => language,
  last_changed: ({ last_synced_at }) => last_synced_at,
};

function Filters({ agents, choice }: { agents: readonly AgentOverview[]; choice: Choice }) {
  const counts = useMemo(() => countStates(agents), [agents]);
  const address = (change: Partial<Choice>) => href('agents', choiceParams({ ...choice, ...change }));
  const states = STATES.filter((state) => counts.has(state) || state === choice.state);
  // A group is chosen by a link of the overview.
  const groups = isGroup(choice.state) ? [choice.state] : [];
  return (
    <search>
      <input
        type="search"
        aria-label="Search agents"
        placeholder="Name, id, voice, reason …"
        value={choice.search}
        onInput={(event) => replaceWith(address({ search: event.currentTarget.value }))}
      />
      <Filter
        label="State"
        options={[
          { word: 'All', href: address({ state: null }), chosen: choice.state === null },
          ...groups.map((group) => ({
            word: GROUP_WORDS[group],
            count: agents.filter(GROUPS[group]).length,
            href: address({ state: group }),
            chosen: true,
          })),
          ...states.map((state) => ({
            word: AGENT_STATES[state].word,
            count: counts.get(state) ?? 0,
            href: address({ state }),
            chosen: choice.state === state,
          })),
        ]}
      />
    </search>
  );
}

function Empty({ known }: { known: number }) {
  const { data: status } = useQuery(statusQuery);
  if (known === 0 && status?.summary?.total_retell_agents === 0) {
    return (
      <p class="empty">The Retell account has no agents. Create one in Retell; the next sync makes its interviewer.</p>
    );
  }
  if (known === 0) {
    return (
      <p class="empty">
        No agents yet. <a href={href('operations')}>Sync</a> reads them from Retell.
      </p>
    );
  }
  return (
    <p class="empty">
      No agent matches. <a href={href('agents')}>Show all {count(known)}</a>
    </p>
  );
}
