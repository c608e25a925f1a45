import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { lockSchema, ownerTransaction, withOwnerClient } from '../../../shared/db/owner-client.ts';
import { AppError } from '../../../shared/errors.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase({ migrated: false });
});
afterAll(() => database.drop());

let holder: Client;
beforeEach(async () => {
  holder = new Client(database.url);
  holder.on('error', () => {});
  await holder.connect();
});
afterEach(() => holder.end());

test('settings of an owner transaction end with it, committed or not', async () => {
  await withOwnerClient(database.url, async (client) => {
    const shown = async () => (await client.query(`select name, setting from pg_settings order by name`)).rows;
    const before = await shown();
    await ownerTransaction(client, async () => {
      expect((await client.query('show search_path')).rows).toEqual([{ search_path: 'pg_catalog, pg_temp' }]);
      expect((await client.query('show lock_timeout')).rows).toEqual([{ lock_timeout: '30s' }]);
    });
    await expect(ownerTransaction(client, () => client.query('select 1 / 0'))).rejects.toMatchObject({ code: '22012' });
    expect(await shown()).toEqual(before);
  });
});

test("[P9] an earlier version's leftover lock on a pooled connection is named, with the statement that ends its session", async () => {
  await holder.query('select pg_advisory_lock(7241865325823965)');
  await withOwnerClient(database.url, async (client) => {
    await client.query(`set lock_timeout = '50ms'`);
    const failure = await lockSchema(client).catch((error: unknown) => error);
    expect(failure).toMatchObject({ status: 503, code: 'migration_failed' });
    const hint = failure instanceof AppError ? failure.hint : '';
    const [, statement = ''] = /(select pg_terminate_backend.*)\.$/.exec(hint) ?? [];
    expect(await database.query(statement)).toEqual([{ pg_terminate_backend: true }]);
    await expect(lockSchema(client)).resolves.toBeUndefined();
  });
});

test('the schema is locked until the end of the transaction, so that no session has to release it', async () => {
  await withOwnerClient(database.url, async (client) => {
    const held = () =>
      database.query(
        `select mode from pg_locks join pg_database on pg_database.oid = database
         where datname = current_database() and locktype = 'advisory'`,
      );
    await ownerTransaction(client, async () => {
      await lockSchema(client);
      expect(await held()).toEqual([{ mode: 'ExclusiveLock' }]);
    });
    expect(await held()).toEqual([]);
  });
});
