/** The state of both sides in one word, with its time and its reason. */
import * as v from 'valibot';
import { type Data, Timestamp } from './fields.ts';

export const SyncState = v.pipe(
  v.picklist(['in_sync', 'out_of_sync', 'needs_confirmation', 'unknown']),
  v.description(
    '`in_sync`: nothing is wrong; `out_of_sync`: discrepancies are listed; `needs_confirmation`: a guard blocks a run; `unknown`: the last comparison failed, was of another account, could not read everything, or is too old. The health score is current only in the first two states; in the others it is the last known one.',
  ),
);
export type SyncState = Data<typeof SyncState>;

export const StateAndReason = v.object({
  state: SyncState,
  as_of: v.pipe(
    v.nullable(Timestamp),
    v.description('When both sides were last compared, but for the agents that `reason` names; null: never.'),
  ),
  reason: v.pipe(v.string(), v.description('Why the state is what it is, in a sentence.')),
});
export type StateAndReason = Data<typeof StateAndReason>;
