import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { migrate } from '../../../shared/db/migrate.ts';
import { pruneHistory } from '../../../shared/db/runs.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';

const MIGRATIONS = join(import.meta.dirname, '../../../shared/db/migrations');
const ALL = readdirSync(MIGRATIONS)
  .map((file) => basename(file, '.sql'))
  .sort();

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase({ migrated: false });
});
afterEach(() => database.drop());

/** The catalog's entries of our tables. */
const schema = () =>
  database.query(`
    select table_schema, table_name, column_name, data_type, is_nullable, column_default
    from information_schema.columns where table_schema in ('public', 'voice_agent_sync') order by 1, 2, 3`);

test('an empty database gets the tables, once', async () => {
  const lines: string[] = [];
  expect(await migrate(database.url, { createTable: true, log: (line) => lines.push(line) })).toEqual(ALL);
  expect(lines).toEqual(ALL.map((name) => `Migration ${name} applied`));
  const before = await schema();
  expect(await migrate(database.url)).toEqual([]);
  expect(await schema()).toEqual(before);
});

test('[O6] twenty concurrent migrations apply each file exactly once', async () => {
  const applied = await Promise.all(Array.from({ length: 20 }, () => migrate(database.url, { createTable: true })));
  expect(applied.flat().sort()).toEqual(ALL);
  expect(await database.query('select name from voice_agent_sync.migration order by id')).toEqual(
    ALL.map((name) => ({ name })),
  );
});

test('a database of an earlier version keeps its history, which its owner can still prune', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'migrations-'));
  try {
    for (const name of ALL.slice(0, 4)) await copyFile(join(MIGRATIONS, `${name}.sql`), join(directory, `${name}.sql`));
    await migrate(database.url, { createTable: true, directory });
  } finally {
    await rm(directory, { recursive: true });
  }
  await database.query(
    `insert into voice_agent_sync.run (kind, trigger, status, started_at, finished_at)
     select 'sync', 'manual', 'succeeded', began, began
     from unnest(array[now() - interval '91 days', now() - interval '89 days', now()]) as began`,
  );
  expect(await migrate(database.url)).toEqual(ALL.slice(4));
  await pruneHistory(database.query, 90);
  expect(await database.query('select id::integer from voice_agent_sync.run order by id')).toEqual([
    { id: 2 },
    { id: 3 },
  ]);
});

test('[O6] a failed migration is named and rolled back, and those before it stay', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'migrations-'));
  try {
    await writeFile(join(directory, '0001-good.sql'), 'create table public.good (id integer);');
    await writeFile(join(directory, '0002-bad.sql'), 'create table public.half (id integer); select 1 / 0;');
    await expect(migrate(database.url, { createTable: true, directory })).rejects.toMatchObject({
      status: 503,
      code: 'migration_failed',
      message: 'Migration 0002-bad failed and changed nothing: division by zero.',
    });
    const tables = await database.query(`select to_regclass('good')::text as good, to_regclass('half')::text as half`);
    expect(tables).toEqual([{ good: 'good', half: null }]);

    await writeFile(join(directory, '0002-bad.sql'), 'create table public.half (id integer);');
    expect(await migrate(database.url, { createTable: true, directory })).toEqual(['0002-bad']);
  } finally {
    await rm(directory, { recursive: true });
  }
});

test('a schema voice_agent_sync that another role owns is refused', async () => {
  const role = `other_${randomUUID().replaceAll('-', '')}`;
  await database.query(`create role ${role}; create schema voice_agent_sync authorization ${role}`);
  await expect(migrate(database.url, { createTable: true })).rejects.toMatchObject({
    code: 'migration_failed',
    message: `The schema voice_agent_sync belongs to the role ${role}, which this system does not work with.`,
  });
  await database.query(`drop schema voice_agent_sync; drop role ${role}`);
});

test('an unreachable database is reported as unavailable', async () => {
  await expect(migrate('postgres://user@127.0.0.1:1/none')).rejects.toMatchObject({ code: 'database_unavailable' });
});

describe('a migrated database', () => {
  let migrated: TestDatabase;
  beforeAll(async () => {
    migrated = await createTestDatabase();
  });
  afterAll(() => migrated.drop());

  test('lists the migrations in the table that earlier versions made with node-pg-migrate', async () => {
    const columns = await migrated.query(
      `select attname as name, format_type(atttypid, atttypmod) as type, attnotnull as required
       from pg_attribute where attrelid = 'voice_agent_sync.migration'::regclass and attnum > 0 order by attnum`,
    );
    expect(columns).toEqual([
      { name: 'id', type: 'integer', required: true },
      { name: 'name', type: 'character varying(255)', required: true },
      { name: 'run_on', type: 'timestamp without time zone', required: true },
    ]);
  });

  test.each([
    [
      'a finished run without an end',
      `insert into voice_agent_sync.run (kind, trigger, status) values ('sync', 'manual', 'failed')`,
    ],
    [
      'a score over 100',
      `insert into voice_agent_sync.run (kind, trigger, health_score) values ('sync', 'manual', 101)`,
    ],
    [
      '[D14] an agent id that no index could hold',
      `insert into voice_agent_sync.agreement values (repeat('x', 256), 'n', now())`,
    ],
    [
      'an observation without a version',
      `insert into voice_agent_sync.retell_agent (agent_id, read_at, gone) values ('a', now(), false)`,
    ],
  ])('refuses %s', async (_, sql) => {
    await expect(migrated.query(sql)).rejects.toMatchObject({ code: '23514' });
  });
});
