/** The documents match the project: the tests that they name by id, and the commands that they show. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import * as v from 'valibot';

const ROOT = join(import.meta.dirname, '..');

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

describe('ids of tests', () => {
  const reliability = read('docs/reliability.md');
  const security = read('docs/security.md');
  const rows = reliability
    .split('\n')
    .filter((line) => line.startsWith('| ['))
    .map((row) => idsIn(row)[0] ?? '');

  function idsIn(text: string): readonly string[] {
    return [...text.matchAll(/\[([A-Z]\d+)\]/g)].map(([, id]) => id ?? '');
  }

  /** The ids of titles such as `[R9] [R10] retries a reset connection`. */
  function idsInTitles(): ReadonlySet<string> {
    const sources = globSync('test/**/*.test.ts', { cwd: ROOT }).map(read).join('\n');
    const titles = [...sources.matchAll(/['"`]((?:\[[A-Z]\d+\] )+)/g)];
    return new Set(titles.flatMap(([, ids]) => idsIn(ids ?? '')));
  }

  test('every id in docs/reliability.md and docs/security.md is in the title of a test, and the reverse', () => {
    const named = new Set([...rows, ...idsIn(security)]);
    expect([...named.difference(idsInTitles())]).toEqual([]);
    expect([...idsInTitles().difference(named)]).toEqual([]);
  });

  test('the rows of docs/reliability.md are numbered without gaps or repetition', () => {
    expect(rows.length).toBeGreaterThan(100);
    const bySection = Map.groupBy(rows, (id) => id[0] ?? '');
    for (const [letter, ids] of bySection) {
      expect(ids).toEqual(ids.map((_, index) => `${letter}${index + 1}`));
    }
  });

  test('each of the ten OWASP risks in docs/security.md names a test', () => {
    const risks = security.split('\n').filter((line) => /^\| \d+ /.test(line));
    expect(risks).toHaveLength(10);
    expect(risks.filter((risk) => idsIn(risk).length === 0)).toEqual([]);
  });

  test('each holder in docs/security.md, and each chapter of ASVS, names a test', () => {
    const [, inside = ''] = security.split('## Who is already inside');
    const [holders = '', , asvs = ''] = inside.split(/^## /m);
    const rowsIn = (text: string) =>
      text.split('\n').filter((line) => /^\| (?!holder|chapter|-)/.test(line) && !line.startsWith('|---'));
    expect(rowsIn(holders).length).toBeGreaterThan(15);
    expect(rowsIn(asvs)).toHaveLength(15);
    expect([...rowsIn(holders), ...rowsIn(asvs)].filter((row) => idsIn(row).length === 0)).toEqual([]);
  });
});

test('every command in a document exists', () => {
  const Manifest = v.object({ scripts: v.record(v.string(), v.string()) });
  const { scripts } = v.parse(Manifest, JSON.parse(read('package.json')));
  const documents = globSync('{*.md,docs/*.md}', { cwd: ROOT });
  const missing = documents.flatMap((document) =>
    commandsIn(read(document))
      .filter((command) => !exists(command, scripts))
      .map((command) => `${document}: ${command}`),
  );
  expect(missing).toEqual([]);
});

/** Lines of shell blocks that run npm, Node or a script, without a prompt and environment variables. */
function commandsIn(document: string): readonly string[] {
  const blocks = [...document.matchAll(/^```(?:sh|bash|shell|console)\n(.*?)^```/gms)].map(([, block]) => block ?? '');
  return blocks
    .flatMap((block) => block.split('\n'))
    .map((line) => line.replace(/^\$ /, '').replace(/^(\w+=\S*\s+)+/, ''))
    .filter((line) => /^(npm|node|\.\/|\.ci\/)/.test(line));
}

const NPM_COMMANDS = /^npm (ci|install|audit|sbom|ls|version)\b/;

function exists(command: string, scripts: Readonly<Record<string, string>>): boolean {
  const [program = '', first = '', second = ''] = command.split(/\s+/).filter((word) => word !== '-s');
  if (program === 'npm') return NPM_COMMANDS.test(command) || (first === 'run' ? second : first) in scripts;
  return existsSync(join(ROOT, program === 'node' ? first : program));
}

test('every documented call of an endpoint that needs the token sends it', () => {
  const documents = globSync('{*.md,docs/*.md}', { cwd: ROOT });
  const calls = documents.flatMap((document) => callsIn(read(document)).map((call) => `${document}: ${call}`));
  expect(calls.length).toBeGreaterThan(5);
  expect(calls.filter((call) => !/(-H|--header) "?(\$AUTH|@-|@\.local\/)/.test(call))).toEqual([]);
});

/** The curl commands of shell blocks that call the API, but for its two open endpoints. */
function callsIn(document: string): readonly string[] {
  const blocks = [...document.matchAll(/^ *```sh\n(.*?)^ *```/gms)].map(([, block]) => block ?? '');
  const commands = blocks.flatMap((block) => block.replaceAll('\\\n', ' ').split('\n'));
  return commands.filter((command) => /\bcurl\b.*\/api\/(?!health|retell-webhook)/.test(command));
}
