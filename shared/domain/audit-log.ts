/** A run's audit log: one entry for each thing that happened to an agent, in the order in which people read it. */
import type { Happening, Outcome } from './change.ts';

export type AuditAction =
  | 'created'
  | 'updated'
  | 'restored'
  | 'orphaned'
  | 'pushed'
  | 'conflict'
  | 'skipped'
  | 'error'
  | 'archived'
  | 'marked_deleted'
  | 'kept';

export interface AuditLogEntry {
  readonly agent_id: string;
  readonly interviewer_id?: string;
  readonly name: string;
  readonly voice_id?: string;
  readonly status: 'synced' | 'skipped' | 'error';
  readonly action: AuditAction;
  readonly reason: string;
  readonly missing_fields?: readonly string[];
  readonly timestamp: string;
}

/** Everything but the skips, which repeat from run to run and are stored apart. */
export function auditLogOf(outcome: Outcome, now: Date): readonly AuditLogEntry[] {
  const timestamp = now.toISOString();
  const synced = (action: AuditAction, happenings: readonly Happening[]): AuditLogEntry[] =>
    happenings.map(({ agent_id, interviewer_id, name, voice_id, reason }) => ({
      agent_id,
      ...(interviewer_id === undefined ? {} : { interviewer_id }),
      name,
      ...(voice_id === undefined ? {} : { voice_id }),
      status: 'synced',
      action,
      reason,
      timestamp,
    }));
  return [
    ...synced('created', outcome.created),
    ...synced('updated', outcome.updated),
    ...synced('restored', outcome.restored),
    ...synced('orphaned', outcome.orphaned),
    ...synced('pushed', outcome.pushed),
    ...synced('conflict', outcome.conflicts),
    ...outcome.errors.map(
      ({ agent_id, name, reason }): AuditLogEntry => ({
        agent_id,
        name,
        status: 'error',
        action: 'error',
        reason,
        timestamp,
      }),
    ),
  ];
}

export function skipLogOf(skipped: Outcome['skipped'], now: Date): readonly AuditLogEntry[] {
  const timestamp = now.toISOString();
  return skipped.map(({ agent_id, name, voice_id, reason, missing_fields }) => ({
    agent_id,
    name,
    ...(voice_id === undefined ? {} : { voice_id }),
    status: 'skipped',
    action: 'skipped',
    reason,
    ...(missing_fields.length === 0 ? {} : { missing_fields }),
    timestamp,
  }));
}
