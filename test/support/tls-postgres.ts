/** A separate Postgres for tests, with TLS and a replaceable certificate. */
import { chown, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { startEmbeddedPostgres } from '../../infra/local/embedded-postgres.ts';
import { serverUser } from '../../infra/local/postgres-user.ts';
import type { Certificate } from './ca.ts';
import { clusterDirectory } from './cluster-directory.ts';

export interface TlsPostgres {
  /** Of a superuser, at `localhost`. */
  readonly url: string;
  /** From now on it uses this certificate; null: no TLS. */
  present(certificate: Certificate | null): Promise<void>;
  /** The server's log from this call on, including connections, once it contains `awaited`. */
  logging(): Promise<(awaited: string) => Promise<string>>;
  stop(): Promise<void>;
}

export async function startTlsPostgres(): Promise<TlsPostgres> {
  const directory = await clusterDirectory();
  const postgres = await startEmbeddedPostgres({ directory, persistent: false });
  const admin = new Client(postgres.url);
  await admin.connect();
  await admin.query('alter system set log_connections = on');
  await admin.query(`alter system set ssl_cert_file = 'shown.crt'`);
  await admin.query(`alter system set ssl_key_file = 'shown.key'`);

  async function logging() {
    const read = () => readFile(join(directory, 'log'), 'utf8');
    const { length } = await read();
    return async (awaited: string) => {
      for (;;) {
        const logged = (await read()).slice(length);
        if (logged.includes(awaited)) return logged;
        await delay(5);
      }
    };
  }

  async function present(shown: Certificate | null): Promise<void> {
    if (shown !== null) await writeCertificate(join(directory, 'data'), shown);
    await admin.query(`alter system set ssl = ${shown === null ? 'off' : 'on'}`);
    const logged = await logging();
    await admin.query('select pg_reload_conf()');
    // The server does so before it accepts the next connection.
    await logged('reloading configuration files');
  }

  return {
    url: Object.assign(new URL(postgres.url), { hostname: 'localhost' }).href,
    present,
    logging,
    async stop() {
      await admin.end();
      await postgres.stop();
    },
  };
}

/** Postgres refuses a key that other users may read. */
async function writeCertificate(directory: string, { certificate, key }: Certificate): Promise<void> {
  const user = await serverUser();
  for (const [name, pem] of [
    ['shown.crt', certificate],
    ['shown.key', key],
  ] as const) {
    const file = join(directory, name);
    await writeFile(file, pem, { mode: 0o600 });
    if (user !== undefined) await chown(file, user.uid, user.gid);
  }
}
