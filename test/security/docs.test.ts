import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { brokenLinks, linkedTests } from '../support/linked-tests.ts';

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
    '[b](../test/config.test.ts)',
    '[c](../test/config.test.ts "the environment")',
  ];
  expect(brokenLinks(links.join(' '))).toEqual(['../test/none.test.ts: a', '../test/config.test.ts: b']);
});
