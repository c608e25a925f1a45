/** The Node of the tests and the bundled Nodes have the current security fixes. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import * as v from 'valibot';

const ROOT = join(import.meta.dirname, '../..');

/** The current security release of each line of Node that we run. */
const SECURITY_RELEASES = ['24.18.1', '26.5.1'];

const { optionalDependencies } = v.parse(
  v.object({ optionalDependencies: v.record(v.string(), v.string()) }),
  JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')),
);
const releases = v.parse(
  v.array(v.object({ version: v.string(), security: v.boolean() })),
  JSON.parse(readFileSync(join(ROOT, 'node_modules/node-releases/data/processed/envs.json'), 'utf8')),
);

function lineOf(version: string): string {
  return version.split('.')[0] ?? '';
}

function isAtLeast(version: string, other: string): boolean {
  return version.localeCompare(other, 'en', { numeric: true }) >= 0;
}

function hasSecurityFixes(version: string): boolean {
  return SECURITY_RELEASES.some((least) => lineOf(least) === lineOf(version) && isAtLeast(version, least));
}

describe('security fixes of Node', () => {
  test('[S123] are in the Node that runs the tests', () => {
    expect([process.versions.node].filter((version) => !hasSecurityFixes(version))).toEqual([]);
  });

  test.each(Object.entries(optionalDependencies))('are in the bundled %s', (_, version) => {
    expect([version].filter((bundled) => !hasSecurityFixes(bundled))).toEqual([]);
  });

  test.each(SECURITY_RELEASES)('of %s are the newest of its line in the release list', (least) => {
    const known = releases.filter(({ version, security }) => security && lineOf(version) === lineOf(least));
    expect(known.map(({ version }) => version).filter((version) => !isAtLeast(least, version))).toEqual([]);
  });
});

describe('jest started without npm', () => {
  async function jest(...flags: readonly string[]) {
    const args = [...flags, 'node_modules/jest/bin/jest.js', 'test/unit/domain/guard.test.ts'];
    return await promisify(execFile)(process.execPath, args, { cwd: ROOT });
  }

  test('says in one line which Node the tests need', async () => {
    const script = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } })`;
    const old = ['--import', `data:text/javascript,${encodeURIComponent(script)}`];
    const line =
      "The tests need Node 24 or later, and this is Node 20.20.2: run npm run jest, which takes jest's arguments after --.\n";
    await expect(jest(...old, '--no-warnings', '--experimental-vm-modules')).rejects.toMatchObject({
      code: 1,
      stderr: line,
    });
  }, 60_000);

  test('says in one line which flag the tests need', async () => {
    const line =
      "The tests need the flag --experimental-vm-modules: run npm run jest, which takes jest's arguments after --.\n";
    await expect(jest('--no-warnings')).rejects.toMatchObject({ code: 1, stderr: line });
  }, 60_000);
});
