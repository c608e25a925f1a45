/** A real PgBouncer in front of the test cluster, as in many deployments. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { describe } from '@jest/globals';
import { Client } from 'pg';
import { makeReachable, serverUser } from '../../infra/local/postgres-user.ts';
import { databaseUrl } from './postgres.ts';

const PGBOUNCER = '/usr/sbin/pgbouncer';
const isInstalled = existsSync(PGBOUNCER);

if (!isInstalled) console.warn(`POOLER TESTS ARE SKIPPED: there is no ${PGBOUNCER}; apt-get install pgbouncer`);

/** `describe`, skipped without PgBouncer. */
export const describeWithPgBouncer = isInstalled ? describe : describe.skip;

export interface PgBouncer {
  /** The same database and role, through the pooler. */
  through(databaseUrl: string): string;
  /** A command of its admin console, such as `reconnect`. */
  admin(command: string): Promise<readonly Record<string, unknown>[]>;
  /** Ends every connection. */
  stop(): Promise<void>;
}

export interface PgBouncerOptions {
  readonly mode: 'transaction' | 'session' | 'statement';
  /** Server connections for each pair of role and database. */
  readonly poolSize?: number;
  /** Settings of the section `pgbouncer`, such as `ignore_startup_parameters`. */
  readonly settings?: Readonly<Record<string, string | number>>;
}

const TRIES = 3;

export async function startPgBouncer(options: PgBouncerOptions): Promise<PgBouncer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startOn(15_000 + Math.floor(Math.random() * 15_000), options);
    } catch (error) {
      // The port may already be in use.
      if (attempt === TRIES) throw error;
    }
  }
}

async function startOn(port: number, options: PgBouncerOptions): Promise<PgBouncer> {
  const directory = await mkdtemp(join(tmpdir(), 'voice-agent-sync-pgbouncer-'));
  const user = await serverUser();
  await makeReachable(directory, user);
  await writeFile(join(directory, 'users.txt'), userList(), { mode: 0o644 });
  await writeFile(join(directory, 'pgbouncer.ini'), configuration(port, directory, options), { mode: 0o644 });
  const server = spawn(PGBOUNCER, [join(directory, 'pgbouncer.ini')], { ...user, stdio: ['ignore', 'ignore', 'pipe'] });
  const end = () => server.kill('SIGKILL');
  process.once('exit', end);
  try {
    await started(server);
  } catch (error) {
    await rm(directory, { recursive: true });
    throw error;
  }
  const through = (url: string) => Object.assign(new URL(url), { port: String(port) }).href;
  return {
    through,
    admin: (command) => adminCommand(through(databaseUrl('pgbouncer')), command),
    async stop() {
      const ended = once(server, 'exit');
      server.kill('SIGTERM');
      await ended;
      process.removeListener('exit', end);
      await rm(directory, { recursive: true });
    },
  };
}

/** Resolves once it accepts connections. */
async function started(server: ChildProcessByStdio<null, null, Readable>): Promise<void> {
  let log = '';
  const up = Promise.withResolvers<void>();
  // Read continuously, because PgBouncer would block on a full pipe.
  server.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
    if (log.includes('process up')) up.resolve();
  });
  server.once('exit', () => up.reject(new Error(`PgBouncer did not start: ${log}`)));
  server.once('error', up.reject);
  await up.promise;
}

function configuration(port: number, directory: string, { mode, poolSize = 20, settings }: PgBouncerOptions): string {
  const upstream = new URL(databaseUrl('postgres'));
  const section = {
    listen_addr: '127.0.0.1',
    listen_port: port,
    unix_socket_dir: '',
    auth_type: 'scram-sha-256',
    auth_file: join(directory, 'users.txt'),
    auth_user: upstream.username,
    admin_users: upstream.username,
    pool_mode: mode,
    default_pool_size: poolSize,
    max_client_conn: 1_000,
    ...settings,
  };
  return [
    '[databases]',
    `* = host=${upstream.hostname} port=${upstream.port}`,
    '[pgbouncer]',
    ...Object.entries(section).map(([name, value]) => `${name} = ${value}`),
    '',
  ].join('\n');
}

/** Only the superuser: it looks up the others in Postgres (`auth_query`). */
function userList(): string {
  const { username, password } = new URL(databaseUrl('postgres'));
  return `"${username}" "${decodeURIComponent(password)}"\n`;
}

/** The console supports only simple queries. */
async function adminCommand(url: string, command: string): Promise<readonly Record<string, unknown>[]> {
  const client = new Client(url);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(command)).rows;
  } finally {
    await client.end();
  }
}
