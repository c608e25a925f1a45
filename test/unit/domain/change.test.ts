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

  test('writes rows only by the actions that rest on an observation', () => {
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
