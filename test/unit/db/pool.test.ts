import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createDatabase, type Database, type DatabaseOptions } from '../../../shared/db/pool.ts';
import {
  adminQuery,
  createTestDatabase,
  databaseUrl,
  type TestDatabase,
  terminateBackends,
} from '../../support/postgres.ts';

let outside: TestDatabase;
let name: string;
let database: Database;
let applicationName: string;

beforeAll(async () => {
  outside = await createTestDatabase();
  name = new URL(outside.url).pathname.slice(1);
  await outside.query('create table public.item (id integer primary key, value integer not null)');
});
afterAll(() => outside.drop());

beforeEach(async () => {
  applicationName = `pool-${randomUUID()}`;
  database = open();
  await outside.query('truncate public.item');
  await outside.query('insert into public.item values (1, 0), (2, 0)');
});
afterEach(() => database.close());

function open(options: Partial<DatabaseOptions> = {}): Database {
  return createDatabase({ connectionString: async () => outside.url, maxConnections: 4, applicationName, ...options });
}

const values = async () =>
  (await outside.query('select value from public.item order by id')).map((row) => row['value']);

/** A statement that fails with this SQLSTATE. */
const raise = (code: string) => `do $$ begin raise exception 'x' using errcode = '${code}'; end $$`;

describe('statements', () => {
  test('are counted, BEGIN and COMMIT included', async () => {
    expect(await database.query('select $1::int as one', [1])).toEqual([{ one: 1 }]);
    expect(database.statements()).toBe(1);
    await database.transaction((query) => query('select 1'));
    expect(database.statements()).toBe(4);
  });

  test('return times as dates', async () => {
    expect(await database.query(`select '2026-01-02 03:04:05Z'::timestamptz as at`)).toEqual([
      { at: new Date('2026-01-02T03:04:05Z') },
    ]);
  });

  test('open no connection before the first one', async () => {
    const idle = open({ connectionString: () => Promise.reject(new Error('asked')) });
    await idle.close();
    expect(idle.statements()).toBe(0);
  });

  test('[D7] have a time limit in the server', async () => {
    expect(await database.query('show statement_timeout')).toEqual([{ statement_timeout: '1min' }]);
  });

  test('name the table of the platform by a placeholder, wherever the search path leads', async () => {
    await outside.query('create schema platform create table interviewer (id integer)');
    await outside.query('insert into platform.interviewer values (7)');
    await outside.query(`update voice_agent_sync.platform set interviewer_schema = 'platform'`);
    expect(await database.query('select id from {interviewer} where interviewer.id > 0')).toEqual([{ id: 7 }]);
    const [row] = await database.transaction((query) => query(`select '{interviewer}'::regclass::text as name`));
    expect(row).toEqual({ name: 'platform.interviewer' });
    expect(database.statements()).toBe(4);

    await outside.query('alter schema platform rename to moved');
    await expect(database.query('select id from {interviewer}')).rejects.toMatchObject({ code: 'schema_mismatch' });
    await outside.query(`update voice_agent_sync.platform set interviewer_schema = 'moved'`);
    expect(await database.query('select id from {interviewer}')).toEqual([{ id: 7 }]);
    await outside.query('truncate voice_agent_sync.platform');
    await outside.query('drop schema moved cascade');
    await expect(database.query('select id from {interviewer}')).rejects.toMatchObject({ code: 'schema_mismatch' });
    await expect(database.query('select id from {interviewer}')).rejects.toMatchObject({
      code: 'schema_mismatch',
      message: 'The database does not say in which schema the interviewer table is.',
    });
  });
});

describe('a transaction', () => {
  test('is rolled back if its work throws, and rejects with that error', async () => {
    const mine = new Error('mine');
    const work = database.transaction(async (query) => {
      await query('update public.item set value = 9');
      throw mine;
    });
    await expect(work).rejects.toBe(mine);
    expect(await values()).toEqual([0, 0]);
  });

  test('rejects if its work swallowed a failed statement', async () => {
    const work = database.transaction(async (query) => {
      await query('update public.item set value = 9');
      await query('select 1 / 0').catch(() => {});
    });
    await expect(work).rejects.toThrow(/swallowed/);
    expect(await values()).toEqual([0, 0]);
  });

  test.each(['40001', '40P01', '25006', '57P01', '57P02'])('[D6] [D8] is run again after %s', async (code) => {
    let tries = 0;
    await database.transaction(async (query) => {
      tries += 1;
      await query('update public.item set value = value + 1');
      if (tries === 1) await query(raise(code));
    });
    expect(tries).toBe(2);
    expect(await values()).toEqual([1, 1]);
  });

  test('[D6] is given up after three tries', async () => {
    let tries = 0;
    const work = database.transaction(async (query) => {
      tries += 1;
      await query(raise('40001'));
    });
    await expect(work).rejects.toMatchObject({ status: 503, code: 'database_unavailable', cause: { code: '40001' } });
    expect(tries).toBe(3);
  });

  test('[D6] is run again after a real deadlock', async () => {
    let tries = 0;
    let holding = 0;
    const bothHoldOne = Promise.withResolvers<void>();
    const oneIsThrough = Promise.withResolvers<void>();
    const lockInOrder = async (first: number, second: number) => {
      await database.transaction(async (query) => {
        tries += 1;
        // Otherwise it could take its first lock again before the other transaction continues, which is another
        // deadlock.
        if (tries > 2) await oneIsThrough.promise;
        await query('update public.item set value = value + 1 where id = $1', [first]);
        holding += 1;
        if (holding === 2) bothHoldOne.resolve();
        await bothHoldOne.promise;
        await query('update public.item set value = value + 1 where id = $1', [second]);
      });
      oneIsThrough.resolve();
    };
    await Promise.all([lockInOrder(1, 2), lockInOrder(2, 1)]);
    expect(tries).toBe(3);
    expect(await values()).toEqual([2, 2]);
  });
});

