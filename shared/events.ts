/** Publishes domain events. */
import type { EventBatch } from './aws/put-events.ts';
import type { DomainEvent } from './contract.ts';
import type { Log } from './log.ts';

export interface EventPublisher {
  /** Returns the number of events that could not be published. Never rejects: a sync must not fail because of events. */
  publish(events: readonly DomainEvent[]): Promise<number>;
}

/** `busName`: the EventBridge bus to publish to; null: the log. */
export function createEventPublisher(busName: string | null, log: Log): EventPublisher {
  return busName === null ? logPublisher(log) : busPublisher(busName, log);
}

function logPublisher(log: Log): EventPublisher {
  return {
    async publish(events) {
      for (const { name, detail } of events) log.info(`Event ${name}`, detail);
      return 0;
    },
  };
}

function busPublisher(busName: string, log: Log): EventPublisher {
  let sender: Promise<(events: readonly DomainEvent[]) => Promise<EventBatch>> | undefined;
  return {
    async publish(events) {
      if (events.length === 0) return 0;
      try {
        // Imported late, because most requests publish nothing; without a bus the AWS SDK is never loaded.
        sender ??= import('./aws/put-events.ts').then(({ createEventSender }) => createEventSender(busName));
        const { failed, reasons } = await (await sender)(events);
        if (failed > 0) log.error('Events could not be published', { bus: busName, failed, reasons });
        return failed;
      } catch (error) {
        log.error('Events could not be published', { bus: busName, failed: events.length, error });
        return events.length;
      }
    },
  };
}
