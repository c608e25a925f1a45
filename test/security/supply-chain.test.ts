import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
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
  test('every package is under one that we accept', () => {
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
  test('has the checksum of everything that is downloaded', () => {
    expect(packages.filter(({ integrity, inBundle }) => !inBundle && !integrity?.startsWith('sha512-'))).toEqual([]);
  });

  test('is of exact versions', () => {
    const inexact = Object.entries({ ...dependencies, ...devDependencies }).filter(
      ([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version),
    );
    expect(inexact).toEqual([]);
  });

  test('brings no script that runs at installation without our having decided on it', () => {
    const scripts = packages.filter(({ hasInstallScript }) => hasInstallScript).map(({ name }) => name);
    expect(scripts.filter((name) => !(name in allowScripts))).toEqual([]);
  });
});

describe('the audit', () => {
  const found = (high: number) => JSON.stringify({ metadata: { vulnerabilities: { high, critical: 0, total: 3 } } });

  test.each([
    [judgeVulnerabilities(found(0)), 'passed'],
    [judgeVulnerabilities(found(1)), 'failed'],
    [judgeSignatures('{"invalid": [], "missing": []}'), 'passed'],
    [judgeSignatures('{"invalid": [{"name": "some"}], "missing": []}'), 'failed'],
  ])('%j', ({ kind }, expected) => {
    expect(kind).toBe(expected);
  });

  test.each([
    judgeVulnerabilities('{"message": "405 Method Not Allowed", "statusCode": 405}'),
    judgeSignatures('{"error": {"code": "ENOTFOUND", "summary": "no such host"}}'),
    judgeSignatures(''),
  ])('that could not be made is no pass: %j', ({ kind, line }) => {
    expect(kind).toBe('skipped');
    expect(line).toContain('SKIPPED, the registry could not be asked');
  });
});

test('the bill of materials names every package that we depend on', async () => {
  const options = { cwd: ROOT, maxBuffer: 50_000_000 };
  const { stdout } = await promisify(execFile)('npm', ['run', '--silent', 'sbom'], options);
  const bill = v.parse(
    v.object({ bomFormat: v.literal('CycloneDX'), components: v.array(v.object({ name: v.string() })) }),
    JSON.parse(stdout),
  );
  const names = new Set(bill.components.map(({ name }) => name));
  expect(Object.keys({ ...dependencies, ...devDependencies }).filter((name) => !names.has(name))).toEqual([]);
}, 30_000);
