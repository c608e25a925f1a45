/** The linter refuses each violation that it should: a project with one violation in each file. */
import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as v from 'valibot';

const ROOT = join(import.meta.dirname, '..');

const LAYERS = 'eslint(no-restricted-imports)';
const BUILTINS = 'import(no-nodejs-modules)';
const GLOBALS = 'eslint(no-restricted-globals)';
const PROPERTIES = 'eslint(no-restricted-properties)';
const ENV = 'node(no-process-env)';

const CYCLE = `import type { A } from './cycle-back.ts';\nexport type B = A;`;
const FIVE = 'export const sum = (a: 1, b: 1, c: 1, d: 1, e: 1) => a + b + c + d + e;';
const STEPS = `export function steps() {\n${'  // step\n'.repeat(39)}}`;
const DANGER = `export const Page = () => <p dangerouslySetInnerHTML={{ __html: '' }} />;`;
const PROMISE = 'const one = async () => 1;\none();';
const CONDITION = 'const one = async () => 1;\nexport const two = one() ? 1 : 2;';

/** The violation, the file, its source, and the rule that refuses it. */
const REFUSED: readonly (readonly [string, string, string, string])[] = [
  ['the domain imports the database', 'shared/domain/layer.ts', `import type { Pool } from '../db/pool.ts';`, LAYERS],
  ['the domain reads a file', 'shared/domain/file.ts', `import { readFile } from 'node:fs/promises';`, BUILTINS],
  ['the domain reads the clock', 'shared/domain/clock.ts', 'export const now = Date.now();', PROPERTIES],
  ['the domain draws a random number', 'shared/domain/chance.ts', 'export const chance = Math.random();', PROPERTIES],
  ['the domain waits', 'shared/domain/wait.ts', 'export const later = Promise.resolve(1);', GLOBALS],
  ['the database layer imports the Retell client', 'shared/db/layer.ts', `import '../retell/client.ts';`, LAYERS],
  ['the Retell client imports the database layer', 'shared/retell/layer.ts', `import '../db/pool.ts';`, LAYERS],
  ['a use case makes a Retell client', 'shared/sync/client.ts', `export * from '../retell/client.ts';`, LAYERS],
  ['a use case reads the configuration', 'shared/sync/config.ts', `import '../config.ts';`, LAYERS],
  ['the handler stack imports a use case', 'shared/http/layer.ts', `export * from '../sync/sync.ts';`, LAYERS],
  ['AWS code imports a use case', 'shared/aws/layer.ts', `import '../sync/sync.ts';`, LAYERS],
  ['shared code imports a function', 'shared/layer.ts', `import '../functions/sync/index.ts';`, LAYERS],
  ['a function imports the database layer', 'functions/sync/layer.ts', `import '../../shared/db/runs.ts';`, LAYERS],
  ['a function imports another function', 'functions/sync/other.ts', `import '../audit/index.ts';`, LAYERS],
  ['the migrations import a use case', 'functions/migrate/layer.ts', `import '../../shared/sync/sync.ts';`, LAYERS],
  ['the CDK app imports the domain', 'infra/aws/layer.ts', `import '../../shared/domain/plan.ts';`, LAYERS],
  ['the local stack imports the CDK app', 'infra/local/layer.ts', `import '../aws/app.ts';`, LAYERS],
  [
    'the page imports the domain',
    'functions/console/page/layer.ts',
    `import '../../../shared/domain/plan.ts';`,
    LAYERS,
  ],
  ['modules import each other, if only for types', 'shared/cycle.ts', CYCLE, 'import(no-cycle)'],
  ['the environment is read past the configuration', 'shared/env.ts', 'export const { HOME } = process.env;', ENV],
  ['a file name is not in kebab-case', 'shared/someFile.ts', 'export {};', 'unicorn(filename-case)'],
  ['a function has five parameters', 'shared/params.ts', FIVE, 'eslint(max-params)'],
  ['a function has 41 lines', 'shared/steps.ts', STEPS, 'eslint(max-lines-per-function)'],
  ['a file has 251 lines', 'shared/long.ts', '// line\n'.repeat(251), 'eslint(max-lines)'],
  ['[S53] service code calls fetch', 'shared/fetch.ts', `export const a = fetch('http://example.com');`, GLOBALS],
  ['[S53] service code opens a socket', 'functions/sync/socket.ts', `import 'node:net';`, BUILTINS],
  ['service code runs a command', 'shared/command.ts', `import 'node:child_process';`, BUILTINS],
  ['service code reads or writes files', 'shared/file.ts', `import 'node:fs/promises';`, BUILTINS],
  ['service code merges objects', 'shared/merge.ts', 'export const a = Object.assign({}, {});', PROPERTIES],
  ['a text is evaluated', 'shared/eval.ts', `export const a = eval('1');`, 'eslint(no-eval)'],
  ['a text becomes a function', 'shared/function.ts', `export const a = new Function('1');`, 'eslint(no-new-func)'],
  ['[S23] the page writes HTML', 'functions/console/page/html.ts', `document.body.innerHTML = '';`, PROPERTIES],
  ['[S23] the page passes HTML to a component', 'functions/console/page/danger.tsx', DANGER, 'react(no-danger)'],
  ['a type is wrong', 'shared/type.ts', `export const a: number = '1';`, 'typescript(TS2322)'],
  ['[L10] a promise is not awaited', 'shared/promise.ts', PROMISE, 'typescript(no-floating-promises)'],
  ['a promise is used as a condition', 'shared/condition.ts', CONDITION, 'typescript(no-misused-promises)'],
];

const Report = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ diagnostics: v.array(v.object({ code: v.string(), filename: v.string() })) }),
);

let directory: string;
let reported: ReadonlySet<string>;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'voice-agent-sync-lint-'));
  for (const config of ['.oxlintrc.json', 'tsconfig.json']) await copyFile(join(ROOT, config), join(directory, config));
  await symlink(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
  const files = REFUSED.map(([, path, source]) => [path, source] as const);
  const back = ['shared/cycle-back.ts', `import type { B } from './cycle.ts';\nexport type A = B;`] as const;
  for (const [path, source] of [...files, back]) {
    await mkdir(join(directory, dirname(path)), { recursive: true });
    await writeFile(join(directory, path), source);
  }
  const { diagnostics } = v.parse(Report, await oxlint(directory));
  reported = new Set(diagnostics.map(({ filename, code }) => `${filename}: ${code}`));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** The linter exits with 1 when it finds something. */
function oxlint(cwd: string): Promise<string> {
  const command = join(ROOT, 'node_modules', 'oxlint', 'bin', 'oxlint');
  return new Promise((resolve) => {
    execFile(process.execPath, [command, '--type-aware', '--type-check', '--format=json'], { cwd }, (_error, stdout) =>
      resolve(stdout),
    );
  });
}

test.each(REFUSED)('%s: the linter refuses it', (_, path, _source, rule) => {
  expect([...reported]).toContain(`${path}: ${rule}`);
});
