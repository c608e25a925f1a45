import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { buildConsoleAssets, LOCAL_ASSETS } from '../../functions/console/build-assets.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../infra/local/embedded-postgres.ts';
import { migrate } from '../../shared/db/migrate.ts';
import { requireNode } from './require-node.ts';

declare global {
  var testPostgres: EmbeddedPostgres | undefined;
}

/** jest's globalSetup: the page, and one cluster for all test files, with a migrated database that each of them clones. */
export default async function startTestPostgres(): Promise<void> {
  requireNode();
  // As `npm start` does; a checkout has none.
  buildConsoleAssets(LOCAL_ASSETS);
  const directory = await mkdtemp(join(tmpdir(), 'voice-agent-sync-test-'));
  // An interrupted run must not leave a server behind; the cluster goes when the process exits in good order.
  process.once('SIGINT', () => process.exit(130));
  process.once('SIGTERM', () => process.exit(143));
  const postgres = await startEmbeddedPostgres({ directory, persistent: false });
  globalThis.testPostgres = postgres;
  process.env['TEST_POSTGRES_URL'] = postgres.url;
  const client = new Client(postgres.url);
  await client.connect();
  await client.query('create database migrated');
  await client.end();
  // Filled by the first test file that needs the synthesised app, for all that do.
  process.env['TEST_SYNTHESIS'] = await mkdtemp(join(tmpdir(), 'voice-agent-sync-cdk-'));
  await migrate(Object.assign(new URL(postgres.url), { pathname: '/migrated' }).href);
}
