import { useQuery } from '@tanstack/preact-query';
import type { ComponentChildren } from 'preact';
import { AgentLink } from '../agents/agent-link.tsx';
import type { AgentOverview, NotableEvent, WebhookCount, WebhookOutcome, WebhookSummary } from '../data/api-types.ts';
import { agents as agentsQuery, webhookEvents } from '../data/queries.ts';
import { Drawers } from '../drawers.tsx';
import type { Tone } from '../labels.ts';
import { useRoute } from '../routing/navigation.ts';
import { href } from '../routing/route.ts';
import { OpenWebhookSteps, WebhookUrl } from '../settings/checklist.tsx';
import { Badge } from '../ui/badge.tsx';
import { Fact } from '../ui/fact.tsx';
import { Filter } from '../ui/filter.tsx';
import { count } from '../ui/format.ts';
import { QueryNotice } from '../ui/notice.tsx';
import { Panel } from '../ui/panel.tsx';
import { ShortList } from '../ui/short-list.tsx';
import { Sentence, Value } from '../ui/text.tsx';
import { Time } from '../ui/time.tsx';
import { type EventRow, sumCounts, sumHours } from './sum-counts.ts';

const SPANS = [
  { name: '24h', word: '24 hours', hours: 24 },
  { name: '7d', word: '7 days', hours: 168 },
] as const;

const NONE: readonly never[] = [];

/** Which webhook events arrived, and their results. */
export function Events() {
  const { params } = useRoute();
  const span = SPANS.find(({ name }) => name === params['range']) ?? SPANS[0];
  const query = useQuery(webhookEvents(span.hours));
  const { data } = query;
  const { data: agents = NONE } = useQuery(agentsQuery);
  const spans = SPANS.map(({ name, word }, index) => ({
    word,
    href: href('events', { range: index === 0 ? null : name }),
    chosen: name === span.name,
  }));
  return (
    <>
      <Panel
        title="Events"
        main
        about="Retell sends events of calls, which make new agents and versions known, but none for a change itself. A refused event can take a minute to appear; payloads are not stored."
        actions={<Filter label="Time span" options={spans} />}
      >
        <QueryNotice query={query} what="the events" />
        {data !== undefined && (
          <>
            <Arrivals events={data} />
            <OpenWebhookSteps />
            <Counts counts={data.counts} word={span.word} />
          </>
        )}
      </Panel>
      {data !== undefined && <Notable events={data.events} agents={agents} />}
      <Drawers kind="agent" ids={data?.events.flatMap(({ agent_id }) => agent_id ?? []) ?? NONE} />
    </>
  );
}

function Arrivals({ events: { last_accepted, last_refused, unknown_agents } }: { events: WebhookSummary }) {
  return (
    <dl class="facts">
      <Fact name="Last accepted">{last_accepted === null ? 'none yet' : <Time at={last_accepted} />}</Fact>
      <Fact name="Last refused">{last_refused === null ? 'none' : <Time at={last_refused} />}</Fact>
      {unknown_agents > 0 && (
        <Fact name="Unknown agents">
          {count(unknown_agents)}{' '}
          <span class="muted">Retell does not have them: the events may come from another account</span>
        </Fact>
      )}
      {last_accepted !== null && (
        <Fact name="Webhook URL">
          <WebhookUrl />
        </Fact>
      )}
    </dl>
  );
}

function Counts({ counts, word }: { counts: readonly WebhookCount[]; word: string }) {
  if (counts.length === 0) {
    return (
      <p class="empty">
        No event in the last {word}. Retell sends some for each call, once its account has the webhook URL.
      </p>
    );
  }
  return (
    <>
      <CountTable label="Events by name" first="Event" rows={sumCounts(counts)}>
        {({ name }) => <Value text={name} />}
      </CountTable>
      <details>
        <summary>By hour</summary>
        <CountTable label="Events by hour" first="From" rows={sumHours(counts)}>
          {({ name }) => <Time at={name} exact />}
        </CountTable>
      </details>
    </>
  );
}

interface CountTableProps {
  label: string;
  /** The heading of the first column. */
  first: string;
  rows: readonly EventRow[];
  /** The first cell of a row. */
  children: (row: EventRow) => ComponentChildren;
}

function CountTable({ label, first, rows, children }: CountTableProps) {
  return (
    <table aria-label={label}>
      <thead>
        <tr>
          <th scope="col">{first}</th>
          <th scope="col">Count</th>
          <th scope="col">Result</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.name}>
            <td>{children(row)}</td>
            <td>{count(row.total)}</td>
            <td>{row.outcomes.map(([outcome, times]) => `${count(times)} ${outcome}`).join(', ')}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const TONES: Readonly<Record<WebhookOutcome, Tone>> = {
  created: 'good',
  updated: 'good',
  restored: 'good',
  orphaned: 'warn',
  blocked: 'warn',
  skipped: 'calm',
  unchanged: 'calm',
  ignored: 'calm',
  invalid: 'bad',
  failed: 'bad',
  refused: 'bad',
};

interface NotableProps {
  events: readonly NotableEvent[];
  agents: readonly AgentOverview[];
}

/** Events that changed something, were refused or failed. */
function Notable({ events, agents }: NotableProps) {
  const names = new Map(agents.map(({ agent_id, name }) => [agent_id, name]));
  return (
    <Panel
      title="Notable events"
      about="The newest 200 that changed something or failed, 20 that were refused, and 20 that were invalid."
    >
      {events.length === 0 ? (
        <p class="empty">No event changed anything, and none was refused or failed.</p>
      ) : (
        <ShortList items={events} class="items">
          {({ received_at, event, outcome, agent_id, detail }) => (
            <li key={`${received_at} ${event} ${agent_id} ${detail}`}>
              <Badge tone={TONES[outcome]} word={outcome} quiet />
              <div>
                {agent_id !== null && <AgentLink agent_id={agent_id} name={names.get(agent_id) ?? agent_id} />}
                <p>
                  <Sentence text={detail} />
                </p>
              </div>
              <span class="muted">
                <Value text={event} /> · <Time at={received_at} exact />
              </span>
            </li>
          )}
        </ShortList>
      )}
    </Panel>
  );
}
