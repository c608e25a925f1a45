/** Where domain events go. */
import type { EventBatch } from './aws/put-events.ts';
import type { DomainEvent } from './domain-event.ts';
import type { Log } from './log.ts';

export interface EventPublisher {
  /** Resolves with the number of events that could not be published; never rejects, because no sync may fail for it. */
  publish(events: readonly DomainEvent[]): Promise<number>;
}

/** To the EventBridge bus of this name; null: to the log. */
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
        // Not at the top: most requests publish nothing, and without a bus nothing of AWS is loaded.
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
