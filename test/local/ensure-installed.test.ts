/** The start of every npm script, as processes on a separate project, without a network. */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { bareEnvironment } from '../support/child-environment.ts';

const execute = promisify(execFile);
const LOCAL = join(import.meta.dirname, '../../infra/local');
const INSTALLING = 'Installing the dependencies (npm ci). This happens once.\n';

let template: string;
/** The same project after its first run. */
let installation: string;
let project: string;

/** Its packages are archives in the same folder. `dev` and `denied` have a script that leaves a file behind. */
beforeAll(async () => {
  template = await mkdtemp(join(tmpdir(), 'packages-'));
  const scripts = { postinstall: 'echo > ran' };
  const parts = [
    { name: 'dev', version: '1.0.0', scripts, engines: { node: '>=99' } },
    { name: 'denied', version: '1.0.0', scripts },
    { name: 'platform', version: '1.0.0', os: [process.platform], cpu: [process.arch] },
    { name: 'elsewhere', version: '1.0.0', os: ['aix'], cpu: ['ppc64'] },
  ];
  for (const part of parts) await pack(part);
  await cp(LOCAL, join(template, 'infra/local'), { recursive: true, filter: (path) => !path.endsWith('.ts') });
  await writeFile(join(template, '.nvmrc'), '24\n');
  await writeFile(join(template, 'program.js'), 'console.log("ran", ...process.argv.slice(2), process.execPath);');
  await save(template, 'package.json', {
    name: 'project',
    version: '1.0.0',
    type: 'module',
    devDependencies: { dev: 'file:dev-1.0.0.tgz', denied: 'file:denied-1.0.0.tgz' },
    optionalDependencies: { platform: 'file:platform-1.0.0.tgz', elsewhere: 'file:elsewhere-1.0.0.tgz' },
    allowScripts: { dev: true, denied: false },
  });
  await execute('npm', ['install', '--package-lock-only', '--ignore-scripts', '--offline'], { cwd: template });
  installation = await mkdtemp(join(tmpdir(), 'installation-'));
  await cp(template, installation, { recursive: true });
  await runIn(installation);
}, 60_000);
afterAll(() => Promise.all([template, installation].map((path) => rm(path, { recursive: true }))));

beforeEach(async () => {
  project = await mkdtemp(join(tmpdir(), 'ensure-installed-'));
  await cp(template, project, { recursive: true });
});
afterEach(() => rm(project, { recursive: true }));

async function pack(manifest: { readonly name: string }): Promise<void> {
  const folder = join(template, manifest.name);
  await mkdir(folder);
  await save(folder, 'package.json', manifest);
  await execute('npm', ['pack', folder], { cwd: template });
  await rm(folder, { recursive: true });
}

async function save(folder: string, path: string, content: object): Promise<void> {
  await writeFile(join(folder, path), JSON.stringify(content));
}

interface Run {
  readonly env?: Readonly<Record<string, string>>;
  readonly flags?: readonly string[];
  readonly node?: string;
}

const run = (options: Run = {}) => runIn(project, options);

async function runIn(cwd: string, { env = {}, flags = [], node = process.execPath }: Run = {}) {
  const { HOME = '' } = process.env;
  const args = [...flags, 'infra/local/with-node.js', 'program.js', 'argument'];
  return await execute(node, args, { cwd, env: { ...bareEnvironment(), HOME, ...env } });
}

/** In the state in which the first run leaves it. */
const install = () =>
  cp(join(installation, 'node_modules'), join(project, 'node_modules'), { recursive: true, verbatimSymlinks: true });

/** Overrides whatever the machine's settings leave out. */
async function installWithoutScripts(): Promise<void> {
  const flags = ['--ignore-scripts', '--include=dev', '--include=optional', '--engine-strict=false', '--offline'];
  await execute('npm', ['ci', ...flags], { cwd: project });
}

async function installed(): Promise<readonly string[]> {
  return (await readdir(join(project, 'node_modules'))).filter((name) => !name.startsWith('.')).toSorted();
}

const RAN = `ran argument ${process.execPath}\n`;

test('installs once, runs the program, and runs only the allowed scripts of packages', async () => {
  expect((await run()).stdout).toBe(INSTALLING + RAN);
  expect(await installed()).toEqual(['denied', 'dev', 'platform']);
  expect(await readdir(join(project, 'node_modules/dev'))).toContain('ran');
  expect(await readdir(join(project, 'node_modules/denied'))).not.toContain('ran');
  expect((await run()).stdout).toBe(RAN);
}, 60_000);

test('[M1] installs everything in spite of settings that leave packages or scripts out', async () => {
  await run({
    env: {
      NODE_ENV: 'production',
      npm_config_ignore_scripts: 'true',
      npm_config_omit: 'dev optional',
      npm_config_engine_strict: 'true',
    },
  });
  expect(await installed()).toEqual(['denied', 'dev', 'platform']);
  expect(await readdir(join(project, 'node_modules/dev'))).toContain('ran');
}, 60_000);

