/** Connections through a proxy that refuses them with the messages of real poolers. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createDatabase, type Database, type DatabaseOptions } from '../../../shared/db/pool.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';
import type { PostgresProxy } from '../../support/postgres-proxy.ts';
import { type Refusal, refuseStartup } from '../../support/refuse-startup.ts';

let outside: TestDatabase;
let pooler: PostgresProxy | undefined;
let pooled: Database | undefined;

beforeAll(async () => {
  outside = await createTestDatabase();
});
afterAll(() => outside.drop());
afterEach(async () => {
  await pooled?.close();
  await pooler?.close();
});

async function openThrough(
  refusalOf: (startup: string) => Refusal | null,
  options: Partial<DatabaseOptions> = {},
  parameters = '',
): Promise<Database> {
  const { url } = (pooler = await refuseStartup(outside.url, refusalOf));
  pooled = createDatabase({
    connectionString: async () => `${url}${parameters}`,
    maxConnections: 4,
    applicationName: 'connections',
    ...options,
  });
  return pooled;
}

const WRONG_PASSWORD = [
  ['28P01', 'password authentication failed for user "app"'],
  ['08P01', 'SASL authentication failed'],
  ['08P01', 'password authentication failed'],
  ['08P01', 'no such user'],
  ['08P01', 'server login has been failing, try again later (server_login_retry)'],
  ['28000', 'The password that was provided for the role app is wrong.'],
  ['28000', 'This RDS proxy has no credentials for the role app. Check the credentials for this role and try again.'],
  ['XX000', 'Tenant or user not found'],
  ['XX000', 'tenant/user app.project not found'],
] as const;

const NOT_THE_PASSWORD = [
  ['28000', 'no pg_hba.conf entry for host "10.0.0.1", user "app", database "platform", no encryption'],
  ['08P01', 'no more connections allowed (max_client_conn)'],
  ['53300', 'too many connections for role "app"'],
  ['XX000', 'MaxClientsInSessionMode: max clients reached - in Session mode max clients are limited to pool_size'],
] as const;

const UNSUPPORTED: Refusal = { code: '08P01', message: 'unsupported startup parameter: options' };

/** Refuses connections that name the start-up parameter `options`. */
function refusesOptions(refusal: Refusal): (startup: string) => Refusal | null {
  return (startup) => (startup.includes('options\0') ? refusal : null);
}

test.each(WRONG_PASSWORD)('[P3] a password that is refused with %s %s is fetched again', async (code, message) => {
  let refreshed = 0;
  const database = await openThrough(() => (refreshed === 0 ? { code, message } : null), {
    refresh: async () => {
      refreshed += 1;
    },
  });
  expect(await database.query('select 1 as one')).toEqual([{ one: 1 }]);
  expect(refreshed).toBe(1);
});

test.each(NOT_THE_PASSWORD)('[P3] nothing is fetched again after %s %s, which is reported', async (code, message) => {
  const refresh = () => Promise.reject(new Error('fetched again'));
  const database = await openThrough(() => ({ code, message }), { refresh });
  await expect(database.query('select 1')).rejects.toMatchObject({
    code: 'database_unavailable',
    cause: { code, message },
  });
});

test('[P6] statements that wait for a connection of a replaced pool are served by the new one', async () => {
  const database = await openThrough(refusesOptions(UNSUPPORTED), { maxConnections: 2 });
  const began = performance.now();
  const numbers = Array.from({ length: 30 }, (_, index) => index);
  const rows = await Promise.all(numbers.map((number) => database.query('select $1::integer as number', [number])));
  expect(rows.flat()).toEqual(numbers.map((number) => ({ number })));
  // Otherwise statements would wait five seconds for the old pool.
  expect(performance.now() - began).toBeLessThan(4_500);
});

describe('[P2] a pooler that takes no start-up parameters', () => {
  const LIMITS = `select current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock,
    current_setting('idle_in_transaction_session_timeout') as idle`;
  const IN_FORCE = [{ statement: '1min', lock: '30s', idle: '30s' }];

  test.each([
    ['PgBouncer', UNSUPPORTED],
    ['Neon', { code: '08P01', message: 'unsupported startup parameter in options: statement_timeout' }],
    [
      'RDS Proxy',
      { code: '0A000', message: 'Feature not supported: RDS Proxy currently doesn’t support command-line options.' },
    ],
    [
      'RDS Proxy, by name',
      {
        code: '0A000',
        message: "Feature not supported: RDS Proxy currently doesn't support the option statement_timeout.",
      },
    ],
  ])('%s gets none; every transaction sets the limits, even for a single statement', async (_, refusal) => {
    const database = await openThrough(refusesOptions(refusal));
    expect(await database.query(LIMITS)).toEqual(IN_FORCE);
    expect(database.statements()).toBe(3);
    expect(await database.transaction((query) => query(LIMITS))).toEqual(IN_FORCE);
    expect(database.statements()).toBe(6);
  });

  test('keeps sending them after another refusal with the same code', async () => {
    const refusals = ['no more connections allowed (max_client_conn)'];
    const startups: string[] = [];
    const database = await openThrough((startup) => {
      startups.push(startup);
      const message = refusals.pop();
      return message === undefined ? null : { code: '08P01', message };
    });
    await expect(database.query('select 1')).rejects.toMatchObject({ code: 'database_unavailable' });
    expect(await database.query('select 1 as one')).toEqual([{ one: 1 }]);
    expect(startups).toEqual([
      expect.stringContaining('statement_timeout'),
      expect.stringContaining('statement_timeout'),
    ]);
  });

  test('refuses those of the connection string, which are never left out', async () => {
    const database = await openThrough(refusesOptions(UNSUPPORTED), {}, '?options=-c%20geqo%3Doff');
    await expect(database.query('select 1')).rejects.toMatchObject({
      code: 'database_unavailable',
      cause: { message: UNSUPPORTED.message },
    });
  });

  test('unlike a direct connection, which gets them in addition to those of the connection string', async () => {
    const database = await openThrough(() => null, {}, '?options=-c%20geqo%3Doff');
    expect(await database.query('show geqo')).toEqual([{ geqo: 'off' }]);
    expect(await database.query(LIMITS)).toEqual(IN_FORCE);
    expect(database.statements()).toBe(2);
  });
});
