/** Saves a run's observations while it runs. */

import type { Progress } from '../db/observations.ts';
import type { Observation } from '../domain/agent.ts';

/** Saves observations, also while the run is in progress, so that a killed run loses only the last of them. */
export type SaveObservations = (
  observations: readonly Observation[],
  progress?: Omit<Progress, 'run_id'>,
) => Promise<void>;

/**
 * Each interval is twice as long as the one before: progress shows early, and a run of 15 minutes adds seven
 * statements.
 */
const FIRST_CHECKPOINT_MS = 5_000;

export interface Checkpoints {
  /** Called after each agent; null: it could not be read. */
  add(observation: Observation | null): Promise<void>;
  /** Saves the rest. */
  end(): Promise<void>;
}

export function createCheckpoints(save: SaveObservations, total: number): Checkpoints {
  let interval_ms = FIRST_CHECKPOINT_MS;
  let unsaved: Observation[] = [];
  let done = 0;
  let due = performance.now() + interval_ms;
  let saved = Promise.resolve();
  return {
    async add(observation) {
      if (observation !== null) unsaved.push(observation);
      done += 1;
      if (performance.now() < due) return;
      const [observations, so_far] = [unsaved, done];
      unsaved = [];
      interval_ms *= 2;
      due = performance.now() + interval_ms;
      // One after another, because a Lambda has a single connection, and a statement that waits too long for it fails.
      saved = saved.then(() => save(observations, { done: so_far, total }));
      await saved;
    },
    async end() {
      if (unsaved.length > 0) await save(unsaved);
    },
  };
}
