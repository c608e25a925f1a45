import { type ExecFileOptions, execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { chown, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { withoutPostgresVariables } from '../../shared/postgres-variables.ts';
import { installedPostgres, reachablePostgres } from './postgres-binaries.ts';
import { isNodeProcess, isRunning, postmasterOf } from './postgres-process.ts';
import { makeReachable, type ServerUser, serverUser } from './postgres-user.ts';

const run = promisify(execFile);

const INITDB_OPTIONS = ['--encoding=UTF8', '--locale=C', '--auth=scram-sha-256', '--no-instructions'] as const;

export interface EmbeddedPostgresOptions {
  /** Holds the data, the password and the log of the last start. */
  readonly directory: string;
  /** A free one unless given. */
  readonly port?: number;
  /** false: for tests. Commits do not wait for the disk, and the directory is removed when the server stops. */
  readonly persistent: boolean;
  /** Where binaries and data go when root starts the server and user `postgres` cannot reach them where they are. */
  readonly fallback?: string;
  /** Where the server's programs are; the installed package's unless given. */
  readonly installed?: string;
  readonly log?: (line: string) => void;
}

export interface EmbeddedPostgres {
  /** Of a superuser, on 127.0.0.1. */
  readonly url: string;
  /** Resolves once the server has ended; doing it again is harmless. */
  stop(): Promise<void>;
}

interface Cluster {
  readonly bin: string;
  readonly directory: string;
  readonly data: string;
  readonly user: ServerUser | undefined;
}

/**
 * A real Postgres of the project's own, on loopback. What an earlier run left behind is cleared up first: a server whose
 * Node was killed is stopped, a stale pid file removed. The server is no child of this process and keeps it from ending
 * in no way; it is told to stop when this process exits without having stopped it. Every failure is one Error.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  try {
    const cluster = await prepare(options);
    await takeOver(cluster);
    const password = await initialise(cluster, options.persistent);
    const port = await startOnFreePort(cluster, options);
    await writeFile(join(cluster.directory, 'owner'), String(process.pid));
    return {
      url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
      stop: await stopOnce(cluster, options.persistent),
    };
  } catch (cause) {
    throw new Error(`The embedded Postgres in ${options.directory} did not start: ${reasonOf(cause)}`, { cause });
  }
}

async function prepare(options: EmbeddedPostgresOptions): Promise<Cluster> {
  const user = await serverUser();
  const fallback = options.fallback ?? '/var/lib/voice-agent-sync';
  let directory = resolve(options.directory);
  if (!(await makeReachable(directory, user))) {
    directory = join(fallback, createHash('sha256').update(directory).digest('hex').slice(0, 16));
    if (!(await makeReachable(directory, user))) throw new Error(`user postgres can reach neither it nor ${directory}`);
    options.log?.(`User postgres cannot reach ${options.directory}: the data is in ${directory}`);
  }
  const home = await reachablePostgres(options.installed ?? installedPostgres(), fallback, user);
  return { bin: join(home, 'bin'), directory, data: join(directory, 'data'), user };
}

/** Stops a server that a killed process left running here, and removes the pid file of one that is no more. */
async function takeOver(cluster: Cluster): Promise<void> {
  const pidFile = join(cluster.data, 'postmaster.pid');
  const postmaster = await postmasterOf(cluster.data);
  if (postmaster === undefined) {
    // Postgres would refuse to start if the number in it is now another program's.
    await rm(pidFile, { force: true });
    return;
  }
  const owner = Number(await readFile(join(cluster.directory, 'owner'), 'utf8').catch(() => '0'));
  if (await isNodeProcess(owner)) throw new Error(`process ${owner} is using it: stop that first`);
  await stopServer(cluster);
}

/** Creates the data directory where there is none, and returns the superuser's password. */
async function initialise(cluster: Cluster, durable: boolean): Promise<string> {
  const passwordFile = join(cluster.directory, 'password');
  if (await exists(cluster.data)) return await readFile(passwordFile, 'utf8');
  const password = randomBytes(24).toString('base64url');
  const unfinished = `${cluster.data}.new`;
  await rm(unfinished, { recursive: true, force: true });
  await rm(passwordFile, { force: true });
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (cluster.user !== undefined) await chown(passwordFile, cluster.user.uid, cluster.user.gid);
  await run(
    join(cluster.bin, 'initdb'),
    [
      '-D',
      unfinished,
      '-U',
      'postgres',
      `--pwfile=${passwordFile}`,
      ...INITDB_OPTIONS,
      ...(durable ? [] : ['--no-sync']),
    ],
    processOptions(cluster),
  );
  // Renamed when whole, so that an initdb cut short leaves nothing that looks like data.
  await rename(unfinished, cluster.data);
  return password;
}

async function startOnFreePort(cluster: Cluster, options: EmbeddedPostgresOptions): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    const port = options.port ?? (await freePort());
    try {
      await start(cluster, port, options.persistent);
      return port;
    } catch (error) {
      // Somebody else may have taken the port between finding it free and using it.
      if (options.port !== undefined || attempt === 3) throw error;
    }
  }
}

