import { describe, expect, test } from '@jest/globals';
import { auditLogOf, skipLogOf, storedLogOf } from '../../../shared/domain/audit-log.ts';
import { type Change, loggedAction } from '../../../shared/domain/change.ts';
import { NOW } from './builders.ts';
import { CHANGES, ENTRY, FIELDS } from './changes.ts';

describe('the audit log', () => {
  const timestamp = NOW.toISOString();

  test('has an entry for each change but skips and verified rows', () => {
    const entries = auditLogOf(CHANGES, NOW);
    expect(entries.map(({ action, status }) => `${action} ${status}`)).toEqual([
      'created synced',
      'updated synced',
      'updated synced',
      'restored synced',
      'orphaned synced',
      'pushed synced',
      'pushed synced',
      'conflict synced',
      'error error',
    ]);
    expect(entries[4]).toStrictEqual({ ...ENTRY, reason: 'Gone', status: 'synced', action: 'orphaned', timestamp });
    expect(entries[8]).toStrictEqual({
      agent_id: null,
      name: 'An agent without an id',
      reason: 'No id',
      status: 'error',
      action: 'error',
      timestamp,
    });
  });

  test('names the action of every change but a verified row', () => {
    expect(CHANGES.map(loggedAction).filter((action) => action === null)).toHaveLength(1);
  });

  test('lists the skips separately, with the missing fields', () => {
    const skip = { action: 'skip', agent_id: 'agent_2', name: 'Kabob', reason: 'No match' } as const;
    const entry = { agent_id: 'agent_2', name: 'Kabob', reason: 'No match', status: 'skipped', action: 'skipped' };
    const skips: readonly Change[] = [
      { ...skip, missing_fields: [] },
      { ...skip, voice_id: 'voice_1', missing_fields: ['agent_name'] },
    ];
    expect(skipLogOf([...CHANGES.slice(0, 1), ...skips], NOW)).toStrictEqual([
      { ...entry, timestamp },
      { ...entry, voice_id: 'voice_1', missing_fields: ['agent_name'], timestamp },
    ]);
  });

  test('has the changed fields of updates, and no empty list of fields', () => {
    const entries = auditLogOf(CHANGES, NOW);
    expect(entries[2]).toMatchObject({ action: 'updated', changes: FIELDS });
    expect(entries[0]).not.toHaveProperty('changes');
    expect(entries[4]).not.toHaveProperty('changes');
  });

  test('is stored with the names of a conflict, which an undo puts back, and with none of an orphan', () => {
    const stored = storedLogOf(CHANGES, NOW);
    expect(stored.map(({ action, names }) => [action, names])).toContainEqual([
      'conflict',
      {
        before: { retell_name: 'Bob', database_name: 'Bob' },
        after: { retell_name: 'Lisa', database_name: 'Lisa' },
      },
    ]);
    expect(stored[4]).toStrictEqual(auditLogOf(CHANGES, NOW)[4]);
    expect(stored.map(({ names: _names, ...entry }) => entry)).toStrictEqual(auditLogOf(CHANGES, NOW));
  });
});
