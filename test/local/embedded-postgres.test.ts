import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, chmod, cp, link, mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../infra/local/embedded-postgres.ts';
import { installedPackage } from '../../infra/local/postgres-binaries.ts';
import type { PostgresOptions } from '../../infra/local/postgres-messages.ts';
import { isRunning, postmasterOf } from '../../infra/local/postgres-process.ts';

const asRoot = process.getuid?.() === 0 ? describe : describe.skip;

let directory: string;
let started: EmbeddedPostgres[];
/** Another directory after a first start, because initdb takes most of the time of a test. */
let initialized: string;

beforeAll(async () => {
  initialized = await emptyDirectory();
  // The remains of an initdb that was interrupted.
  await mkdir(join(initialized, 'data.new', 'base'), { recursive: true });
  await (await startEmbeddedPostgres({ directory: initialized, persistent: true })).stop();
});
afterAll(() => rm(join(initialized, '..'), { recursive: true }));

beforeEach(async () => {
  directory = await emptyDirectory();
  started = [];
});
afterEach(async () => {
  await Promise.all(started.map((postgres) => postgres.stop()));
  await rm(join(directory, '..'), { recursive: true });
});

async function emptyDirectory(): Promise<string> {
  const parent = await mkdtemp(join(tmpdir(), 'embedded-postgres-'));
  await chmod(parent, 0o755);
  return join(parent, 'postgres');
}

/** Not `cp` of Node, which does not keep the owner of the files. */
async function initialize(): Promise<void> {
  await promisify(execFile)('cp', ['-a', initialized, directory]);
}

async function start(options: Partial<PostgresOptions> = {}): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres({ directory, persistent: true, ...options });
  started.push(postgres);
  return postgres;
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new Client(url);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

test('keeps its data between starts, in UTF-8 and in UTC, behind a password', async () => {
  await initialize();
  const first = await start();
  await query(first.url, `create table kept as select 'ü' as word`);
  const settings = await query(
    first.url,
    `select current_setting('server_encoding') as encoding, current_setting('timezone') as zone,
      current_setting('listen_addresses') as listens, current_setting('fsync') as durable`,
  );
  expect(settings).toEqual([{ encoding: 'UTF8', zone: 'UTC', listens: '127.0.0.1', durable: 'on' }]);
  for (const file of ['password', 'log', 'owner']) {
    expect([file, (await stat(join(directory, file))).mode & 0o777]).toEqual([file, 0o600]);
  }
  const intruder = Object.assign(new URL(first.url), { password: 'guessed' }).href;
  await expect(query(intruder, 'select 1')).rejects.toMatchObject({ code: '28P01' });
  await first.stop();
  await first.stop();
  expect(await postmasterOf(join(directory, 'data'))).toBeUndefined();

  const second = await start();
  expect(await query(second.url, 'select word from kept')).toEqual([{ word: 'ü' }]);
});

asRoot('as root, with a link in the place of the password file', () => {
  test.each([
    ['symbolic', symlink],
    ['hard', link],
  ] as const)('[S136] does not read what a %s link leads to', async (_, make) => {
    await initialize();
    const secret = join(directory, '..', 'secret');
    await writeFile(secret, 'of root', { mode: 0o600 });
    await rm(join(directory, 'password'));
    await make(secret, join(directory, 'password'));
    await expect(start()).rejects.toThrow(/not a file of the user postgres|ELOOP/);
  });
});

test('leaves nothing behind when it is not persistent', async () => {
  const postgres = await start({ persistent: false });
  expect(await query(postgres.url, 'show fsync')).toEqual([{ fsync: 'off' }]);
  await postgres.stop();
  await expect(access(directory)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('refuses a second start on the same data, and ends with the process that started it, even if that is killed', async () => {
  await initialize();
  const { child, url } = await startInProcess();
  await query(url, 'create table kept ()');
  await expect(start()).rejects.toThrow(`process ${child.pid} is using it`);
  child.kill('SIGKILL');
  await once(child, 'exit');
  await serverEnds();
  expect(await query((await start()).url, 'select * from kept')).toEqual([]);
});

test('ends with a process that ends without stopping it', async () => {
  await initialize();
  const { child } = await startInProcess();
  child.stdin?.end();
  await once(child, 'exit');
  await serverEnds();
  expect(await query((await start()).url, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('stops a server whose processes were all killed', async () => {
  await initialize();
  const { child, url, supervisor } = await startInProcess();
  await query(url, 'create table kept ()');
  process.kill(supervisor, 'SIGKILL');
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }]);

  const next = await start();
  expect(await query(next.url, 'select * from kept')).toEqual([]);
  await expect(query(url, 'select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

async function serverEnds(): Promise<void> {
  while ((await postmasterOf(join(directory, 'data'))) !== undefined) await turn();
}

test('recovers from a crash of the server, and never stops another program whose id is in the pid file', async () => {
  await initialize();
  const first = await start();
  await query(first.url, 'create table kept ()');
  const server = await postmasterOf(join(directory, 'data'));
  process.kill(server ?? 0, 'SIGQUIT');
  while (isRunning(server ?? 0)) await stat(directory);
  const other = spawn('sleep', ['60']);
  await writeFile(join(directory, 'data', 'postmaster.pid'), `${other.pid}\n${directory}/data\n`);

  const second = await start();
  expect(await query(second.url, 'select * from kept')).toEqual([]);
  expect(other.exitCode).toBeNull();
  other.kill();
});

test('repeats an initdb that was interrupted', async () => {
  await initialize();
  expect(await query((await start()).url, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('says in one line that the data is of another version', async () => {
  await initialize();
  await writeFile(join(directory, 'data', 'PG_VERSION'), '12\n');
  const line = /^The embedded Postgres in .* did not start: [^\n]*incompatible with server[^\n]*$/;
  await expect(start()).rejects.toThrow(line);
});

asRoot('as root', () => {
  test("puts binaries and data where user postgres can reach them if the project is in root's folder", async () => {
    const home = join(directory, '..', 'root');
    const fallback = join(directory, '..', 'fallback');
    await mkdir(home, { mode: 0o700 });
    await cp(installedPackage(), join(home, 'package'), { recursive: true, verbatimSymlinks: true });
    const options = {
      directory: join(home, 'clone', 'postgres'),
      package: join(home, 'package'),
      fallback,
    };
    const first = await start(options);
    await query(first.url, 'create table kept ()');
    expect(first.directory).toContain(`${fallback}/`);
    await first.stop();
    expect(await query((await start(options)).url, 'select * from kept')).toEqual([]);
  });
});

/** Starts Postgres from another Node, which prints the URL and ends with its input. */
async function startInProcess(): Promise<{ child: ChildProcess; url: string; supervisor: number }> {
  const program = `
    import { startEmbeddedPostgres } from './infra/local/embedded-postgres.ts';
    const { url } = await startEmbeddedPostgres({ directory: process.argv[1], persistent: true });
    console.log(url);
    process.stdin.resume();`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, directory], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [line] = await once(child.stdout, 'data');
  const postmaster = await postmasterOf(join(directory, 'data'));
  const { stdout } = await promisify(execFile)('ps', ['-o', 'ppid=', '-p', String(postmaster)]);
  return { child, url: String(line).trim(), supervisor: Number(stdout) };
}
