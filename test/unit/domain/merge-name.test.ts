import { describe, expect, test } from '@jest/globals';
import { type Direction, decideName, type NameDecision, nameOf } from '../../../shared/domain/merge-name.ts';

describe('who wins when the names differ', () => {
  test.each<[string, string, string | undefined, Direction, NameDecision]>([
    ['A', 'A', 'B', 'both', 'agreed'],
    ['A', 'B', undefined, 'both', 'follow'],
    ['A', 'B', 'A', 'both', 'follow'],
    ['A', 'B', 'A', 'pull', 'follow'],
    ['A', 'B', 'B', 'both', 'push'],
    ['A', 'B', 'B', 'pull', 'follow'],
    ['A', 'B', 'C', 'both', 'conflict'],
    ['A', 'B', 'C', 'pull', 'conflict'],
  ])('row %s, Retell %s, agreed %s, %s: %s', (row, retell, agreed, direction, decision) => {
    expect(decideName(row, retell, agreed, direction)).toBe(decision);
  });
});

test('an agent without a name has an empty one', () => {
  expect(nameOf({ agent_name: null })).toBe('');
  expect(nameOf({ agent_name: 'Bob' })).toBe('Bob');
});
