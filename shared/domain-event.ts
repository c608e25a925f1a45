import type { EventName } from './contract.ts';

/** What others may want to react to. */
export interface DomainEvent {
  readonly name: EventName;
  readonly detail: Readonly<Record<string, unknown>>;
}
