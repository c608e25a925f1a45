/** Publishes to EventBridge, within a bounded time. Loaded only where a bus is configured. */
import { EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { type DomainEvent, EVENT_SOURCE } from '../contract.ts';

export interface EventBatch {
  readonly failed: number;
  /** Without duplicates. */
  readonly reasons: readonly string[];
}

/** EventBridge's limits for one call of PutEvents. */
const MAX_ENTRIES = 10;
const MAX_BYTES = 256 * 1_024;
/** A limit for all calls together: events are sent in the last seconds of an invocation. */
const TOTAL_MS = 3_000;
const TRIES = 2;

/** Sends events in order, as many per call as fit. Never rejects. */
export function createEventSender(busName: string): (events: readonly DomainEvent[]) => Promise<EventBatch> {
  const client = new EventBridgeClient({
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 500, requestTimeout: 1_000, throwOnRequestTimeout: true },
  });
  return async (events) => {
    const signal = AbortSignal.timeout(TOTAL_MS);
    const results: EventBatch[] = [];
    for (const batch of batches(events.map((event) => entryOf(event, busName)))) {
      results.push(await send(client, batch, signal));
    }
    return {
      failed: results.reduce((sum, { failed }) => sum + failed, 0),
      reasons: [...new Set(results.flatMap(({ reasons }) => reasons))],
    };
  };
}

async function send(
  client: EventBridgeClient,
  batch: readonly PutEventsRequestEntry[],
  abortSignal: AbortSignal,
): Promise<EventBatch> {
  let left = batch;
  let reasons: readonly string[] = [];
  try {
    for (let attempt = 1; attempt <= TRIES && left.length > 0; attempt += 1) {
      const { Entries: results = [] } = await client.send(new PutEventsCommand({ Entries: [...left] }), {
        abortSignal,
      });
      // A call succeeds as a whole even if the bus refuses some of its entries.
      const codes = results.map(({ ErrorCode }) => ErrorCode);
      left = left.filter((_, index) => codes[index] !== undefined);
      reasons = codes.filter((code) => code !== undefined);
    }
    return { failed: left.length, reasons };
  } catch (error) {
    return {
      failed: left.length,
      reasons: [error instanceof Error ? `${error.name}: ${error.message}` : String(error)],
    };
  }
}

/** An entry that is too large is sent alone, so that its refusal does not affect the others. */
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

/** The size of an entry without a time, as EventBridge counts it. */
function sizeOf({ Source = '', DetailType = '', Detail = '' }: PutEventsRequestEntry): number {
  return Buffer.byteLength(Source) + Buffer.byteLength(DetailType) + Buffer.byteLength(Detail);
}
