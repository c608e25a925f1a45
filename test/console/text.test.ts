import { describe, expect, test } from '@jest/globals';
import { blockedText, countLabel } from '../../functions/console/page/labels.ts';
import { cliLine } from '../../functions/console/page/operations/curl-line.ts';
import { undoSentence } from '../../functions/console/page/runs/undo-words.ts';
import { csv } from '../../functions/console/page/ui/csv.ts';
import { duration } from '../../functions/console/page/ui/format.ts';
import { sentenceParts } from '../../functions/console/page/ui/sentence-parts.ts';
import { visibleJson, visibleText } from '../../shared/visible-text.ts';

describe('invisible characters in a name', () => {
  test.each([
    ['a direction override', 'Interview \u202Egnp.exe', 'Interview \\u202Egnp.exe'],
    ['an isolate', '\u2067abc\u2069', '\\u2067abc\\u2069'],
    ['a zero-width space', 'Li\u200Bsa', 'Li\\u200Bsa'],
    ['a no-break space', 'Lisa\u00A0A', 'Lisa\\u00A0A'],
    ['a control character', 'Lisa\n', 'Lisa\\u000A'],
    ['a tag character', 'Lisa\u{E0041}', 'Lisa\\u{E0041}'],
    ['a blank letter', 'Lisa\u3164', 'Lisa\\u3164'],
    ['half a character', 'Lisa\ud800', 'Lisa\\uD800'],
    ['a variation selector', 'Lisa\u{E0100}\uFE01', 'Lisa\\u{E0100}\\uFE01'],
    ['a space at an end', ' Lisa ', '␣Lisa␣'],
    ['two spaces', 'Lisa  B', 'Lisa␣␣B'],
  ])('%s is escaped', (_what, name, shown) => expect(visibleText(name)).toBe(shown));

  test.each(['Interview en español', 'مقابلة', 'ראיון', '面接', '👩🏽‍💻 interview', 'Zoë', 'a b c'])(
    '%s is left unchanged',
    (name) => expect(visibleText(name)).toBe(name),
  );
});

test('JSON for a terminal has escapes for them, and is the same value', () => {
  const value = { name: 'Bob \u202E\u009b\u{e0041}\ufeff\n"x" 👩🏽‍💻', list: ['é'] };
  const json = visibleJson(value);
  expect(json.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202E\ufeff\u{e0041}]/u);
  expect(JSON.parse(json)).toEqual(value);
});

describe('a sentence from the service', () => {
  const parts = (text: string) => sentenceParts(text).map(({ kind, text }) => [kind, text]);

  test('is split at quoted values and times, with arrows', () => {
    expect(parts('name: "Lisa" -> "2026 Bob"; modified: "2026-11-23T18:26:34.930Z".')).toEqual([
      ['words', 'name: '],
      ['quoted', 'Lisa'],
      ['words', ' → '],
      ['quoted', '2026 Bob'],
      ['words', '; modified: '],
      ['time', '2026-11-23T18:26:34.930Z'],
      ['words', '.'],
    ]);
  });

  test('is split at statements, which keep their quotation marks', () => {
    expect(parts('Run `alter column "Weight" drop not null` for "a`b".')).toEqual([
      ['words', 'Run '],
      ['code', 'alter column "Weight" drop not null'],
      ['words', ' for '],
      ['quoted', 'a`b'],
      ['words', '.'],
    ]);
  });

  test('with an unpaired quotation mark is not split', () => {
    expect(parts('It is 5" long')).toEqual([['words', 'It is 5" long']]);
  });
});

describe('the sentence of an undo', () => {
  const none = { set_back: 0, restored: 0, archived: 0, marked_deleted: 0, kept: 0, failed: 0, not_undoable: 3 };
  test.each([
    [true, { set_back: 1 }, 'The undo would set back 1 name.'],
    [
      true,
      { set_back: 2, restored: 1, kept: 1 },
      'The undo would set back 2 names, restore 1 interviewer, and keep 1 change.',
    ],
    [true, {}, 'The undo would change nothing.'],
    [false, { archived: 2, failed: 1 }, 'The undo archived 2 interviewers again and failed for 1 change.'],
    [true, { marked_deleted: 2 }, 'The undo would mark 2 interviewers as deleted again.'],
    [false, { marked_deleted: 1 }, 'The undo marked 1 interviewer as deleted again.'],
    [false, {}, 'The undo changed nothing.'],
  ])('says what a dry run (%s) of %j is', (dry_run, counts, sentence) => {
    expect(undoSentence({ dry_run, counts: { ...none, ...counts } })).toBe(sentence);
  });
});

test('counts have a singular and a plural', () => {
  expect(countLabel('conflicts', 1)).toBe('1 conflict');
  expect(countLabel('conflicts', 2)).toBe('2 conflicts');
  expect(countLabel('errors', 1)).toBe('1 error');
  expect(countLabel('created', 1)).toBe('1 created');
  expect(countLabel('marked_deleted', 3)).toBe('3 marked deleted');
});

test.each([
  ['orphan_guard', 1, '1 orphan waits'],
  ['account_mismatch', 6, '6 interviewers wait'],
  ['cleanup_guard', 1, '1 interviewer to clean up waits'],
  ['cleanup_guard', 6, '6 interviewers to clean up wait'],
  ['undo_guard', 2, '2 changes wait'],
])('what %s blocks has a noun: %d', (code, blocked, text) => {
  expect(blockedText(code, blocked)).toBe(text);
});

test('CSV quotes where needed and starts no formula', () => {
  expect(
    csv(
      ['name', 'score'],
      [
        ['Lisa, "the" explorer', 1],
        ['=1+1', null],
        ['two\nlines', -1],
      ],
    ),
  ).toBe('name,score\r\n"Lisa, ""the"" explorer",1\r\n\'=1+1,\r\n"two\nlines",-1');
});

test.each([
  [null, '–'],
  [999, '999 ms'],
  [1_000, '1.0 s'],
  [59_499, '59.5 s'],
  [59_500, '1 min 0 s'],
  [119_499, '1 min 59 s'],
  [119_500, '2 min 0 s'],
])('a duration of %s ms is %s', (ms, shown) => expect(duration(ms)).toBe(shown));

test.each([
  ['http://127.0.0.1:3000/', 'npm run cli -- diff'],
  ['http://localhost:3000/', 'npm run cli -- diff'],
  ['http://127.0.0.1:4000/', "npm run cli -- diff --url 'http://127.0.0.1:4000'"],
  ['https://id.example/base/', "npm run cli -- diff --url 'https://id.example/base'"],
])('the command line for the page at %s acts on its service', (service, line) => {
  expect(cliLine('diff', service)).toBe(line);
});
