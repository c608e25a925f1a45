/** No value that the service's own role may store in its tables stops a later sync, although every run reads them. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { interviewAgents } from '../support/agents.ts';
import { startSystem, type TestSystem } from '../support/system.ts';
import { createServiceDatabase, type ServiceDatabase } from './service-database.ts';

const SYNC = 'POST /api/sync-retell-agents';

let database: ServiceDatabase;
let system: TestSystem;
let service: Client;
beforeAll(async () => {
  database = await createServiceDatabase();
  system = await startSystem({ database, agents: interviewAgents(3), env: { DATABASE_URL: database.serviceUrl } });
  await system.call(SYNC);
  service = new Client({ connectionString: database.serviceUrl });
  await service.connect();
});
afterAll(async () => {
  await service.end();
  await system.close();
});

/** The columns of a type that the role may update. */
async function columnsOf(type: string): Promise<readonly { table: string; column: string }[]> {
  const { rows } = await service.query(
    `select attrelid::regclass::text as table, quote_ident(attname) as column
     from pg_attribute join pg_class on pg_class.oid = attrelid
     where relnamespace = 'voice_agent_sync'::regnamespace and relkind = 'r' and atttypid = $1::regtype
       and attnum > 0 and has_column_privilege(attrelid, attnum, 'update')`,
    [type],
  );
  return rows;
}

const SPOILT: readonly (readonly [type: string, sql: string])[] = [
  ['timestamptz', `'infinity'`],
  ['timestamptz', `'-infinity'`],
  ['timestamptz', `'294276-01-01'`],
  ['bigint', '9223372036854775807'],
  ['bigint', '-9223372036854775808'],
  ['jsonb', `('{"a":' || repeat('[', 6000) || repeat(']', 6000) || '}')::jsonb`],
];

describe.each(SPOILT)('[S135] with each %s that the service may update set to %s', (type, sql) => {
  test('the syncs of all agents and of one work', async () => {
    let stored = 0;
    for (const { table, column } of await columnsOf(type)) {
      // A check or a trigger may refuse it, and a table may be empty.
      const { rowCount } = await service.query(`update ${table} set ${column} = ${sql}`).catch(() => ({ rowCount: 0 }));
      if (rowCount === 0) continue;
      stored += 1;
      for (const body of [{}, { full: true }, { agent_id: 'agent_1' }]) {
        const { status } = await system.call(SYNC, body);
        expect([table, column, body, status]).toEqual([table, column, body, 200]);
      }
    }
    expect(stored).toBeGreaterThan(0);
    expect((await system.call(SYNC)).body).toMatchObject({ errors: [], unchanged: 3 });
  });
});

test('[S135] an observation from the future is made again, and does not keep newer ones out', async () => {
  await service.query(`update voice_agent_sync.retell_agent set read_at = 'infinity', voice_id = 'forged'`);
  expect((await system.call(SYNC)).body).toMatchObject({ errors: [], unchanged: 3, retell_calls: 4 });
  const { rows } = await service.query(
    `select read_at <= clock_timestamp() as is_past, voice_id from voice_agent_sync.retell_agent`,
  );
  expect(rows).toEqual(
    Array.from({ length: 3 }, () => ({ is_past: true, voice_id: expect.not.stringMatching('forged') })),
  );
});
