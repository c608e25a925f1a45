import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { brokenLinks, linkedTests } from '../support/linked-tests.ts';

const markdown = readFileSync(join(import.meta.dirname, '../../docs/reliability.md'), 'utf8');
const rows = markdown.split('\n').filter((line) => /^\| [A-Z]\d+ \|/.test(line));

test('every fault has its row, once', () => {
  const ids = rows.map((row) => row.split(' ')[1] ?? '');
  const sections = { R: 27, D: 21, L: 12, W: 20, A: 12, O: 12, F: 10 };
  const expected = Object.entries(sections).flatMap(([letter, count]) =>
    Array.from({ length: count }, (_, index) => `${letter}${index + 1}`),
  );
  expect(ids).toEqual(expected);
});

test('every row names its test, and the test is there', () => {
  expect(rows.filter((row) => linkedTests(row).length === 0)).toEqual([]);
  expect(brokenLinks(markdown)).toEqual([]);
});
