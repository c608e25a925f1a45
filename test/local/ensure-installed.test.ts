/** The start of every npm script, as processes on a separate project, without a network. */
import { execFile } from 'node:child_process';
import { cp, link, mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { bareEnvironment } from '../support/child-environment.ts';

const execute = promisify(execFile);
const LOCAL = join(import.meta.dirname, '../../infra/local');
const INSTALLING = 'Installing the dependencies (npm ci). This happens once.\n';

let template: string;
/** The same project after its first run, and what that run wrote. */
let installation: string;
let firstOutput: string;
/** The folder of a copy of this Node, which is large: projects get links to it. */
let nodes: string;
let project: string;

/** Settings of a machine that leave packages or scripts out. */
const LEAVING_OUT = {
  NODE_ENV: 'production',
  npm_config_ignore_scripts: 'true',
  npm_config_omit: 'dev optional',
  npm_config_engine_strict: 'true',
};

/** Its packages are archives in the same folder. `dev` and `denied` have a script that leaves a file behind. */
beforeAll(async () => {
  template = await mkdtemp(join(tmpdir(), 'packages-'));
  const scripts = { postinstall: 'echo > ran' };
  await pack([
    { name: 'dev', version: '1.0.0', scripts, engines: { node: '>=99' } },
    { name: 'denied', version: '1.0.0', scripts },
    { name: 'platform', version: '1.0.0', os: [process.platform], cpu: [process.arch] },
    { name: 'elsewhere', version: '1.0.0', os: ['aix'], cpu: ['ppc64'] },
  ]);
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
  nodes = await mkdtemp(join(tmpdir(), 'node-'));
  await cp(process.execPath, join(nodes, 'node'));
  firstOutput = (await runIn(installation, { env: LEAVING_OUT })).stdout;
}, 60_000);
afterAll(() => Promise.all([template, installation, nodes].map((path) => rm(path, { recursive: true }))));

beforeEach(async () => {
  project = await mkdtemp(join(tmpdir(), 'ensure-installed-'));
  await cp(template, project, { recursive: true });
});
afterEach(() => rm(project, { recursive: true }));

interface Manifest {
  readonly name: string;
  readonly [field: string]: unknown;
}

async function pack(manifests: readonly Manifest[]): Promise<void> {
  const folders = manifests.map(({ name }) => join(template, name));
  for (const [index, folder] of folders.entries()) {
    await mkdir(folder);
    await save(folder, 'package.json', manifests[index] ?? {});
  }
  await execute('npm', ['pack', ...folders], { cwd: template });
  for (const folder of folders) await rm(folder, { recursive: true });
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

/** As npm leaves it with scripts off: no script has run, and the project has not checked it. */
async function installWithoutScripts(): Promise<void> {
  await install();
  for (const path of ['dev/ran', '.voice-agent-sync']) await rm(join(project, 'node_modules', path));
}

/** A stand-in for npm that changes nothing and ends with this code, for tests of when npm is called. */
async function standInNpm(code = 0): Promise<Readonly<Record<string, string>>> {
  const npm_execpath = join(project, 'npm-cli.js');
  await writeFile(
    npm_execpath,
    `import { appendFileSync } from 'node:fs';
     appendFileSync('calls', process.argv[2] + '\\n');
     process.exit(${code});`,
  );
  return { npm_execpath };
}

const npmCalls = () => readFile(join(project, 'calls'), 'utf8');

async function installed(): Promise<readonly string[]> {
  return (await readdir(join(project, 'node_modules'))).filter((name) => !name.startsWith('.')).toSorted();
}

const RAN = `ran argument ${process.execPath}\n`;

test('[M1] installs once, in spite of settings that leave packages or scripts out, and runs the program', async () => {
  expect(firstOutput).toBe(INSTALLING + RAN);
  await install();
  expect(await installed()).toEqual(['denied', 'dev', 'platform']);
  expect((await run({ env: LEAVING_OUT })).stdout).toBe(RAN);
});

test('runs only the allowed scripts of packages', async () => {
  await install();
  expect(await readdir(join(project, 'node_modules/dev'))).toContain('ran');
  expect(await readdir(join(project, 'node_modules/denied'))).not.toContain('ran');
});

test.each([
  ['the installation was interrupted', 'node_modules/.package-lock.json'],
  ['a package is lost', 'node_modules/denied'],
  ['the optional package of this platform is lost', 'node_modules/platform'],
])('[M2] installs again when %s', async (_, lost) => {
  await install();
  await rm(join(project, lost), { recursive: true });
  expect((await run({ env: await standInNpm() })).stdout).toBe(INSTALLING + RAN);
  expect(await npmCalls()).toBe('ci\nrebuild\n');
});

test('installs again when the lockfile has another version', async () => {
  await install();
  const lockfile = await readFile(join(project, 'node_modules/.package-lock.json'), 'utf8');
  await writeFile(join(project, 'node_modules/.package-lock.json'), lockfile.replaceAll('"1.0.0"', '"0.9.0"'));
  expect((await run({ env: await standInNpm() })).stdout).toBe(INSTALLING + RAN);
  expect(await npmCalls()).toBe('ci\nrebuild\n');
});

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
  const stderr = 'npm ci failed: see its messages above.\n';
  await expect(run({ env: await standInNpm(1) })).rejects.toMatchObject({ code: 1, stderr });
  expect(await npmCalls()).toBe('ci\n');
});

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
  await link(join(nodes, 'node'), path);
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
  const env = await standInNpm();
  // Twice, because another `npm install` links it again.
  for (const _ of ['installing', 'installed']) {
    await writeFile(join(project, 'node_modules/.bin/node'), 'broken');
    await run({ env });
    expect(await readdir(join(project, 'node_modules/.bin'))).toEqual([]);
  }
  expect(await npmCalls()).toBe('rebuild\n');
});

test('keeps the compiled code of the program and of the programs that it starts', async () => {
  await install();
  await writeFile(join(project, 'program.js'), 'console.log(process.env.NODE_COMPILE_CACHE);');
  const { PATH = '' } = process.env;
  const args = ['infra/local/with-node.js', 'program.js'];
  const { stdout } = await execute(process.execPath, args, { cwd: project, env: { PATH } });
  expect(stdout).toBe(`${join(await realpath(project), 'node_modules/.cache/voice-agent-sync-compiled')}\n`);
  expect(await readdir(stdout.trim())).not.toEqual([]);
});

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
