/** The outcome of a webhook event, as it is counted, and why an event was refused. */
import type { WebhookOutcome } from '../api/webhook-events.ts';
import { counted, cutText } from '../text.ts';

/** One event, as it is counted. */
export interface ReceivedEvent {
  readonly received_at: Date;
  readonly event: string;
  readonly outcome: WebhookOutcome;
  readonly agent_id: string | null;
  readonly detail: string;
}

/** The names with their own counters: a sender may choose any name, and each would become a row. */
const KNOWN_EVENTS: ReadonlySet<string> = new Set([
  ...['created', 'updated', 'deleted'].flatMap((name) => [`agent.${name}`, `agent_${name}`]),
  'call_started',
  'call_ended',
  'call_analyzed',
  'transcript_updated',
  'transfer_started',
  'transfer_bridged',
  'transfer_cancelled',
  'transfer_ended',
  'chat_started',
  'chat_ended',
  'chat_analyzed',
]);
/** Nothing is read from an event without a valid signature, not even its name. */
export const UNVERIFIED = 'unverified';
const QUIET: ReadonlySet<WebhookOutcome> = new Set(['ignored', 'unchanged', 'skipped']);
/** Outcomes with their own small ring: anyone can cause the first, and anyone with a key the second. */
const FAULTY: readonly WebhookOutcome[] = ['refused', 'invalid'];
const MAX_DETAIL_CHARACTERS = 499;
const TOLERANCE_MS = 300_000;

export function countedName(event: string): string {
  return KNOWN_EVENTS.has(event) || event === UNVERIFIED ? event : 'other';
}

/** Whether the event itself is kept, not only counted. */
export function isNotable({ outcome }: Pick<ReceivedEvent, 'outcome'>): boolean {
  return !QUIET.has(outcome);
}

/**
 * The newest events, as many as the database keeps: a sender's events push out none that changed something or failed.
 */
export function newestKept(
  events: readonly ReceivedEvent[],
  rings: { readonly notable: number; readonly faulty: number },
): readonly ReceivedEvent[] {
  const kept = (isOfRing: (event: ReceivedEvent) => boolean, most: number) => events.filter(isOfRing).slice(-most);
  return [
    ...kept(({ outcome }) => !FAULTY.includes(outcome), rings.notable),
    ...FAULTY.flatMap((faulty) => kept(({ outcome }) => outcome === faulty, rings.faulty)),
  ];
}

/** The event with a known name, and with a detail of bounded length that Postgres accepts. */
export function bounded(event: ReceivedEvent): ReceivedEvent {
  return { ...event, event: countedName(event.event), detail: cutText(printable(event.detail), MAX_DETAIL_CHARACTERS) };
}

/** Details repeat names that others chose. */
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, ' ').toWellFormed();
}

/**
 * Why a signature was refused, for the people who set up the webhook. The sender gets the same message whatever is
 * wrong.
 */
export function refusalReason(header: string | undefined, now_ms: number): string {
  if (header === undefined || header === '') return 'The request has no x-retell-signature header';
  const signed = /^v=(\d{13}),d=[0-9a-f]{64}$/.exec(header)?.[1];
  if (signed === undefined) return 'The x-retell-signature header is not of the form v={milliseconds},d={hex digest}';
  const age_ms = now_ms - Number(signed);
  if (Math.abs(age_ms) <= TOLERANCE_MS) {
    return 'No key matches the signature: it was made with another key, or over another body';
  }
  const seconds = counted(Math.round((Math.abs(age_ms) - TOLERANCE_MS) / 1_000), 'second');
  return age_ms > 0
    ? `The signature is older than five minutes, by ${seconds}`
    : `The signature is more than five minutes in the future, by ${seconds}: the clocks differ`;
}
