import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { migrate } from '../../shared/db/migrate.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase({ migrated: false });
});
afterAll(() => database.drop());

test('an empty database gets the tables', async () => {
  expect(await migrate(database.url)).toEqual(['0001-interviewer', '0002-history-and-state']);
  expect(await migrate(database.url)).toEqual([]);
});
