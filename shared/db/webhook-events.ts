/** Counters and notable events of the webhook (`voice_agent_sync.webhook_count`, `webhook_event`). */
import type { NotableEvent, WebhookCount, WebhookSummary } from '../api/webhook-events.ts';
import { WEBHOOK_RINGS } from '../contract.ts';
import type { PendingEvents } from '../webhook-tally.ts';
import type { Query } from './pool.ts';
import { firstRow, isoTime, LATEST_TIME } from './rows.ts';

/**
 * Ordered, so that two events cannot wait for each other. A statement that is sent twice may count twice. The slots of
 * an outcome's ring are filled in turn; of two events for one slot, the newer stays.
 */
const WRITE = `counted as (
    insert into voice_agent_sync.webhook_count as existing (hour, event, outcome, count, last_at)
    select date_trunc('hour', last_at), event, outcome, sum(count), max(last_at) from input
    group by 1, 2, 3 order by 1, 2, 3
    on conflict (hour, event, outcome) do update
    set count = existing.count + excluded.count, last_at = greatest(existing.last_at, excluded.last_at)
  ), numbered as (
    select case outcome
        when 'refused' then -nextval('voice_agent_sync.webhook_refused_slot')
        when 'invalid' then -nextval('voice_agent_sync.webhook_invalid_slot')
        else nextval('voice_agent_sync.webhook_event_id_seq')
      end as id, notable.*
    from jsonb_to_recordset($2::jsonb) as notable
      (received_at timestamptz, event text, outcome text, agent_id text, detail text)
    order by received_at
  ), noted as (
    insert into voice_agent_sync.webhook_event as existing (id, received_at, event, outcome, agent_id, detail)
    select distinct on (id % ${WEBHOOK_RINGS.notable}) id, received_at, event, outcome, agent_id, detail
    from numbered order by id % ${WEBHOOK_RINGS.notable}, received_at desc
    on conflict (slot) do update
    set id = excluded.id, received_at = excluded.received_at, event = excluded.event, outcome = excluded.outcome,
      agent_id = excluded.agent_id, detail = excluded.detail
  )`;

const PENDING =
  'jsonb_to_recordset($1::jsonb) as pending (event text, outcome text, count integer, last_at timestamptz)';

function values({ counts, notable }: PendingEvents): readonly unknown[] {
  return [JSON.stringify(counts), JSON.stringify(notable)];
}

export async function saveWebhookEvents(query: Query, pending: PendingEvents): Promise<void> {
  await query(`with input as (select * from ${PENDING}), ${WRITE} select`, values(pending));
}

/** An event of a conversation, before it is known to bring news. */
export interface ConversationEvent {
  readonly agent_id: string;
  readonly event: string;
  /** null: the event names no version. */
  readonly version: number | null;
}

/**
 * Whether the event names a new version of its agent, or an unknown agent: only then is it worth a call to Retell. Otherwise
 * it is counted as ignored. Saves what is pending in the same statement.
 */
export async function isNewsOrCount(
  query: Query,
  { agent_id, event, version }: ConversationEvent,
  pending: PendingEvents,
): Promise<boolean> {
  const rows = await query<{ is_news: boolean }>(
    `with verdict as (
       -- An agent that is gone has no version, so no event brings news of it.
       select not exists (
         select from voice_agent_sync.retell_agent
         where agent_id = $3 and (version is null or $4::integer is null or $4 <= version
           -- A version that Retell does not show, which an event may have invented, hides later versions only for a
           -- moment.
           or $4 <= seen_version and read_at between clock_timestamp() - interval '1 minute' and ${LATEST_TIME})
       ) as is_news
     ), input as (
       select * from ${PENDING}
       union all
       select $5, 'ignored', 1, clock_timestamp() from verdict where not is_news
     ), ${WRITE}
     select is_news from verdict`,
    [...values(pending), agent_id, version, event],
  );
  return firstRow(rows).is_news;
}

export function listWebhookCounts(query: Query, hours: number): Promise<WebhookCount[]> {
  return query<WebhookCount>(
    `select ${isoTime('hour')}, event, outcome, count::float8 as count from voice_agent_sync.webhook_count
     where webhook_count.hour > clock_timestamp() - make_interval(hours => $1)
     order by webhook_count.hour desc, event, outcome`,
    [hours],
  );
}

/** Newest first. */
export function listNotableEvents(query: Query): Promise<NotableEvent[]> {
  return query<NotableEvent>(
    `select ${isoTime('received_at')}, event, outcome, agent_id, detail from voice_agent_sync.webhook_event
     order by webhook_event.received_at desc, id desc`,
  );
}

export async function summarizeWebhooks(query: Query): Promise<WebhookSummary> {
  const rows = await query<WebhookSummary>(
    `select ${isoTime("max(last_at) filter (where outcome <> 'refused')", 'last_accepted')},
       ${isoTime("max(last_at) filter (where outcome = 'refused')", 'last_refused')},
       (select count(*)::integer from voice_agent_sync.retell_agent where is_unknown) as unknown_agents
     from voice_agent_sync.webhook_count`,
  );
  return firstRow(rows);
}
