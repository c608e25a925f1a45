import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { buildConsoleAssets, LOCAL_ASSETS } from '../../functions/console/build-assets.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../infra/local/embedded-postgres.ts';
import { migrate } from '../../shared/db/migrate.ts';

declare global {
  var testPostgres: EmbeddedPostgres | undefined;
}

/** jest's globalSetup: builds the page, and starts one cluster with a migrated database that tests clone. */
export default async function startTestPostgres(): Promise<void> {
  // A checkout has no built page.
  buildConsoleAssets(LOCAL_ASSETS);
  const directory = await mkdtemp(join(tmpdir(), 'voice-agent-sync-test-'));
  // The cluster stops when the process exits normally, so an interrupt must end in process.exit.
  process.once('SIGINT', () => process.exit(130));
  process.once('SIGTERM', () => process.exit(143));
  const postgres = await startEmbeddedPostgres({ directory, persistent: false });
  globalThis.testPostgres = postgres;
  process.env['TEST_POSTGRES_URL'] = postgres.url;
  const client = new Client(postgres.url);
  await client.connect();
  await client.query('create database migrated');
  await client.end();
  // The synthesised app, written by the first test file that needs it.
  process.env['TEST_SYNTHESIS'] = await mkdtemp(join(tmpdir(), 'voice-agent-sync-cdk-'));
  await migrate(Object.assign(new URL(postgres.url), { pathname: '/migrated' }).href, { createTable: true });
}
