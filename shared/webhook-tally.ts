/** Webhook events that cost the database nothing: counted in memory, and written with a later statement. */
import { WEBHOOK_RINGS } from './contract.ts';
import { bounded, isNotable, newestKept, type ReceivedEvent } from './domain/webhook-outcome.ts';

/** Events with the same name and outcome. */
interface EventCount {
  readonly event: string;
  readonly outcome: ReceivedEvent['outcome'];
  readonly count: number;
  readonly last_at: Date;
}

export interface PendingEvents {
  readonly counts: readonly EventCount[];
  readonly notable: readonly ReceivedEvent[];
}

export interface WebhookTally {
  add(event: ReceivedEvent): void;
  /** Everything counted since the last call. */
  take(now: Date): PendingEvents;
  /** Adds counts again that could not be written. */
  putBack(pending: PendingEvents): void;
  /**
   * Whether to write now: if a count has waited for a minute; for an accepted event also after a minute without a
   * write, so that the first one shows at once. Refused events alone never cause more than one write a minute.
   */
  isDue(now: Date, outcome: ReceivedEvent['outcome']): boolean;
}

const FLUSH_MS = 60_000;

function isMinuteAgo(time: Date, now: Date): boolean {
  return now.getTime() - time.getTime() >= FLUSH_MS;
}

export function createWebhookTally(): WebhookTally {
  let counts = new Map<string, EventCount>();
  let notable: readonly ReceivedEvent[] = [];
  let since: Date | null = null;
  let taken_at = new Date(0);

  function addCount(added: EventCount): void {
    const key = JSON.stringify([added.event, added.outcome]);
    const count = (counts.get(key)?.count ?? 0) + added.count;
    counts.set(key, { ...added, count });
    since ??= added.last_at;
  }

  return {
    add(received) {
      const event = bounded(received);
      addCount({ event: event.event, outcome: event.outcome, count: 1, last_at: event.received_at });
      if (isNotable(event)) notable = newestKept([...notable, event], WEBHOOK_RINGS);
    },
    take(now) {
      taken_at = now;
      const taken = { counts: [...counts.values()], notable };
      counts = new Map();
      notable = [];
      since = null;
      return taken;
    },
    putBack(pending) {
      for (const count of pending.counts) addCount(count);
      notable = newestKept([...pending.notable, ...notable], WEBHOOK_RINGS);
    },
    isDue(now, outcome) {
      const waited = since !== null && isMinuteAgo(since, now);
      return waited || (outcome !== 'refused' && isMinuteAgo(taken_at, now));
    },
  };
}
