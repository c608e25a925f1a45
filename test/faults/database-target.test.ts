/** Which responses name the database's address: only those to authorized callers. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { databaseUrl } from '../support/postgres.ts';
import { startSystem, type TestSystem } from '../support/system.ts';

let system: TestSystem;
beforeEach(async () => {
  system = await startSystem({});
});
afterEach(() => system.close());

test("[F10] an authorized caller gets the server's own words, with user, database and host", async () => {
  const url = databaseUrl('no_such_database', { name: 'postgres', password: new URL(databaseUrl('x')).password });
  await system.configure({ DATABASE_URL: url });
  const { port } = new URL(url);
  for (const call of ['POST /api/sync-retell-agents', 'GET /api/audit-agents', 'GET /api/sync-runs']) {
    const { status, body } = await system.call(call);
    expect([status, body.code, body.error]).toEqual([
      503,
      'database_unavailable',
      `The database refuses the connection (user postgres, database no_such_database at 127.0.0.1:${port}): database "no_such_database" does not exist (3D000).`,
    ]);
    expect(body.hint).toBe(
      "Name the platform's database in DATABASE_URL (on AWS: the database secret), after the host.",
    );
  }
});

test('[F10] health, which needs no token, names neither server nor user nor database', async () => {
  await system.configure({ DATABASE_URL: databaseUrl('no_such_database') });
  const { status, body } = await system.call('GET /api/health');
  expect([status, body.code, body.error]).toEqual([
    503,
    'database_unavailable',
    'The database cannot be reached or used.',
  ]);
  expect(JSON.stringify(body)).not.toMatch(/no_such_database|127\.0\.0\.1|user postgres/);
  // Only the log has them.
  const logged = system.log.find(({ level }) => level === 'error');
  expect(String(logged?.fields['error'])).toContain('database "no_such_database" does not exist');
});