async function start(cluster: Cluster, port: number, durable: boolean): Promise<void> {
  const log = join(cluster.directory, 'log');
  await rm(log, { force: true });
  const settings = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=200',
    'timezone=UTC',
    ...(durable ? [] : ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off']),
  ];
  const serverOptions = [`-p ${port}`, ...settings.map((setting) => `-c ${setting}`)].join(' ');
  try {
    await pgCtl(cluster, ['start', '-w', '-t', '60', '-l', log, '-o', serverOptions]);
  } catch (cause) {
    const lines = (await readFile(log, 'utf8').catch(() => '')).split('\n');
    const fatal = lines.findLast((line) => line.includes('FATAL:')) ?? lines.findLast((line) => line !== '');
    throw fatal === undefined ? cause : new Error(fatal.replace(/^.*FATAL:\s*/, ''), { cause });
  }
}

async function stopOnce(cluster: Cluster, persistent: boolean): Promise<() => Promise<void>> {
  const pid = await postmasterOf(cluster.data);
  const abandon = () => {
    if (pid !== undefined && isRunning(pid)) process.kill(pid, persistent ? 'SIGINT' : 'SIGQUIT');
    if (!persistent) removeOnceEnded(cluster);
  };
  process.once('exit', abandon);
  let stopping: Promise<void> | undefined;
  return async () => {
    stopping ??= stop(cluster, persistent).finally(() => process.removeListener('exit', abandon));
    await stopping;
  };
}

/** At the exit of a process nothing asynchronous runs any more. */
function removeOnceEnded(cluster: Cluster): void {
  const clock = new Int32Array(new SharedArrayBuffer(4));
  for (let tries = 0; tries < 100 && existsSync(join(cluster.data, 'postmaster.pid')); tries += 1) {
    Atomics.wait(clock, 0, 0, 20);
  }
  rmSync(cluster.directory, { recursive: true, force: true, maxRetries: 10 });
}

async function stop(cluster: Cluster, keep: boolean): Promise<void> {
  if ((await postmasterOf(cluster.data)) !== undefined) await stopServer(cluster);
  await rm(keep ? join(cluster.directory, 'owner') : cluster.directory, { recursive: true, force: true });
}

/** One that ends by itself meanwhile is as good as stopped. */
async function stopServer(cluster: Cluster): Promise<void> {
  try {
    await pgCtl(cluster, ['stop', '-m', 'fast', '-t', '60']);
  } catch (error) {
    if ((await postmasterOf(cluster.data)) !== undefined) throw error;
  }
}

async function pgCtl(cluster: Cluster, args: readonly string[]): Promise<void> {
  await run(join(cluster.bin, 'pg_ctl'), [...args, '-s', '-D', cluster.data], processOptions(cluster));
}

function processOptions(cluster: Cluster): ExecFileOptions {
  // Nor a locale, which would translate the server's messages.
  const variables = Object.entries(withoutPostgresVariables(process.env)).filter(([name]) => !/^(LC_|LANG)/.test(name));
  const env = Object.fromEntries(variables);
  return { cwd: cluster.directory, env: { ...env, LC_ALL: 'C' }, ...cluster.user };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => {
    server.close(resolve);
  });
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}

/** One line: what a program said on stderr, or the error's own message. */
function reasonOf(cause: unknown): string {
  if (typeof cause !== 'object' || cause === null) return String(cause);
  const said = 'stderr' in cause && typeof cause.stderr === 'string' ? cause.stderr.trim() : '';
  const message = 'message' in cause && typeof cause.message === 'string' ? cause.message : '';
  return (said || message).replace(/\s+/g, ' ');
}
