import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, chmod, cp, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from '../../infra/local/embedded-postgres.ts';
import { installedPostgres } from '../../infra/local/postgres-binaries.ts';
import { isRunning, postmasterOf } from '../../infra/local/postgres-process.ts';

const asRoot = process.getuid?.() === 0 ? describe : describe.skip;

let directory: string;
let started: EmbeddedPostgres[];
beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), 'embedded-postgres-')), 'postgres');
  await chmod(join(directory, '..'), 0o755);
  started = [];
});
afterEach(async () => {
  await Promise.all(started.map((postgres) => postgres.stop()));
  await rm(join(directory, '..'), { recursive: true });
});

async function start(options: Partial<EmbeddedPostgresOptions> = {}): Promise<EmbeddedPostgres> {
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

test('keeps its data between starts, in UTF-8 and in UTC, for who knows the password', async () => {
  const first = await start();
  await query(first.url, `create table kept as select 'ü' as word`);
  const settings = await query(
    first.url,
    `select current_setting('server_encoding') as encoding, current_setting('timezone') as zone,
      current_setting('listen_addresses') as listens, current_setting('fsync') as durable`,
  );
  expect(settings).toEqual([{ encoding: 'UTF8', zone: 'UTC', listens: '127.0.0.1', durable: 'on' }]);
  expect((await stat(join(directory, 'password'))).mode & 0o777).toBe(0o600);
  const intruder = Object.assign(new URL(first.url), { password: 'guessed' }).href;
  await expect(query(intruder, 'select 1')).rejects.toMatchObject({ code: '28P01' });
  await first.stop();
  await first.stop();
  expect(await postmasterOf(join(directory, 'data'))).toBeUndefined();

  const second = await start();
  expect(await query(second.url, 'select word from kept')).toEqual([{ word: 'ü' }]);
});

test('a throwaway one leaves nothing behind', async () => {
  const postgres = await start({ persistent: false });
  expect(await query(postgres.url, 'show fsync')).toEqual([{ fsync: 'off' }]);
  await postgres.stop();
  await expect(access(directory)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('takes over from a process that was killed', async () => {
  const { child, url } = await startInProcess();
  await query(url, 'create table kept ()');
  await expect(start()).rejects.toThrow(`process ${child.pid} is using it`);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }]);

  const next = await start();
  expect(await query(next.url, 'select * from kept')).toEqual([]);
  await expect(query(url, 'select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

test('ends with a process that ends without stopping it', async () => {
  const { child } = await startInProcess();
  const server = await postmasterOf(join(directory, 'data'));
  child.stdin?.end();
  await once(child, 'exit');
  while (isRunning(server ?? 0)) await stat(directory);
  expect(await query((await start()).url, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test("recovers from the server's own end, and never stops a stranger whose number the pid file holds", async () => {
  const first = await start();
  await query(first.url, 'create table kept ()');
  const server = await postmasterOf(join(directory, 'data'));
  process.kill(server ?? 0, 'SIGQUIT');
  while (isRunning(server ?? 0)) await stat(directory);
  const stranger = spawn('sleep', ['60']);
  await writeFile(join(directory, 'data', 'postmaster.pid'), `${stranger.pid}\n${directory}/data\n`);

  const second = await start();
  expect(await query(second.url, 'select * from kept')).toEqual([]);
  expect(stranger.exitCode).toBeNull();
  stranger.kill();
});

test('an initdb that was cut short is done again', async () => {
  await mkdir(join(directory, 'data.new', 'base'), { recursive: true });
  expect(await query((await start()).url, 'select 1 as one')).toEqual([{ one: 1 }]);
});

describe('what fails is one sentence', () => {
  test('a port in use', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    await expect(start({ port })).rejects.toThrow(/^The embedded Postgres in .* did not start: [^\n]+$/);
    server.close();
  });

  test('data of another version', async () => {
    await (await start()).stop();
    await writeFile(join(directory, 'data', 'PG_VERSION'), '12\n');
    await expect(start()).rejects.toThrow(/did not start: .*incompatible with server/);
  });
});

asRoot('as root', () => {
  test('below a folder that only root may enter, programs and data go where user postgres can reach them', async () => {
    const home = join(directory, '..', 'root');
    const fallback = join(directory, '..', 'fallback');
    await mkdir(home, { mode: 0o700 });
    await cp(installedPostgres(), join(home, 'native'), { recursive: true, verbatimSymlinks: true });
    const lines: string[] = [];
    const options = {
      directory: join(home, 'clone', 'postgres'),
      installed: join(home, 'native'),
      fallback,
      log: (line: string) => lines.push(line),
    };
    const first = await start(options);
    await query(first.url, 'create table kept ()');
    expect(lines).toEqual([expect.stringContaining(`the data is in ${fallback}`)]);
    await first.stop();
    expect(await query((await start(options)).url, 'select * from kept')).toEqual([]);
  });
});

/** The same in another Node, which prints the URL, and ends in good order when its input does. */
async function startInProcess(): Promise<{ child: ChildProcess; url: string }> {
  const program = `
    import { startEmbeddedPostgres } from './infra/local/embedded-postgres.ts';
    const { url } = await startEmbeddedPostgres({ directory: process.argv[1], persistent: true });
    console.log(url);
    process.stdin.resume();`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, directory], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [line] = await once(child.stdout, 'data');
  return { child, url: String(line).trim() };
}
