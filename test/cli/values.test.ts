import { spawnSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { plain } from '../../infra/cli/text/style.ts';
import { columns, widthOf } from '../../infra/cli/text/table.ts';
import { shellWord, shownDuration, shownTime, shownValue } from '../../infra/cli/text/values.ts';

const NOW = new Date('2026-03-12T19:09:00.000Z');

test('columns are as wide as a terminal shows them', () => {
  expect(widthOf('面接 🎧 é 👩🏽‍💻')).toBe(12);
  expect(
    columns(
      [
        ['面接', 'x'],
        ['abcde', 'y'],
      ],
      plain,
    ),
  ).toEqual(['面接   x', 'abcde  y']);
});

test('values are unambiguous', () => {
  expect(shownValue('a "b" ')).toBe(String.raw`"a \"b\"␣"`);
  expect([shownValue(null), shownValue(3), shownValue('3'), shownValue({ a: ' ' })]).toEqual([
    'null',
    '3',
    '"3"',
    '{"a":" "}',
  ]);
  expect([812, 125_000, 3_599_600, 7_500_000, 86_400_000, 270_000_000].map(shownDuration)).toEqual([
    '0.8 s',
    '2 min 5 s',
    '1 h 0 min',
    '2 h 5 min',
    '1 d 0 h',
    '3 d 3 h',
  ]);
  expect(shownTime(null, NOW)).toBe('never');
  expect(shownTime('2026-03-10T19:00:00.000Z', NOW)).toBe('2026-03-10 19:00:00 UTC (2 days ago)');
  expect([shellWord('agent_1'), shellWord("a'b c"), shellWord('$(rm)')]).toEqual([
    'agent_1',
    String.raw`'a'\''b c'`,
    "'$(rm)'",
  ]);
});

test('[S133] a word of a command shows what is invisible, and a shell reads the same word', () => {
  const text = "a\u001b]0;x\u0007\u202e\u{E0041}'\\ b";
  const word = shellWord(text);
  expect(word).toBe(String.raw`$'a\u001b]0;x\u0007\u202e\U000e0041\'\\ b'`);
  const read = spawnSync('bash', ['-c', `printf %s ${word}`], { env: { LC_ALL: 'C.UTF-8' }, encoding: 'utf8' });
  expect(read.stdout).toBe(text);
});
