/** The state of both sides, from the history alone. */
import type { StateAndReason } from '../api/sync-state.ts';
import { findStateFacts } from '../db/state.ts';
import { stateOf } from '../domain/state.ts';
import type { CoreServices } from '../services.ts';

export async function readSyncState({ config, database }: CoreServices): Promise<StateAndReason> {
  const { schedule } = config;
  const facts = await findStateFacts(database.query);
  return stateOf({ ...facts, schedule_ms: schedule.kind === 'off' ? null : schedule.every_ms });
}

/** For a result that is published whatever happens: a database that cannot be read makes the state unknown. */
export async function readSyncStateOrUnknown(services: CoreServices): Promise<StateAndReason> {
  try {
    return await readSyncState(services);
  } catch (error) {
    services.log.warn('The state could not be read', { error });
    return { state: 'unknown', as_of: null, reason: 'The history could not be read' };
  }
}
