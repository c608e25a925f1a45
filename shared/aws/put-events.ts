/** EventBridge, within a bounded time. Loaded only where a bus is configured. */
import { EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { EVENT_SOURCE } from '../contract.ts';
import type { DomainEvent } from '../domain-event.ts';

export interface EventBatch {
  readonly failed: number;
  /** Different ones only. */
  readonly reasons: readonly string[];
}

/** What one call of PutEvents may carry. */
const MAX_ENTRIES = 10;
const MAX_BYTES = 256 * 1_024;
/** For all calls together: the sender is used in the last seconds of an invocation. */
const TOTAL_MS = 3_000;
const TRIES = 2;

/** Sends events in their order, as many a call as fit. Never rejects. */
export function createEventSender(busName: string): (events: readonly DomainEvent[]) => Promise<EventBatch> {
  const client = new EventBridgeClient({
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 500, requestTimeout: 1_000, throwOnRequestTimeout: true },
  });
  return async (events) => {
    const signal = AbortSignal.timeout(TOTAL_MS);
    const reasons = new Set<string>();
    let failed = 0;
    for (const batch of batches(events.map((event) => entryOf(event, busName)))) {
      failed += await send(client, batch, signal, reasons);
    }
    return { failed, reasons: [...reasons] };
  };
}

/** The number of entries that did not go through. */
async function send(
  client: EventBridgeClient,
  batch: readonly PutEventsRequestEntry[],
  abortSignal: AbortSignal,
  reasons: Set<string>,
): Promise<number> {
  let left = batch;
  try {
    for (let attempt = 1; attempt <= TRIES && left.length > 0; attempt += 1) {
      const { Entries: results = [] } = await client.send(new PutEventsCommand({ Entries: [...left] }), {
        abortSignal,
      });
      // A call succeeds as a whole even when the bus refuses some of its entries.
      const refused = results.map(({ ErrorCode }) => ErrorCode);
      if (attempt === TRIES) for (const reason of refused) if (reason !== undefined) reasons.add(reason);
      left = left.filter((_, index) => refused[index] !== undefined);
    }
    return left.length;
  } catch (error) {
    reasons.add(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
    return left.length;
  }
}

/** An entry that is too large by itself goes alone, so that its refusal costs no other. */
export function batches(entries: readonly PutEventsRequestEntry[]): PutEventsRequestEntry[][] {
  const made: PutEventsRequestEntry[][] = [];
  let batch: PutEventsRequestEntry[] = [];
  let bytes = 0;
  for (const entry of entries) {
    const size = sizeOf(entry);
    if (batch.length === 0 || batch.length === MAX_ENTRIES || bytes + size > MAX_BYTES) {
      batch = [];
      bytes = 0;
      made.push(batch);
    }
    batch.push(entry);
    bytes += size;
  }
  return made;
}

function entryOf({ name, detail }: DomainEvent, busName: string): PutEventsRequestEntry {
  return { EventBusName: busName, Source: EVENT_SOURCE, DetailType: name, Detail: JSON.stringify(detail) };
}

/** As EventBridge counts an entry without a time of its own. */
function sizeOf({ Source = '', DetailType = '', Detail = '' }: PutEventsRequestEntry): number {
  return Buffer.byteLength(Source) + Buffer.byteLength(DetailType) + Buffer.byteLength(Detail);
}
