/** A run's audit log: its changes, in the order in which people read them. */
import type { AuditLogEntry } from '../api/sync.ts';
import { type Change, changesOf, entryOf, fieldChangesOf, loggedAction, type SkipChange } from './change.ts';
import { type NameMove, nameMoveOf } from './name-move.ts';

/** Every entry but the skips, which repeat from run to run and are stored separately. */
export function auditLogOf(changes: readonly Change[], now: Date): readonly AuditLogEntry[] {
  const timestamp = now.toISOString();
  return changes.flatMap((change): AuditLogEntry[] => {
    const action = loggedAction(change);
    if (action === null || action === 'skipped') return [];
    const status = action === 'error' ? 'error' : 'synced';
    return [{ ...entryOf(change), status, action, ...withChanges(change), timestamp }];
  });
}

/** A stored entry: with the names that an undo puts back. */
export interface StoredLogEntry extends AuditLogEntry {
  readonly names?: NameMove;
}

export function storedLogOf(changes: readonly Change[], now: Date): readonly StoredLogEntry[] {
  return changes.flatMap((change) => {
    const names = nameMoveOf(change);
    return auditLogOf([change], now).map((entry) => (names === null ? entry : { ...entry, names }));
  });
}

function withChanges(change: Change): Pick<AuditLogEntry, 'changes'> {
  const changes = fieldChangesOf(change);
  return changes.length === 0 ? {} : { changes };
}

export function skipLogOf(changes: readonly Change[], now: Date): readonly AuditLogEntry[] {
  const timestamp = now.toISOString();
  return changesOf(changes, 'skip').map((skip) => ({
    ...entryOf(skip),
    status: 'skipped',
    action: 'skipped',
    ...missingFields(skip),
    timestamp,
  }));
}

function missingFields({ missing_fields }: SkipChange): Pick<AuditLogEntry, 'missing_fields'> {
  return missing_fields.length === 0 ? {} : { missing_fields };
}
