/** Invokes the scheduled sync as EventBridge would: on schedule, and for the continuation of a partial run. */
import { randomUUID } from 'node:crypto';
import { handler } from '../../functions/scheduled-sync/index.ts';
import { type DomainEvent, EVENT_SOURCE, EVENTS } from '../../shared/contract.ts';
import type { EventPublisher } from '../../shared/events.ts';
import type { Log } from '../../shared/log.ts';
import { LAMBDA_MS, lambdaContext } from './lambda-context.ts';

/** @throws what the handler throws */
export function invokeScheduledSync(event: unknown): Promise<unknown> {
  const requestId = randomUUID();
  return handler(event, lambdaContext({ functionName: 'scheduled-sync', requestId, timeoutMs: LAMBDA_MS }));
}

/** Writes domain events to the log; a continuation starts at once. */
export function localEventPublisher(log: Log): EventPublisher {
  return {
    async publish(events) {
      for (const { name, detail } of events) log.debug(`Event ${name}`, detail);
      for (const event of events.filter(({ name }) => name === EVENTS.syncContinuationRequested))
        continueSync(event, log);
      return 0;
    },
  };
}

function continueSync({ name, detail }: DomainEvent, log: Log): void {
  // As if from the bus: after the partial run has ended, and with dates as text.
  const event: unknown = JSON.parse(JSON.stringify({ source: EVENT_SOURCE, 'detail-type': name, detail }));
  setImmediate(() => {
    invokeScheduledSync(event).catch((error: unknown) =>
      log.error('The continuation failed; the next scheduled sync reads the rest', { error }),
    );
  });
}
