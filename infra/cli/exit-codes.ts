/** Exit codes of the command line: scripts and schedulers rely on them. */
import type { SyncState } from '../../shared/api/sync-state.ts';

export const EXIT = {
  /** In sync, or done. */
  ok: 0,
  /** Out of sync, or changes were found. */
  outOfSync: 1,
  /** The command failed, or the state is unknown. */
  failed: 2,
  /** A person must confirm. */
  needsConfirmation: 3,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const STATE_EXIT: Readonly<Record<SyncState, ExitCode>> = {
  in_sync: EXIT.ok,
  out_of_sync: EXIT.outOfSync,
  needs_confirmation: EXIT.needsConfirmation,
  unknown: EXIT.failed,
};
