import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from '@jest/globals';

const script = fileURLToPath(new URL('../../infra/local/ensure-installed.js', import.meta.url));
let project: string;

/** A project whose one dependency is a folder beside it, so that npm needs no network. */
beforeEach(async () => {
  project = await mkdtemp(join(tmpdir(), 'ensure-installed-'));
  await mkdir(join(project, 'infra/local'), { recursive: true });
  await cp(script, join(project, 'infra/local/ensure-installed.js'));
  await save('package.json', { name: 'p', version: '1.0.0', type: 'module', dependencies: { part: 'file:part' } });
  await mkdir(join(project, 'part'));
  await save('part/package.json', { name: 'part', version: '1.0.0' });
  await save('package-lock.json', {
    name: 'p',
    version: '1.0.0',
    lockfileVersion: 3,
    requires: true,
    packages: {
      '': { name: 'p', version: '1.0.0', dependencies: { part: 'file:part' } },
      part: { version: '1.0.0' },
      'node_modules/part': { resolved: 'part', link: true },
    },
  });
});
afterEach(() => rm(project, { recursive: true }));

async function save(path: string, content: object): Promise<void> {
  await writeFile(join(project, path), JSON.stringify(content));
}

async function run(...flags: string[]): Promise<{ stdout: string; stderr: string }> {
  return promisify(execFile)(process.execPath, [...flags, join(project, 'infra/local/ensure-installed.js')]);
}

test('installs once, and again only when the lockfile wants another version', async () => {
  expect((await run()).stdout).toContain('Installing the dependencies');
  expect(await readFile(join(project, 'node_modules/part/package.json'), 'utf8')).toContain('"part"');
  expect((await run()).stdout).toBe('');

  const lockfile = await readFile(join(project, 'package-lock.json'), 'utf8');
  await writeFile(
    join(project, 'package-lock.json'),
    lockfile.replace('"part":{"version":"1.0.0"', '"part":{"version":"1.0.1"'),
  );
  await save('part/package.json', { name: 'part', version: '1.0.1' });
  expect((await run()).stdout).toContain('Installing the dependencies');
  expect((await run()).stdout).toBe('');
}, 60_000);

test('says in one sentence that npm ci failed', async () => {
  await writeFile(join(project, 'package.json'), '{"dependencies": {"other": "1.0.0"}}');
  await expect(run()).rejects.toMatchObject({ code: 1, stderr: expect.stringMatching(/npm ci failed: .*\.\n$/) });
}, 60_000);

test('says that there is no lockfile', async () => {
  await rm(join(project, 'package-lock.json'));
  await expect(run()).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('get it back from git') });
});

test('refuses an old Node in one sentence', async () => {
  const old = 'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "18.20.0" } })';
  await expect(run('--import', `data:text/javascript,${encodeURIComponent(old)}`)).rejects.toMatchObject({
    code: 1,
    stderr: 'Node 18.20.0 is too old to install with: use Node 20 or later.\n',
  });
});
