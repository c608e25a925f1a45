import { expect, test } from '@jest/globals';
import { cutField, cutList } from '../../shared/text.ts';

test('a list is cut by number and by bytes, but never to an empty list', () => {
  expect(cutList([1, 2, 3], 2)).toEqual([1, 2]);
  expect(cutList([1, 2], 2)).toEqual([1, 2]);
  expect(cutList([], 2)).toEqual([]);
  expect(cutList(['x', 'y', 'x'.repeat(400_000)], 1)).toEqual(['x']);
  const half = 'x'.repeat(175_000 - 2);
  expect(cutList([half, half, 'x'], 9)).toEqual([half, half]);
  expect(cutList([`${half}${half}${half}`, 'x'], 9)).toHaveLength(1);
  expect(cutList(['é'.repeat(174_999), 'x'], 9)).toHaveLength(1);
});

test('a field with a cut list comes with truncated', () => {
  expect(cutField('held_back', [1, 2, 3], 2)).toEqual({ held_back: [1, 2], truncated: true });
  expect(cutField('held_back', [1, 2], 2)).toEqual({ held_back: [1, 2] });
});
