import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { buildConsoleAssets, LOCAL_ASSETS } from '../../functions/console/build-assets.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../infra/local/embedded-postgres.ts';
import { migrate } from '../../shared/db/migrate.ts';
import { COMPILE_CACHE } from './child-environment.ts';
import { clusterDirectory } from './cluster-directory.ts';

declare global {
  var testPostgres: EmbeddedPostgres | undefined;
}

/** jest's globalSetup: builds the page, and starts one cluster with a migrated database that tests clone. */
export default async function startTestPostgres(): Promise<void> {
  Object.assign(process.env, COMPILE_CACHE);
  // A checkout has no built page.
  buildConsoleAssets(LOCAL_ASSETS);
  // The cluster stops when the process exits normally, so an interrupt must end in process.exit.
  process.once('SIGINT', () => process.exit(130));
  process.once('SIGTERM', () => process.exit(143));
  const postgres = await startEmbeddedPostgres({ directory: await clusterDirectory(), persistent: false });
  globalThis.testPostgres = postgres;
  process.env['TEST_POSTGRES_URL'] = postgres.url;
  const client = new Client(postgres.url);
  await client.connect();
  await client.query('create database migrated');
  // The cluster may be in memory, where its log should take little room.
  await client.query(`alter system set max_wal_size = '128MB'`);
  await hashPasswordsOnce(client, new URL(postgres.url).password);
  await client.end();
  // The synthesized app, written by the first test file that needs it.
  process.env['TEST_SYNTHESIS'] = await mkdtemp(join(tmpdir(), 'voice-agent-sync-cdk-'));
  await migrate(Object.assign(new URL(postgres.url), { pathname: '/migrated' }).href, { createTable: true });
}

/**
 * Passwords of tests are random and short-lived, so hashing them 4,096 times protects nothing: it took half of the
 * processor time of a connection, and the tests open about ten thousand.
 */
async function hashPasswordsOnce(client: Client, password: string): Promise<void> {
  const { rows } = await client.query(`select from pg_settings where name = 'scram_iterations'`);
  if (rows.length === 0) return;
  await client.query('alter system set scram_iterations = 1');
  await client.query('select pg_reload_conf()');
  await client.query('set scram_iterations = 1');
  await client.query(`alter role current_user password ${client.escapeLiteral(password)}`);
}
