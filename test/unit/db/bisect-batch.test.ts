import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { writeBisecting } from '../../../shared/db/bisect-batch.ts';
import { createDatabase, type Database, type Query } from '../../../shared/db/pool.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';

describe('writing in quarantine', () => {
  let outside: TestDatabase;
  let database: Database;
  beforeAll(async () => {
    outside = await createTestDatabase({ migrated: false });
    await outside.query('create table number (value integer check (value >= 0))');
    database = createDatabase({
      connectionString: () => Promise.resolve(outside.url),
      maxConnections: 1,
      applicationName: 'quarantine',
    });
  });
  afterAll(async () => {
    await database.close();
    await outside.drop();
  });

  async function write(values: readonly number[]): Promise<{ written: number; refused: number[]; statements: number }> {
    const refused: number[] = [];
    const before = database.statements();
    const written = await database.transaction((query) =>
      writeBisecting(query, values, insert, (value) => refused.push(value)),
    );
    return { written: written.length, refused, statements: database.statements() - before };
  }

  async function insert(query: Query, values: readonly number[]): Promise<string[]> {
    const rows = await query<{ value: string }>(
      'insert into number (value) select * from unnest($1::integer[]) returning value::text',
      [values],
    );
    return rows.map(({ value }) => value);
  }

  test('a row that is refused is found among the others, which are written', async () => {
    const values = Array.from({ length: 100 }, (_, index) => (index === 37 ? -1 : index));
    expect(await write(values)).toMatchObject({ written: 99, refused: [-1] });
  });

  test('when all are refused, the statements do not grow with the rows', async () => {
    const few = await write(Array.from({ length: 1_000 }, () => -1));
    const many = await write(Array.from({ length: 10_000 }, () => -1));
    expect([few.refused.length, many.refused.length]).toEqual([1_000, 10_000]);
    expect(many.statements).toBeLessThan(few.statements + 50);
  });
});
