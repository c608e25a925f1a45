import { useQuery } from '@tanstack/preact-query';
import type { WebhookSummary } from '../data/api-types.ts';
import { agents as agentsQuery, webhookEvents } from '../data/queries.ts';
import { Drawers } from '../drawers.tsx';
import { useRoute } from '../routing/navigation.ts';
import { href } from '../routing/route.ts';
import { OpenWebhookSteps, WebhookUrl } from '../settings/checklist.tsx';
import { Fact } from '../ui/fact.tsx';
import { Filter } from '../ui/filter.tsx';
import { count } from '../ui/format.ts';
import { QueryNotice } from '../ui/notice.tsx';
import { Panel } from '../ui/panel.tsx';
import { Time } from '../ui/time.tsx';
import { EventCounts } from './event-counts.tsx';
import { NotableEvents } from './notable-events.tsx';

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
            <EventCounts counts={data.counts} word={span.word} />
          </>
        )}
      </Panel>
      {data !== undefined && <NotableEvents events={data.events} agents={agents} />}
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
