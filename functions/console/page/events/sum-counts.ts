/** Sums the hourly counters of webhook events. */
import type { WebhookCount, WebhookOutcome } from '../data/api-types.ts';

export interface EventRow {
  readonly event: string;
  readonly total: number;
  /** Most frequent first. */
  readonly outcomes: readonly (readonly [outcome: WebhookOutcome, count: number])[];
}

/** One row for each event, most frequent first. */
export function sumCounts(counts: readonly WebhookCount[]): readonly EventRow[] {
  return [...Map.groupBy(counts, ({ event }) => event)]
    .map(([event, entries]) => ({ event, total: total(entries), outcomes: byOutcome(entries) }))
    .toSorted((one, other) => other.total - one.total);
}

function byOutcome(counts: readonly WebhookCount[]): EventRow['outcomes'] {
  return [...Map.groupBy(counts, ({ outcome }) => outcome)]
    .map(([outcome, entries]) => [outcome, total(entries)] as const)
    .toSorted(([, one], [, other]) => other - one);
}

function total(counts: readonly WebhookCount[]): number {
  return counts.reduce((sum, { count }) => sum + count, 0);
}
