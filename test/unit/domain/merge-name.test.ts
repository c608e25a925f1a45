import { describe, expect, test } from '@jest/globals';
import { nameOf } from '../../../shared/domain/agent.ts';
import { type Direction, mergeName, type NameMerge, namesAgree } from '../../../shared/domain/merge-name.ts';

function rowWith(name: string, base: string | null, base_database_name = base) {
  return { name, base_retell_name: base, base_database_name, pending_name: null };
}

describe('the three-way merge of a name', () => {
  test.each<[string, string, string | null, Direction, NameMerge]>([
    ['A', 'A', 'B', 'both', 'unchanged'],
    ['A', 'B', null, 'both', 'pull'],
    ['A', 'B', 'A', 'both', 'pull'],
    ['A', 'B', 'A', 'pull', 'pull'],
    ['A', 'B', 'B', 'both', 'push'],
    ['A', 'B', 'B', 'pull', 'pull'],
    ['A', 'B', 'C', 'both', 'conflict'],
    ['A', 'B', 'C', 'pull', 'conflict'],
  ])('of row %s and Retell %s over merge base %s with direction %s is %s', (row, retell, base, direction, merge) => {
    expect(mergeName(rowWith(row, base), retell, direction)).toBe(merge);
  });

  test.each([
    ['Explorer Lisa', 'Lisa'],
    ['Empathetic Bob', 'Bob'],
  ])("finds FoloUp's pair %s and %s unchanged at the first meeting", (database, retell) => {
    expect(mergeName(rowWith(database, null), retell, 'both')).toBe('unchanged');
    expect(mergeName(rowWith(database, null), `${retell} 2`, 'both')).toBe('pull');
  });

  test.each<[string, string, NameMerge]>([
    ['Explorer Lisa', 'Lisa', 'unchanged'],
    ['Lisa the explorer', 'Lisa', 'push'],
    ['Explorer Lisa', 'Lisa the explorer', 'pull'],
    ['Lisa the explorer', 'Lisa, explorer', 'conflict'],
  ])('over a merge base of two names, row %s and Retell %s: %s', (database, retell, merge) => {
    expect(mergeName(rowWith(database, 'Lisa', 'Explorer Lisa'), retell, 'both')).toBe(merge);
  });

  test('counts a pending push that arrived as agreed', () => {
    const row = { ...rowWith('C', 'A'), pending_name: 'B' };
    expect(mergeName(row, 'B', 'both')).toBe('push');
    expect(mergeName(row, 'D', 'both')).toBe('conflict');
    expect(mergeName({ ...row, base_retell_name: null }, 'B', 'both')).toBe('push');
  });

  test('treats a merge base without a separate name for the row as one name', () => {
    expect(mergeName({ ...rowWith('B', 'B'), base_database_name: null }, 'C', 'both')).toBe('pull');
  });
});

test('a row agrees with an agent without a name only if its name is empty', () => {
  expect(namesAgree(rowWith('Bob', null), null)).toBe(false);
});

test('the name of an agent without one is empty', () => {
  expect(nameOf({ agent_name: null })).toBe('');
  expect(nameOf({ agent_name: 'Bob' })).toBe('Bob');
});
