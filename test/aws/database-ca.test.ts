/** The built assets, with a database whose certificate is not from a public CA: the setting `database.caFile`. */
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { DATABASE_CA } from '../../infra/aws/function.ts';
import { ENVIRONMENT } from '../../shared/contract.ts';
import { migrate } from '../../shared/db/migrate.ts';
import { issueCertificate } from '../support/ca.ts';
import { type DeployedSystem, startDeployedSystem } from '../support/deployed-system.ts';
import { type Synthesized, synthesize } from '../support/synthesized.ts';
import { startTlsPostgres, type TlsPostgres } from '../support/tls-postgres.ts';

let synthesized: Synthesized;
let system: DeployedSystem;
let server: TlsPostgres;

beforeAll(async () => {
  [synthesized, server] = await Promise.all([synthesize(), startTlsPostgres()]);
  await migrate(server.url, { createTable: true });
  await server.present(await issueCertificate(synthesized.databaseCa, 'localhost'));
}, 180_000);
afterAll(() => server.stop());
beforeEach(async () => {
  system = await startDeployedSystem(synthesized);
}, 30_000);
afterEach(() => system.close());

/** Invokes a cold function whose secret requires TLS. */
async function health(parameters: Readonly<Record<string, string>>) {
  const url = new URL(server.url);
  url.search = new URLSearchParams({ sslmode: 'verify-full', ...parameters }).toString();
  system.aws.secrets.set(system.secretArn(ENVIRONMENT.databaseSecretArn), url.href);
  return await system.request({ path: '/api/health' });
}

/** The path at which Lambda unpacks the file of DATABASE_CA. */
function beside(directory: string): string {
  return join(directory, basename(DATABASE_CA));
}

test('is beside the code of every function, at the documented path', async () => {
  const { functions, databaseCa } = synthesized;
  for (const { directory } of functions.values())
    expect(await readFile(beside(directory), 'utf8')).toBe(databaseCa.certificate);
  const docs = await readFile(join(import.meta.dirname, '../../docs/aws.md'), 'utf8');
  expect(docs).toContain(`?sslrootcert=${DATABASE_CA}`);
});

test('[S42] lets a function reach the database', async () => {
  const { directory } = synthesized.functionOf('GET /api/health');
  expect(await health({ sslrootcert: beside(directory) })).toMatchObject({ status: 200 });
});

test('must be named in the connection string, otherwise the database is refused', async () => {
  expect(await health({})).toMatchObject({
    status: 503,
    body: { code: 'database_unavailable', hint: expect.stringContaining('sslrootcert=') },
  });
});
