/** Rules of the architecture that the linter cannot check; the others are in .oxlintrc.json. */
import { execFile } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { ERRORS } from '../shared/api/errors.ts';

const ROOT = join(import.meta.dirname, '..');
/** The page is a separate program, for the browser. */
const PAGE = 'functions/console/page/';

const sources = new Map(
  globSync('{shared,functions,infra}/**/*.{ts,tsx}', { cwd: ROOT })
    .filter((path) => !path.endsWith('.d.ts'))
    .sort()
    .map((path) => [path, readFileSync(join(ROOT, path), 'utf8')]),
);
const service = new Map([...sources].filter(([path]) => !path.startsWith(PAGE)));

function pathsWith(pattern: RegExp, ...folders: readonly string[]): readonly string[] {
  return [...service]
    .filter(([path, text]) => folders.some((folder) => path.startsWith(folder)) && pattern.test(text))
    .map(([path]) => path);
}

describe('folders', () => {
  /** A folder with its subfolders, or a file directly in shared. */
  function unitOf(path: string): string {
    return path.startsWith(PAGE) ? PAGE : path.split('/').slice(0, 2).join('/');
  }

  function importsOf(path: string, text: string): readonly string[] {
    const found = text.matchAll(/^(?:import|export) [^;]*?from '(\.[^']*)';|import\('(\.[^']*)'\)/gms);
    return [...found].map(([, fixed, dynamic]) => normalize(join(dirname(path), fixed ?? dynamic ?? '')));
  }

  /** Which other units each unit imports from. */
  function dependencies(): ReadonlyMap<string, ReadonlySet<string>> {
    const found = new Map<string, Set<string>>();
    for (const [path, text] of sources) {
      const unit = unitOf(path);
      const targets = importsOf(path, text)
        .map(unitOf)
        .filter((target) => target !== unit);
      found.set(unit, new Set([...(found.get(unit) ?? []), ...targets]));
    }
    return found;
  }

  test('no two folders import each other, not even through others or for types', () => {
    const units = dependencies();
    expect(units.size).toBeGreaterThan(15);
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (unit: string, trail: readonly string[]): void => {
      if (trail.includes(unit)) cycles.push([...trail.slice(trail.indexOf(unit)), unit].join(' -> '));
      if (trail.includes(unit) || done.has(unit)) return;
      for (const target of units.get(unit) ?? []) visit(target, [...trail, unit]);
      done.add(unit);
    };
    for (const unit of units.keys()) visit(unit, []);
    expect(cycles).toEqual([]);
  });

  test('folders and SQL files are named in kebab-case, and none is called utils, helpers, common or misc', () => {
    const paths = globSync('{shared,functions,infra,test}/**/*.{ts,tsx,sql}', { cwd: ROOT });
    const kebab = /^([a-z0-9]+(-[a-z0-9]+)*\/)+[a-z0-9]+(-[a-z0-9]+)*\.[.a-z]+$/;
    expect(paths.filter((path) => !kebab.test(path))).toEqual([]);
    expect(paths.filter((path) => /(^|\/)(utils?|helpers?|common|misc)(\.|\/|-|$)/.test(path))).toEqual([]);
  });
});

test('test/unit mirrors shared: each of its tests is named after a file, and maybe an aspect of it', () => {
  const tests = globSync('**/*.test.ts', { cwd: join(ROOT, 'test/unit') });
  expect(tests.length).toBeGreaterThan(60);
  const named = (path: string) => `shared/${path.replace(/(\.[a-z]+)?\.test\.ts$/, '.ts')}`;
  expect(tests.filter((path) => !sources.has(named(path)))).toEqual([]);
});

test('the domain is synchronous and does not read the clock', () => {
  expect(pathsWith(/\bawait\b|\basync\b|new Date\(\)/, 'shared/domain/')).toEqual([]);
});

test('only shared/db contains SQL', () => {
  const sql =
    /[`'"]\s*(select|insert into|delete from|truncate|alter table|create (table|index)|update \w+ set|with \w+ (as|\())\s/i;
  expect(pathsWith(sql, 'shared/', 'functions/').filter((path) => !path.startsWith('shared/db/'))).toEqual([]);
});

test('no file reads import.meta.main: Node 20 leaves it undefined, so that a program would exit with 0 and do nothing', () => {
  expect(pathsWith(/import\.meta\.main/, 'shared/', 'functions/', 'infra/')).toEqual([]);
});

test('an error code that the API does not document has one status, and each error message is a whole sentence', () => {
  const made =
    /(?:new AppError\(\{\s*status: (\d+),\s*code: |apiError\()'(\w+)',\s*(?:\{\s*)?message: ('[^']*'|"[^"]*"|`[^`]*`),/g;
  const errors = [...service].flatMap(([path, text]) => [...text.matchAll(made)].map((found) => ({ path, found })));
  expect(errors.length).toBeGreaterThan(30);
  const byCode = Map.groupBy(errors, ({ found }) => found[2] ?? '');
  const ambiguous = [...byCode].filter(([, same]) => new Set(same.map(({ found }) => found[1])).size > 1);
  expect(ambiguous.map(([code]) => code)).toEqual([]);
  const documented = errors.filter(({ found }) => found[1] !== undefined && (found[2] ?? '') in ERRORS);
  expect(documented.map(({ path, found }) => `${path}: ${found[2]}, which apiError makes`)).toEqual([]);
  const fragments = errors.filter(({ found }) => !/[.?]['"`]$/.test(found[3] ?? ''));
  expect(fragments.map(({ path, found }) => `${path}: ${found[3]}`)).toEqual([]);
});

test('every module can be imported with an empty environment, prints nothing and leaves nothing running', async () => {
  // Programs, which are never imported.
  const programs = new Set(['functions/console/build-page.ts']);
  const modules = [...service.keys()].filter((path) => !path.startsWith('infra/') && !programs.has(path));
  const script = modules.map((path) => `await import(${JSON.stringify(join(ROOT, path))});`).join('\n');
  const flags = ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', script];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, flags, { env: {}, timeout: 60_000 });
  expect({ stdout, stderr }).toEqual({ stdout: '', stderr: '' });
}, 60_000);

test('the hint of an error code is written once, in shared/api/errors.ts, if a response has it word for word', () => {
  const texts = new Map([...service].filter(([path]) => /^(shared\/(http|sync)|functions)\//.test(path)));
  const copies = Object.entries(ERRORS).flatMap(([code, { hint }]) =>
    [...texts].filter(([, text]) => text.includes(`'${hint}'`)).map(([path]) => `${path}: ${code}`),
  );
  expect(copies).toEqual([]);
});