describe('a lost connection', () => {
  test('[D4] is replaced when it broke while idle', async () => {
    const reported: Error[] = [];
    const quiet = open({ onConnectionError: (error) => reported.push(error) });
    await quiet.query('select 1');
    expect(await terminateBackends(applicationName)).toBe(1);
    await quiet.transaction((query) => query('update public.item set value = value + 1'));
    expect(await values()).toEqual([1, 1]);
    expect(reported.length).toBeLessThanOrEqual(1);
    await quiet.close();
  });

  test('[D2] in the middle of a unit of work makes the whole unit run again', async () => {
    let tries = 0;
    await database.transaction(async (query) => {
      tries += 1;
      await query('update public.item set value = value + 1');
      if (tries === 1) await terminateBackends(applicationName);
      await query('update public.item set value = value + 1');
    });
    expect(tries).toBe(2);
    expect(await values()).toEqual([2, 2]);
  });

  test('during a statement makes the statement run again', async () => {
    const sleeping = database.query(
      `select pg_sleep(case when value = 0 then 30 else 0 end), value from public.item where id = 1`,
    );
    await seen(`query like 'select pg_sleep%'`);
    await outside.query('update public.item set value = 5');
    await terminateBackends(applicationName);
    expect(await sleeping).toMatchObject([{ value: 5 }]);
  });

  test('that cannot be replaced is reported', async () => {
    const work = database.transaction(async (query) => {
      await terminateBackends(applicationName);
      await query('select 1');
    });
    await expect(work).rejects.toMatchObject({ status: 503, code: 'database_unavailable' });
  });
});

/** Resolves once the server shows a connection of ours in this state. */
async function seen(condition: string): Promise<void> {
  const sql = `select from pg_stat_activity where application_name = '${applicationName}' and ${condition}`;
  while ((await outside.query(sql)).length === 0);
}

describe('[D1] a connection that cannot be made', () => {
  const crowded = { name: `crowded_${randomUUID().replaceAll('-', '')}`, password: 'hidden' };
  beforeAll(() => adminQuery(`create role ${crowded.name} login connection limit 0 password '${crowded.password}'`));
  afterAll(() => adminQuery(`drop role ${crowded.name}`));

  test.each([
    ['a closed port', () => 'postgres://u:hidden@127.0.0.1:1/d'],
    ['no such host', () => 'postgres://u:hidden@host.invalid/d'],
    ['no such database', () => databaseUrl('none')],
    ['[D9] no connection left', () => databaseUrl(name, crowded)],
    ['no such role', () => databaseUrl(name, { name: 'none', password: 'hidden' })],
    ['a server without TLS', () => `${outside.url}?sslmode=verify-full`],
  ])('%s', async (_, url) => {
    const unreachable = open({ connectionString: async () => url() });
    const error = await unreachable.query('select 1').catch((error: unknown) => error);
    expect(error).toMatchObject({ status: 503, code: 'database_unavailable', cause: expect.anything() });
    expect(error).toMatchObject({ hint: expect.stringContaining('DATABASE_URL') });
    expect(String(error)).not.toContain('hidden');
    await unreachable.close();
  });

  test('[O1] a rotated password is fetched again', async () => {
    const role = `rotated_${randomUUID().replaceAll('-', '')}`;
    await adminQuery(`create role ${role} login password 'new'`);
    let password = 'old';
    const options = {
      connectionString: async () => databaseUrl(name, { name: role, password }),
      refresh: async () => {
        password = 'new';
      },
    };
    const healed = open(options);
    expect(await healed.query('select 1 as one')).toEqual([{ one: 1 }]);
    await adminQuery(`alter role ${role} password 'newer'`);
    await terminateBackends(applicationName);
    await expect(healed.query('select 1')).rejects.toMatchObject({ code: 'database_unavailable' });
    await healed.close();
    await adminQuery(`drop role ${role}`);
  });
});

describe("the server's refusals", () => {
  test.each([
    ['42P01', { status: 503, code: 'schema_mismatch' }],
    ['42703', { status: 503, code: 'schema_mismatch' }],
    ['42501', { status: 503, code: 'database_permission' }],
    ['57014', { status: 503, code: 'database_unavailable' }],
    ['55P03', { status: 503, code: 'database_unavailable' }],
    ['53300', { status: 503, code: 'database_unavailable' }],
    ['23505', { code: '23505' }],
    ['P0001', { code: 'P0001' }],
  ])('%s', async (code, expected) => {
    await expect(database.query(raise(code))).rejects.toMatchObject(expected);
    expect(await database.query('select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('a parameter that cannot be sent does not cost the connection', async () => {
    const [before] = await database.query('select pg_backend_pid() as pid');
    const cyclic: unknown[] = [];
    cyclic.push({ cyclic });
    await expect(database.query('select $1::jsonb', [{ cyclic }])).rejects.toBeInstanceOf(TypeError);
    expect(await database.query('select pg_backend_pid() as pid')).toEqual([before]);
  });
});
