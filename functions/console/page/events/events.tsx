import { useQuery } from '@tanstack/preact-query';
import { AgentLink } from '../agents/agent-link.tsx';
import type { AgentOverview, NotableEvent, WebhookCount, WebhookOutcome } from '../data/api-types.ts';
import { agents as agentsQuery, webhookEvents } from '../data/queries.ts';
import { Drawers } from '../drawers.tsx';
import type { Tone } from '../labels.ts';
import { useRoute } from '../routing/navigation.ts';
import { href } from '../routing/route.ts';
import { Badge } from '../ui/badge.tsx';
import { Filter } from '../ui/filter.tsx';
import { count } from '../ui/format.ts';
import { Loading } from '../ui/loading.tsx';
import { FailureNotice } from '../ui/notice.tsx';
import { Panel } from '../ui/panel.tsx';
import { ShortList } from '../ui/short-list.tsx';
import { Sentence, Value } from '../ui/text.tsx';
import { Time } from '../ui/time.tsx';
import { sumCounts } from './sum-counts.ts';

const SPANS = [
  { name: '24h', word: '24 hours', hours: 24 },
  { name: '7d', word: '7 days', hours: 168 },
] as const;

const NONE: readonly never[] = [];

/** Which webhook events arrived, and what became of them. */
export function Events() {
  const { params } = useRoute();
  const span = SPANS.find(({ name }) => name === params['range']) ?? SPANS[0];
  const { data, error } = useQuery(webhookEvents(span.hours));
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
        about="Retell reports changes by webhook. Refused events are shown up to a minute later; no payload is kept."
        actions={<Filter label="Time span" options={spans} />}
      >
        {data === undefined && error === null && <Loading what="the events" />}
        {error !== null && <FailureNotice error={error} />}
        {data !== undefined && (
          <>
            <dl class="facts">
              <dt>Last accepted</dt>
              <dd>{data.last_accepted === null ? 'none yet' : <Time at={data.last_accepted} />}</dd>
              <dt>Last refused</dt>
              <dd>{data.last_refused === null ? 'none' : <Time at={data.last_refused} />}</dd>
            </dl>
            <Counts counts={data.counts} word={span.word} />
          </>
        )}
      </Panel>
      {data !== undefined && <Notable events={data.events} agents={agents} />}
      <Drawers kind="agent" ids={data?.events.flatMap(({ agent_id }) => agent_id ?? []) ?? NONE} />
    </>
  );
}

function Counts({ counts, word }: { counts: readonly WebhookCount[]; word: string }) {
  if (counts.length === 0) {
    return (
      <p class="empty">
        No event in the last {word}. <a href={href('settings')}>Settings</a> has the URL to enter in Retell.
      </p>
    );
  }
  return (
    <table aria-label="Events by name">
      <thead>
        <tr>
          <th scope="col">Event</th>
          <th scope="col">Count</th>
          <th scope="col">What became of them</th>
        </tr>
      </thead>
      <tbody>
        {sumCounts(counts).map(({ event, total, outcomes }) => (
          <tr key={event}>
            <td>
              <Value text={event} />
            </td>
            <td>{count(total)}</td>
            <td>{outcomes.map(([outcome, times]) => `${count(times)} ${outcome}`).join(', ')}</td>
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
      about="The last 200 that changed something or failed, and the last 20 each that were refused or not usable, newest first."
    >
      {events.length === 0 ? (
        <p class="empty">No event has changed anything, was refused or failed.</p>
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
