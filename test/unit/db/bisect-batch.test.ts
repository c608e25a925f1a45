import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { writeBisecting } from '../../../shared/db/bisect-batch.ts';
import { createDatabase, type Database, type Query } from '../../../shared/db/pool.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';

describe('writing a batch', () => {
  let outside: TestDatabase;
  let database: Database;
  beforeAll(async () => {
    outside = await createTestDatabase({ migrated: false });
    await outside.query('create table public.number (value integer check (value >= 0))');
    database = createDatabase({
      connectionString: () => Promise.resolve(outside.url),
      maxConnections: 1,
      applicationName: 'batch',
    });
  });
  afterAll(async () => {
    await database.close();
    await outside.drop();
  });

  async function write(values: readonly number[]): Promise<{ written: number; bad: number[]; statements: number }> {
    const bad: number[] = [];
    const before = database.statements();
    const written = await database.transaction((query) =>
      writeBisecting(query, values, insert, (value) => bad.push(value)),
    );
    return { written: written.length, bad, statements: database.statements() - before };
  }

  async function insert(query: Query, values: readonly number[]): Promise<string[]> {
    const rows = await query<{ value: string }>(
      'insert into public.number (value) select * from unnest($1::integer[]) returning value::text',
      [values],
    );
    return rows.map(({ value }) => value);
  }

  test('a bad row is isolated, and all others are written', async () => {
    const values = Array.from({ length: 100 }, (_, index) => (index === 37 ? -1 : index));
    expect(await write(values)).toMatchObject({ written: 99, bad: [-1] });
  });

  test('the number of statements for a batch of only bad rows does not grow with its size', async () => {
    const few = await write(Array.from({ length: 1_000 }, () => -1));
    const many = await write(Array.from({ length: 10_000 }, () => -1));
    expect([few.bad.length, many.bad.length]).toEqual([1_000, 10_000]);
    expect(many.statements).toBeLessThan(few.statements + 50);
  });
});
