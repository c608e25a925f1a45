import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import * as v from 'valibot';
import { onlyErrors, textLine } from '../../shared/log.ts';
import { redact as redactWith, textCleaner, withoutCredentials } from '../../shared/redact.ts';
import { type LogEntry, recordingLog } from '../support/log.ts';

const redact = (value: unknown, secrets: readonly string[]) => redactWith(value, textCleaner(secrets));

const script = fileURLToPath(new URL('write-log.ts', import.meta.url));
const json = await written('json');
const text = await written('text');

async function written(format: string, env: NodeJS.ProcessEnv = {}): Promise<{ stdout: string; stderr: string }> {
  return promisify(execFile)(process.execPath, [script, format], { env });
}

const Entry = v.looseObject({ level: v.string(), message: v.string(), service: v.literal('voice-agent-sync') });

describe.each([
  ['json', json],
  ['text', text],
])('in %s', (_, { stdout, stderr }) => {
  test('no secret, credential, row value or raw body is written', () => {
    expect(`${stdout}${stderr}`).not.toMatch(/canary|5ecret/);
  });

  test('codes, constraints, hosts, causes and stacks are kept', () => {
    for (const kept of ['23505', 'one_row', 'db.example.com:5432/app', 'page=2', 'write-log.ts']) {
      expect(`${stdout}${stderr}`).toContain(kept);
    }
  });

  test('warnings and errors go to stderr, the rest to stdout', () => {
    expect(stderr).toContain('Errors');
    expect(stdout).toContain('Keys of any case');
    expect(stdout).not.toContain('Errors');
  });
});

