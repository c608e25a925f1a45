import { expect, test } from '@jest/globals';
import { cutBelow } from '../../../shared/domain/nesting.ts';

test('what is nested deeper is null, in arrays and in objects', () => {
  const value = { a: [1, [2, { b: 3 }]], c: { d: {} }, e: 'x', f: null };
  expect(cutBelow(value, 4)).toEqual(value);
  expect(cutBelow(value, 3)).toEqual({ ...value, a: [1, [2, null]] });
  expect(cutBelow(value, 2)).toEqual({ ...value, a: [1, null], c: { d: null } });
  expect(cutBelow(value, 0)).toBeNull();
  expect(cutBelow('x', 0)).toBe('x');
});

test('the entries of every object are arranged', () => {
  const reversed = cutBelow([{ a: { b: 1, c: 2 }, d: 3 }], 4, (entries) => entries.toReversed());
  expect(JSON.stringify(reversed)).toBe('[{"d":3,"a":{"c":2,"b":1}}]');
  expect(JSON.stringify(cutBelow({ b: 1, a: 2 }, 1))).toBe('{"b":1,"a":2}');
});
