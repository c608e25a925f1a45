/** A request's time limit for the database. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createDatabase, type Database, type DatabaseOptions } from '../../../shared/db/pool.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';

let outside: TestDatabase;
let database: Database;
let applicationName: string;

beforeAll(async () => {
  outside = await createTestDatabase();
  await outside.query('create table public.item (id integer primary key, value integer not null)');
});
afterAll(() => outside.drop());

beforeEach(async () => {
  applicationName = `limit-${randomUUID()}`;
  database = open();
  await outside.query('truncate item');
  await outside.query('insert into public.item values (1, 0), (2, 0)');
});
afterEach(() => database.close());

function open(options: Partial<DatabaseOptions> = {}): Database {
  return createDatabase({ connectionString: async () => outside.url, maxConnections: 4, applicationName, ...options });
}

/** Resolves once none of our connections is in this state. */
async function gone(condition: string): Promise<void> {
  const sql = `select from pg_stat_activity where application_name = '${applicationName}' and ${condition}`;
  while ((await outside.query(sql)).length > 0);
}

describe('a request with a time limit', () => {
  const LATE = {
    status: 503,
    code: 'database_unavailable',
    message: 'The database did not respond in time.',
    hint: expect.stringMatching(/DATABASE_URL.*DATABASE_CONNECTIONS/),
  };

  test('stops waiting for a statement, reports the database, and does not affect other requests', async () => {
    const ends = performance.now() + 300;
    const limited = database.within(() => ends - performance.now());
    await expect(limited.query('select pg_sleep(30)')).rejects.toMatchObject(LATE);
    expect(performance.now()).toBeLessThan(ends + 1_000);
    await expect(limited.query('select 1')).rejects.toMatchObject(LATE);
    expect(await database.query('select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('stops waiting for a connection, which goes to another request', async () => {
    const narrow = open({ maxConnections: 1 });
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const holder = narrow.transaction(async (query) => {
      await query('select 1');
      await held;
    });
    const ends = performance.now() + 200;
    await expect(narrow.within(() => ends - performance.now()).query('select 1')).rejects.toMatchObject(LATE);
    const next = narrow.query('select 2 as two');
    release();
    expect(await next).toEqual([{ two: 2 }]);
    await holder;
    await narrow.close();
  });

  test('rolls back if its time ends between two statements', async () => {
    let left = 10_000;
    const limited = database.within(() => left);
    const work = limited.transaction(async (query) => {
      await query('update public.item set value = 9');
      left = 0;
      await query('select 1');
    });
    await expect(work).rejects.toMatchObject(LATE);
    await gone(`state = 'idle in transaction'`);
    expect(await outside.query('select value from public.item')).toEqual([{ value: 0 }, { value: 0 }]);
  });
});
