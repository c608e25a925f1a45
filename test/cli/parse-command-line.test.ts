import { describe, expect, test } from '@jest/globals';
import { COMMANDS } from '../../infra/cli/commands.ts';
import { commandHelp, generalHelp } from '../../infra/cli/help.ts';
import { fieldsOf, optionsOf } from '../../infra/cli/options.ts';
import { parseCommandLine } from '../../infra/cli/parse-command-line.ts';
import { CleanupBody } from '../../shared/api/cleanup.ts';
import { RunsQuery } from '../../shared/api/runs.ts';
import { SyncBody } from '../../shared/api/sync.ts';

function parse(...argv: readonly string[]) {
  return parseCommandLine(argv, COMMANDS);
}

test('options come before or after the command, and a plan may begin with a dash', () => {
  expect(parse('--json', 'sync', '--full', '--confirm', '-b3kq0m9T2uVwXyZ4a5B6c')).toEqual({
    name: 'sync',
    options: { json: true, full: true, confirm: '-b3kq0m9T2uVwXyZ4a5B6c' },
    positionals: [],
  });
  expect(parse('--url', 'http://localhost:1', 'restore', 'agent_1', 'agent_2')).toMatchObject({
    name: 'restore',
    positionals: ['agent_1', 'agent_2'],
  });
  expect(parse('explain', '--', '-odd name')).toMatchObject({ name: 'explain', positionals: ['-odd name'] });
});

test.each([['--help'], ['-h'], ['help']])('%s shows the help, also of a command', (word) => {
  expect(parse(word)).toMatchObject({ name: null, options: { help: true } });
  expect(parse(word, 'explain')).toMatchObject({ name: 'explain', options: { help: true } });
});

describe('one line says', () => {
  test.each<[string[], string]>([
    [['statsu'], 'There is no command "statsu". Did you mean status?'],
    [['stat'], 'There is no command "stat". Did you mean status?'],
    [['dif'], 'There is no command "dif". Did you mean diff?'],
    [['toString'], 'There is no command "toString"; known are status, audit, diff, sync, explain, runs,'],
    [['status', '--jsn'], 'There is no option "--jsn". Did you mean --json?'],
    [['sync', '--dry_run'], 'There is no option "--dry_run". Did you mean --dry-run?'],
    [['diff', '--dry-run'], 'There is no option "--dry-run"; known are --help, --json, --url, --token, '],
    [['status', '-x'], 'There is no option "-x"; see --help.'],
    [['runs', '--kind', 'snyc'], '--kind is "snyc". Did you mean sync?'],
    [['runs', '--kind'], '--kind needs a value: --kind <sync|'],
    [['sync', '--full=yes'], '--full takes no value.'],
    [['explain'], '`explain` needs <agent_id or name>; see `explain --help`.'],
    [['explain', 'Explorer', 'Lisa'], '"Lisa" is one argument too many for `explain`; quote a name with spaces.'],
    [['status', 'now'], '"now" is one argument too many for `status`'],
  ])('%j: %s', (argv, sentence) => {
    expect(() => parse(...argv)).toThrow(sentence);
  });
});

describe('the options of a command come from the schema of its request', () => {
  test('with kind, choices and description', () => {
    expect(optionsOf(RunsQuery)).toMatchObject([
      { name: 'limit', kind: 'text', description: 'How many runs a page holds.' },
      { name: 'before' },
      { name: 'kind', choices: expect.arrayContaining(['sync', 'cleanup']) },
      { name: 'status', value: 'running|succeeded|partial|held|failed' },
      { name: 'changed', kind: 'flag', set: 'true' },
      { name: 'since', kind: 'text' },
    ]);
    expect(optionsOf(CleanupBody, { without: ['action'] })).toMatchObject([
      { name: 'dry-run', kind: 'flag', field: 'dry_run' },
      { name: 'older-than-days', kind: 'number' },
      { name: 'confirm', kind: 'text' },
    ]);
  });

  test('and set its fields', () => {
    expect(fieldsOf(optionsOf(RunsQuery), { changed: true, limit: '3' })).toEqual({ changed: 'true', limit: '3' });
    expect(fieldsOf(optionsOf(SyncBody), { 'dry-run': true, json: true })).toEqual({ dry_run: true });
    const cleanup = optionsOf(CleanupBody);
    expect(fieldsOf(cleanup, { 'older-than-days': '0' })).toEqual({ older_than_days: 0 });
    expect(fieldsOf(cleanup, { 'older-than-days': 'ten' })).toEqual({ older_than_days: 'ten' });
  });
});

test('the help lists every command, and the help of a command explains every option', () => {
  const general = generalHelp(COMMANDS).join('\n');
  for (const [name, command] of Object.entries(COMMANDS)) {
    expect(general).toMatch(new RegExp(`^ {2}${name}\\b.* {2}${command.summary.slice(0, 10)}`, 'm'));
    const lines = commandHelp(name, command);
    for (const option of command.options) {
      expect(option.description).not.toBe('');
      expect(lines.some((line) => line.includes(`--${option.name}`) && line.endsWith(option.description))).toBe(true);
    }
    for (const example of command.examples) {
      expect(example.split(' ')[0]).toBe(name);
      expect(lines).toContain(`  npm run cli -- ${example}`);
    }
  }
});