test.each([
  ['the installation was interrupted', 'node_modules/.package-lock.json'],
  ['a package is lost', 'node_modules/denied'],
  ['the optional package of this platform is lost', 'node_modules/platform'],
])(
  '[M2] installs again when %s',
  async (_, lost) => {
    await install();
    await rm(join(project, lost), { recursive: true });
    expect((await run()).stdout).toBe(INSTALLING + RAN);
    expect(await installed()).toEqual(['denied', 'dev', 'platform']);
  },
  60_000,
);

test('installs again when the lockfile has another version', async () => {
  await install();
  const lockfile = await readFile(join(project, 'node_modules/.package-lock.json'), 'utf8');
  await writeFile(join(project, 'node_modules/.package-lock.json'), lockfile.replaceAll('"1.0.0"', '"0.9.0"'));
  expect((await run()).stdout).toBe(INSTALLING + RAN);
}, 60_000);

test('[M2] completes an installation that was made with scripts off', async () => {
  await installWithoutScripts();
  expect((await run()).stdout).toBe(RAN);
  expect(await readdir(join(project, 'node_modules/dev'))).toContain('ran');
}, 60_000);

test('does not retry an optional package that cannot be installed', async () => {
  await rm(join(project, 'platform-1.0.0.tgz'));
  const env = { npm_config_cache: join(project, 'cache') };
  expect((await run({ env })).stdout).toContain(INSTALLING);
  expect(await installed()).toEqual(['denied', 'dev']);
  expect((await run({ env })).stdout).toBe(RAN);
}, 60_000);

test('[M3] says in one line that npm ci failed', async () => {
  await save(project, 'package.json', { dependencies: { other: '1.0.0' } });
  await expect(run({ env: { npm_config_offline: 'true' } })).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/\nnpm ci failed: see its messages above\.\n$/),
  });
}, 60_000);

test('says in one line that there is no lockfile', async () => {
  await rm(join(project, 'package-lock.json'));
  const stderr = 'package-lock.json is missing or not JSON: restore it from git.\n';
  await expect(run()).rejects.toMatchObject({ code: 1, stderr });
});

/** A Node that reports this version. */
function pretend(version: string): readonly string[] {
  const script = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`;
  return ['--import', `data:text/javascript,${encodeURIComponent(script)}`];
}

test('says in one line that Node is too old to install with', async () => {
  const stderr = 'Node 18.20.0 is too old to install with: use Node 20 or later.\n';
  await expect(run({ flags: pretend('18.20.0') })).rejects.toMatchObject({ code: 1, stderr });
});

test('says in one line that Node is too old if no Node is bundled', async () => {
  await install();
  const { platform, arch } = process;
  const stderr = `Node 20.1.0 is too old, and none comes with the packages for ${platform} on ${arch}: install Node 24 or later.\n`;
  await expect(run({ flags: pretend('20.1.0') })).rejects.toMatchObject({ code: 1, stderr });
}, 60_000);

async function bundle(): Promise<string> {
  const path = join(project, `node_modules/node-${process.platform}-${process.arch}/bin/node`);
  await mkdir(join(path, '..'), { recursive: true });
  await cp(process.execPath, path);
  return path;
}

test("[M4] runs on the bundled Node if the machine's is too old, and passes on flags and exit codes", async () => {
  await install();
  const bundled = await bundle();
  expect((await run({ flags: pretend('20.1.0') })).stdout).toBe(`ran argument ${bundled}\n`);
  await writeFile(join(project, 'program.js'), 'process.exit(process.execArgv.includes("--no-warnings") ? 7 : 8);');
  await expect(run({ flags: [...pretend('20.1.0'), '--no-warnings'] })).rejects.toMatchObject({ code: 7 });
}, 60_000);

test('[M4] runs on a newer Node of the machine although npm puts the bundled one first', async () => {
  await install();
  const bundled = await bundle();
  const newer = join(project, 'newer-node');
  await writeFile(newer, '#!/bin/sh\necho newer "$@"\n', { mode: 0o755 });
  const env = { npm_node_execpath: newer, npm_config_user_agent: 'npm/12.0.0 node/v26.1.0 linux x64 workspaces/false' };
  expect((await run({ node: bundled, env })).stdout).toBe('newer program.js argument\n');
  const older = { ...env, npm_config_user_agent: 'npm/10.0.0 node/v20.1.0 linux x64 workspaces/false' };
  expect((await run({ node: bundled, env: older })).stdout).toBe(`ran argument ${bundled}\n`);
}, 60_000);

test('[M4] removes the bundled Node from the folder that npm puts first in PATH', async () => {
  await installWithoutScripts();
  await mkdir(join(project, 'node_modules/.bin'), { recursive: true });
  // Twice, because another `npm install` links it again.
  for (const _ of ['installing', 'installed']) {
    await writeFile(join(project, 'node_modules/.bin/node'), 'broken');
    await run();
    expect(await readdir(join(project, 'node_modules/.bin'))).toEqual([]);
  }
}, 60_000);

test('passes signals on to the Node that it starts', async () => {
  await install();
  await bundle();
  await writeFile(
    join(project, 'program.js'),
    `process.on('SIGTERM', () => { console.log('stopped'); process.exit(3); });
     setInterval(() => {}, 1000);
     process.kill(process.ppid, 'SIGTERM');`,
  );
  await expect(run({ flags: pretend('20.1.0') })).rejects.toMatchObject({ code: 3, stdout: 'stopped\n' });
}, 60_000);
