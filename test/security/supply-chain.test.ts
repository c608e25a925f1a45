import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import * as v from 'valibot';
import { judgeSignatures, judgeVulnerabilities } from '../../infra/supply-chain/judge-audit.ts';
import { type LockedPackage, lockedPackages, objection } from '../../infra/supply-chain/judge-licenses.ts';

const ROOT = join(import.meta.dirname, '../..');
const Versions = v.record(v.string(), v.string());
const { dependencies, devDependencies, allowScripts } = v.parse(
  v.object({ dependencies: Versions, devDependencies: Versions, allowScripts: v.record(v.string(), v.boolean()) }),
  JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')),
);
const packages = lockedPackages(ROOT);

describe('licences', () => {
  test('[S75] every package is under one that we accept', () => {
    expect(packages.map(objection).filter((line) => line !== null)).toEqual([]);
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
  ])('%s is not, for a tool: %s', (license, dev) => {
    expect(objection(licensed(license, dev))).toMatch(/^some@1\.0\.0 /);
  });

  test.each([
    ['MIT', false],
    ['(MIT OR GPL-3.0-or-later)', false],
    ['Apache-2.0 AND MIT', false],
    ['MPL-2.0', true],
  ])('%s is, for a tool: %s', (license, dev) => {
    expect(objection(licensed(license, dev))).toBeNull();
  });
});

describe('the lockfile', () => {
  test('[S45] has the checksum of everything that is downloaded', () => {
    expect(packages.filter(({ integrity, inBundle }) => !inBundle && !integrity?.startsWith('sha512-'))).toEqual([]);
  });

  test('[S44] is of exact versions', () => {
    const inexact = Object.entries({ ...dependencies, ...devDependencies }).filter(
      ([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version),
    );
    expect(inexact).toEqual([]);
  });

  test('[S46] brings no script that runs at installation without our having decided on it', () => {
    const scripts = packages.filter(({ hasInstallScript }) => hasInstallScript).map(({ name }) => name);
    expect(scripts.filter((name) => !(name in allowScripts))).toEqual([]);
  });
});

describe('the audit', () => {
  const found = (high: number, critical: number) =>
    JSON.stringify({ metadata: { vulnerabilities: { high, critical, total: 3 } } });
  const unsigned = (invalid: readonly object[], missing: readonly object[]) => JSON.stringify({ invalid, missing });
  const SOME = { name: 'some', version: '1.0.0' };
  const OFFLINE = '{"error": {"code": "ENOTFOUND", "summary": "no such host"}}';

  test.each([
    [judgeVulnerabilities(found(0, 0)), 'passed'],
    [judgeVulnerabilities(found(1, 0)), 'failed'],
    [judgeVulnerabilities(found(0, 1)), 'failed'],
    [judgeSignatures(unsigned([], [])), 'passed'],
    [judgeSignatures(unsigned([SOME], [])), 'failed'],
    [judgeSignatures(unsigned([], [SOME])), 'failed'],
  ])('%j', ({ kind }, expected) => {
    expect(kind).toBe(expected);
  });

  test.each([
    judgeVulnerabilities('{"message": "405 Method Not Allowed", "statusCode": 405}'),
    judgeSignatures(OFFLINE),
    judgeSignatures(''),
  ])('[S77] that could not be made is no pass: %j', ({ kind, line }) => {
    expect(kind).toBe('skipped');
    expect(line).toContain('SKIPPED, the registry could not be asked');
  });

  interface Run {
    readonly vulnerabilities?: string;
    readonly signatures?: string;
    readonly flags?: readonly string[];
  }

  /** Runs the command with a stand-in for npm, which exits with 1 whatever it prints, as npm does when it found something. */
  async function run({ vulnerabilities = found(0, 0), signatures = unsigned([], []), flags = [] }: Run) {
    const directory = await mkdtemp(join(tmpdir(), 'audit-'));
    const cases = `"audit --omit=dev") echo '${vulnerabilities}';; "audit signatures") echo '${signatures}';;`;
    await writeFile(join(directory, 'npm'), `#!/bin/sh\ncase "$1 $2" in ${cases} esac\nexit 1\n`, { mode: 0o755 });
    const script = join(ROOT, 'infra/supply-chain/audit-dependencies.ts');
    const ended = spawnSync(process.execPath, [script, ...flags], { env: { PATH: directory }, encoding: 'utf8' });
    await rm(directory, { recursive: true });
    return ended;
  }

  const offline = { vulnerabilities: OFFLINE, signatures: OFFLINE };
  const required = { flags: ['--require'] };

  test.each<[string, Run, number, RegExp]>([
    ['passes when nothing is found', {}, 0, /^$/],
    ['passes when nothing is found and it is required', required, 0, /^$/],
    ['fails with a vulnerability', { vulnerabilities: found(1, 0) }, 1, /^vulnerabilities: 3, of which 1 high/],
    ['fails with a signature that is missing', { signatures: unsigned([], [SOME]) }, 1, /^signatures: .* 1 missing/],
    ['passes without a network, and says that it was skipped', offline, 0, /^vuln.*: SKIPPED.*\nsignatures: SKIPPED/],
    ['[S78] fails without a network when it is required', { ...offline, ...required }, 1, /^vulnerabilities: SKIPPED/],
    ['fails when only the signatures were skipped', { signatures: OFFLINE, ...required }, 1, /^signatures: SKIPPED/],
  ])('[S76] as a command %s', async (_, given, status, complaint) => {
    expect(await run(given)).toMatchObject({ status, stderr: expect.stringMatching(complaint) });
  });
});

test('[S79] the bill of materials names every package that we depend on', async () => {
  const options = { cwd: ROOT, maxBuffer: 50_000_000 };
  const { stdout } = await promisify(execFile)('npm', ['run', '--silent', 'sbom'], options);
  const bill = v.parse(
    v.object({ bomFormat: v.literal('CycloneDX'), components: v.array(v.object({ name: v.string() })) }),
    JSON.parse(stdout),
  );
  const names = new Set(bill.components.map(({ name }) => name));
  expect(Object.keys({ ...dependencies, ...devDependencies }).filter((name) => !names.has(name))).toEqual([]);
}, 30_000);