test('text from outside cannot end a line or send the terminal an escape sequence', () => {
  expect(`${text.stdout}${text.stderr}`.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  expect(text.stdout).not.toMatch(/^forged line/m);
});

test.each([
  ['json', json],
  ['text', text],
])('[S93] invisible and direction-changing characters are escapes in %s', (_, { stdout, stderr }) => {
  expect(`${stdout}${stderr}`).not.toMatch(/[\p{Cf}\u009b]/u);
  expect(stdout).toMatch(/Bob\\+u202Egnp\.\\+u200B\\+u\{E0041\}\\+uFEFF/);
});

test('each JSON line is an entry with its level, message, service and fields', () => {
  const entries = json.stdout
    .trim()
    .split('\n')
    .map((line) => v.parse(Entry, JSON.parse(line)));
  expect(entries.find(({ message }) => message.startsWith('Odd values'))).toMatchObject({
    level: 'INFO',
    request_id: 'r-1',
    secret: '[redacted]',
    circular: { name: 'loop', self: '[circular]' },
    big: '1',
    date: '1970-01-01T00:00:00.000Z',
    level_: 'own',
  });
});

test('a log of errors writes nothing but the errors', () => {
  const entries: LogEntry[] = [];
  const quiet = onlyErrors(recordingLog(entries)).with({ run_id: 1 });
  for (const level of ['debug', 'info', 'warn', 'error'] as const) quiet[level]('it happened');
  expect(entries).toEqual([{ level: 'error', message: 'it happened', fields: { run_id: 1 } }]);
});

describe('a line for people', () => {
  const time = new Date(2026, 10, 23, 15, 2, 11);

  test('has the time, the level, the message and its fields', () => {
    const fields = { status: 200, name: 'Bob', text: 'two words', list: ['a'], gone: undefined };
    expect(textLine({ time, level: 'info', message: 'Responded', fields }, { color: false })).toBe(
      '15:02:11 info  Responded  status=200  name=Bob  text="two words"  list=["a"]',
    );
  });

  test('is followed by the stacks of errors and of their causes', () => {
    const cause = { name: 'Error', message: 'no route', stack: 'Error: no route\n    at there', code: 'E1' };
    const error = { name: 'TypeError', message: 'failed', stack: 'TypeError: failed\n    at here', cause };
    expect(
      textLine({ time, level: 'error', message: 'broken', fields: { error } }, { color: false }).split('\n'),
    ).toEqual([
      '15:02:11 error broken  error="TypeError: failed"',
      '    TypeError: failed',
      '        at here',
      '    caused by Error: no route  code=E1',
      '        at there',
    ]);
  });

  test('is colored only on request', () => {
    const warning = { time, level: 'warn', message: 'careful', fields: {} } as const;
    expect(textLine(warning, { color: true })).toContain('\u001b[33mwarn \u001b[0m');
    expect(textLine(warning, { color: false })).not.toContain('\u001b');
  });
});

describe('redaction', () => {
  test('replaces the longest secret first, so that no tail is left', () => {
    expect(redact('abc abcdef', ['abc', 'abcdef'])).toBe('[redacted] [redacted]');
  });

  const SECRET = 'pä/ss "wörd" ~5ecret+key';
  const encodings: [string, (secret: string) => string][] = [
    ['base64', (secret) => Buffer.from(secret).toString('base64')],
    ['base64 after one byte', (secret) => Buffer.from(`:${secret}:`).toString('base64')],
    ['base64 after two bytes', (secret) => Buffer.from(`u:${secret}::`).toString('base64')],
    ['base64url', (secret) => Buffer.from(`user:${secret}`).toString('base64url')],
    ['hex', (secret) => Buffer.from(secret).toString('hex')],
    ['upper-case hex', (secret) => Buffer.from(secret).toString('hex').toUpperCase()],
    ['a URL', encodeURIComponent],
    [
      'a URL of lower-case codes',
      (secret) => encodeURIComponent(secret).replaceAll(/%../g, (code) => code.toLowerCase()),
    ],
    ['a form', (secret) => new URLSearchParams({ secret }).toString()],
    ['JSON', JSON.stringify],
    ['JSON in JSON', (secret) => JSON.stringify(JSON.stringify(secret))],
    ['JSON with escaped slashes', (secret) => JSON.stringify(secret).replaceAll('/', String.raw`\/`)],
    [
      'JSON in ASCII',
      (secret) => JSON.stringify(secret).replaceAll(/[^ -~]/g, (unit) => `\\u00${unit.charCodeAt(0).toString(16)}`),
    ],
  ];

  test.each(encodings)('[S92] finds a known secret in %s', (_, encode) => {
    const encoded = encode(SECRET);
    const shown = String(redact(`before ${encoded} after`, ['other', SECRET]));
    expect(shown).toMatch(/^before .*\[redacted\].* after$/);
    // A few characters at the ends of base64 also depend on the neighbors.
    expect(shown.length - 'before [redacted] after'.length).toBeLessThan(15);
  });

  test('does not hide a common word that is the encoded form of a short secret', () => {
    expect(redact('YWI= is base64', ['ab'])).toBe('YWI= is base64');
  });

  test('bounds depth, length and the number of entries', () => {
    const deep = Array.from({ length: 50 }).reduce<unknown>((inner) => ({ inner }), 'x');
    expect(JSON.stringify(redact(deep, []))).toContain('[deeper]');
    expect(
      redact(
        Array.from({ length: 150 }, (_, i) => i),
        [],
      ),
    ).toHaveLength(101);
    expect(String(redact('y'.repeat(50_000), []))).toHaveLength(10_000 + '… (cut)'.length);
  });

  test('takes linear time on a hostile text', () => {
    const texts = ['://a:'.repeat(50_000), 'bearer '.repeat(50_000), ', "'.repeat(75_000), 'token='.repeat(50_000)];
    const started = performance.now();
    for (const hostile of texts) redact(hostile, ['secret']);
    expect(performance.now() - started).toBeLessThan(2_500);
  });

  test('[S92] takes time linear in the text, however much of it resembles secrets in their encoded forms', () => {
    const secrets = Array.from({ length: 20 }, (_, index) => `${'a'.repeat(60)}${index}`);
    const nearly = `${Buffer.from('a'.repeat(60)).toString('base64').slice(0, -4)}!${'61'.repeat(59)}!`;
    const clean = textCleaner(secrets);
    const timeOf = (text: string) => {
      const started = performance.now();
      clean(text);
      return performance.now() - started;
    };
    timeOf(nearly);
    const short = Math.max(1, timeOf(nearly.repeat(500)));
    // Sixteen times as long; quadratic time would be 256 times as much.
    expect(timeOf(nearly.repeat(8_000)) / short).toBeLessThan(80);
  });

  test('leaves booleans and null of hidden keys readable', () => {
    expect(redact({ token: true, secret: null, password: 0 }, [])).toEqual({
      token: true,
      secret: null,
      password: '[redacted]',
    });
  });
});

test('the form of a connection string that messages show is kept, unlike a connection string', () => {
  const form = 'DATABASE_URL is not of the form postgres://user:password@host:5432/database';
  expect(withoutCredentials(form)).toBe(form);
  expect(withoutCredentials('postgres://me:password@host/db and postgres://user:s3cret@host:5432/database')).toBe(
    'postgres://me:[redacted]@host/db and postgres://user:[redacted]@host:5432/database',
  );
});
