import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { brokenLinks, linkedTests, titlesIn } from '../support/linked-tests.ts';

const markdown = readFileSync(join(import.meta.dirname, '../../docs/security.md'), 'utf8');

test('every test that docs/security.md links to is there', () => {
  expect(linkedTests(markdown).length).toBeGreaterThan(60);
  expect(brokenLinks(markdown)).toEqual([]);
});

test('each of the ten risks has its test', () => {
  const rows = markdown.split('\n').filter((line) => /^\| \d+ /.test(line));
  expect(rows).toHaveLength(10);
  for (const row of rows) expect(linkedTests(row)).not.toEqual([]);
});

test('a link to a test that is not there is found', () => {
  const links = [
    '[a](../test/none.test.ts)',
    '[b](../test/unit/config.test.ts)',
    '[c](../test/unit/config.test.ts "the environment")',
  ];
  expect(brokenLinks(links.join(' '))).toEqual(['../test/none.test.ts: a', '../test/unit/config.test.ts: b']);
});

describe('the titles of a file', () => {
  test.each<[string, string, string[]]>([
    ['a group and what is in it', `describe('a', () => { test("b", f); it(\`c\`, f); });`, ['a', 'b', 'c']],
    ['a group that runs only where it can', `(there() ? describe : describe.skip)('a', () => test('b', f))`, ['b']],
    ['the rows of a table', `test.each([['a', 1], ['b', 2]])('%s', f)`, ['%s', 'a', 'b']],
    ['texts alone', `describe.each(['a', 'b'])('with %s', f)`, ['with %s', 'a', 'b']],
    ['a table with a name', `const T = [['a', 1]]; test.each<Row>(T)('%s', f); const U = [['b']];`, ['%s', 'a']],
    [
      'the keys of an object',
      `const T = { 'a b': 1, c: 2 }; test.each(Object.entries(T))('%s', f)`,
      ['%s', 'a b', 'c'],
    ],
    ['a table in a template', 'test.each`n\n${"a"}`("$n is", f)', ['$n is']],
    ['what is commented out', `// test('a', f)\n/* test('b', f); */ test('c', f)`, ['c']],
    ['what is skipped', `test.skip('a', f); xit('b', f); test.skip.each([['c']])('%s', f); test.todo('d')`, []],
    ['what is in a skipped group', `describe.skip('a', () => { test('b', f); }); test('c', f)`, ['c']],
    ['all but what runs alone', `test('a', f); test.only('b', f)`, []],
    ['other texts', `const a = 'a'; expect('b').toBe('c'); run('d', f); test(e, f)`, []],
  ])('%s', (_, source, expected) => {
    expect([...titlesIn(source)]).toEqual(expected);
  });
});
