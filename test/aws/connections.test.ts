/** How many connections a process holds: the functions' reserved concurrency relies on it. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { parseConfig } from '../../shared/config.ts';
import { composeServices, type Services } from '../../shared/services.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

let database: TestDatabase;
let services: Services;
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  await services.close();
  await database.drop();
});

/** The number of connections that ten concurrent queries use. */
async function connections(env: Readonly<Record<string, string>>): Promise<number> {
  services = composeServices(parseConfig({ DATABASE_URL: database.url, RETELL_API_KEY: 'key', ...env }));
  const asked = Array.from({ length: 10 }, () =>
    services.database.query<{ pid: number }>('select pg_backend_pid() as pid'),
  );
  return new Set((await Promise.all(asked)).flat().map(({ pid }) => pid)).size;
}

test('on Lambda, concurrent queries share one connection', async () => {
  expect(await connections({ AWS_LAMBDA_FUNCTION_NAME: 'sync' })).toBe(1);
});

test('elsewhere, concurrent queries use several connections', async () => {
  expect(await connections({})).toBeGreaterThan(1);
});
