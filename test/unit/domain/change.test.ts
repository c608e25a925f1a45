import { describe, expect, test } from '@jest/globals';
import {
  type Change,
  changesIn,
  changesOf,
  countChanges,
  entryFields,
  entryOf,
  inReadingOrder,
  isWrite,
  withoutPushRecords,
} from '../../../shared/domain/change.ts';
import { rowOf } from './builders.ts';
import { CHANGES, COUNTS, ENTRY } from './changes.ts';

describe('a list of changes', () => {
  test('is sorted by action, and stays in order within one', () => {
    expect(inReadingOrder(CHANGES.toReversed())).toEqual(CHANGES);
    const skip = { action: 'skip', name: 'Bob', reason: 'x', missing_fields: [] } as const;
    const two: readonly Change[] = [
      { ...skip, agent_id: 'b' },
      { ...skip, agent_id: 'a' },
    ];
    expect(inReadingOrder(two)).toEqual(two);
  });

  test('is filtered by action and grouped by list', () => {
    expect(changesOf(CHANGES, 'create', 'error')).toEqual([CHANGES[0], CHANGES[9]]);
    expect(changesIn(CHANGES, 'updated')).toEqual([CHANGES[1], CHANGES[2]]);
    expect(changesIn(CHANGES, 'pushed')).toEqual([CHANGES[5], CHANGES[6]]);
  });

  test('is counted by list, without verified rows', () => {
    expect(countChanges(CHANGES)).toEqual(COUNTS);
  });

  test('has no update that only records what a push of the same agent did in Retell', () => {
    const [, , update, restore, , push] = CHANGES;
    if (update?.action !== 'update' || restore === undefined || push === undefined) throw new Error('other changes');
    const updateOf = (...fields: readonly string[]): Change => ({
      ...update,
      changes: fields.map((field) => ({ field, from: 1, to: 2 })),
    });
    const record = updateOf('agent_version', 'retell_modified_at');
    const voice = updateOf('agent_version', 'voice_id');
    const other: Change = { ...record, agent_id: 'agent_2' };
    expect(withoutPushRecords([record, voice, push, restore, other])).toEqual([voice, push, restore, other]);
    expect(withoutPushRecords([updateOf('agent_version'), push])).toEqual([push]);
    expect(withoutPushRecords([updateOf('retell_modified_at'), push])).toEqual([push]);
    expect(withoutPushRecords([record, restore])).toEqual([record, restore]);
  });

  test('writes rows only with the actions that rest on an observation', () => {
    const writes = CHANGES.filter(isWrite).map(({ action }) => action);
    expect(writes).toEqual(['create', 'link', 'update', 'restore', 'orphan', 'verify']);
  });
});

test('the entry of a change has no empty fields', () => {
  expect(entryOf({ agent_id: null, name: 'Bob', reason: 'x' })).toStrictEqual({
    agent_id: null,
    name: 'Bob',
    reason: 'x',
  });
  expect(entryOf({ ...ENTRY, reason: 'x' })).toStrictEqual({ ...ENTRY, reason: 'x' });
  expect(entryFields(null, null)).toStrictEqual({});
  expect(entryFields(rowOf(), 'v')).toStrictEqual({ interviewer_id: '1', voice_id: 'v' });
});
