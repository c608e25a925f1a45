/** Sums the hourly counters of webhook events. */
import type { WebhookCount, WebhookOutcome } from '../data/api-types.ts';

export interface EventRow {
  /** The name of the event, or when the hour began. */
  readonly name: string;
  readonly total: number;
  /** Most frequent first. */
  readonly outcomes: readonly (readonly [outcome: WebhookOutcome, count: number])[];
}

/** One row for each event, most frequent first. */
export function sumCounts(counts: readonly WebhookCount[]): readonly EventRow[] {
  return rowsOf(Map.groupBy(counts, ({ event }) => event)).toSorted((one, other) => other.total - one.total);
}

/** One row for each hour with events, newest first. */
export function sumHours(counts: readonly WebhookCount[]): readonly EventRow[] {
  return rowsOf(Map.groupBy(counts, ({ hour }) => hour)).toSorted((one, other) => other.name.localeCompare(one.name));
}

function rowsOf(groups: ReadonlyMap<string, readonly WebhookCount[]>): readonly EventRow[] {
  return [...groups].map(([name, entries]) => ({ name, total: total(entries), outcomes: byOutcome(entries) }));
}

function byOutcome(counts: readonly WebhookCount[]): EventRow['outcomes'] {
  return [...Map.groupBy(counts, ({ outcome }) => outcome)]
    .map(([outcome, entries]) => [outcome, total(entries)] as const)
    .toSorted(([, one], [, other]) => other - one);
}

function total(counts: readonly WebhookCount[]): number {
  return counts.reduce((sum, { count }) => sum + count, 0);
}
