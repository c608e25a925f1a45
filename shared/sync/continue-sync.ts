/** The continuation of a partial sync: the event names the run, and everything else is read from it. */
import { findPartialRun } from '../db/confirmations.ts';
import { AppError } from '../errors.ts';
import type { Services } from '../services.ts';
import type { SyncRequest } from './sync-types.ts';

type ContinuationRequest = Pick<SyncRequest, 'trigger' | 'full' | 'confirm_orphans' | 'continuation'>;

/** @throws AppError `not_partial`: any function that publishes events could name any run */
export async function continuationOf({ database }: Services, run_id: number): Promise<ContinuationRequest> {
  const partial = await findPartialRun(database.query, run_id);
  if (partial === null) {
    throw new AppError({
      status: 409,
      code: 'not_partial',
      message: `Run ${run_id} is not a partial sync of the last day, so there is nothing to continue.`,
      hint: 'The next scheduled sync reads what is missing.',
    });
  }
  const { confirmation, continuation } = partial;
  return { trigger: 'continuation', full: false, confirm_orphans: confirmation, continuation };
}
