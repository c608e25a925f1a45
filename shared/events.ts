/** Domain events: what others may want to react to. */
import type { EventName } from './contract.ts';
import type { Log } from './log.ts';

export interface DomainEvent {
  readonly name: EventName;
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface EventPublisher {
  /** Resolves with the number of events that could not be published; never rejects, because no sync may fail for it. */
  publish(events: readonly DomainEvent[]): Promise<number>;
}

export function createEventPublisher(busName: string | null, log: Log): EventPublisher {
  if (busName !== null) throw new Error('EventBridge is not wired up');
  return {
    async publish(events) {
      for (const { name, detail } of events) log.info(`Event ${name}`, detail);
      return 0;
    },
  };
}
