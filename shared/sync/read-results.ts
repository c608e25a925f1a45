/** What a run has read so far, and why it could not read the rest. */
import type { Observation } from '../domain/agent.ts';
import type { ObservedState } from '../domain/observed-state.ts';
import type { Result } from '../errors.ts';
import type { AccountListing, ComparedState } from './compare-sides.ts';

/** Why an agent could not be read; `out_of_time`: no time is left for the run, or for this agent. */
export type ReadResult = Result<Observation, { readonly cause: 'out_of_time' | 'timeout' | 'refused' }>;

export const OUT_OF_TIME = 'there was no time left';

export interface ReadResults extends Pick<ObservedState, 'observations' | 'unreadable' | 'pending'> {
  /** `last`: the agent is not read again in this run. */
  add(agent_id: string, result: ReadResult, attempt: { readonly last: boolean }): void;
  /** Why agents that are still to be read did not respond in time. */
  timedOut(): ReadonlyMap<string, string>;
  /** Agents that were not read in time keep the reason of the earlier run. */
  giveUp(agent_ids: readonly string[]): void;
  /** Agents with a result, whatever it was. */
  readonly tried: ReadonlySet<string>;
}

export interface ReadFrom {
  readonly listing: AccountListing;
  readonly state: ComparedState;
}

export function createReadResults({ listing, state }: ReadFrom, wanted: readonly string[]): ReadResults {
  const observations = new Map(state.observations);
  const unreadable = new Map(listing.unusable);
  const pending = new Set(wanted);
  const tried = new Set<string>();
  const timedOut = new Map<string, string>();
  const fail = (agent_id: string, reason: string): void => {
    pending.delete(agent_id);
    unreadable.set(agent_id, { name: null, reason });
  };
  return {
    observations,
    unreadable,
    pending,
    tried,
    add(agent_id, result, { last }) {
      tried.add(agent_id);
      if (result.ok) {
        pending.delete(agent_id);
        observations.set(agent_id, result.value);
      } else if (result.cause === 'refused' || (last && result.cause === 'timeout')) fail(agent_id, result.reason);
      else if (result.cause === 'timeout') timedOut.set(agent_id, result.reason);
    },
    timedOut: () => new Map([...timedOut].filter(([agent_id]) => pending.has(agent_id))),
    giveUp(agent_ids) {
      for (const agent_id of agent_ids.filter((id) => pending.has(id))) {
        fail(agent_id, timedOut.get(agent_id) ?? state.unread_before.get(agent_id) ?? OUT_OF_TIME);
      }
    },
  };
}
