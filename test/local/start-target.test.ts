/** The database of `npm start`: named in the output, or refused in one line. */
import { rm } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Simulator } from '../../infra/local/retell-simulator/start-simulator.ts';
import { SAMPLE_AGENTS } from '../../infra/local/sample-account.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { TEST_KEY, testSimulator } from '../support/simulator.ts';
import { cloneProject, says, startProcess } from '../support/start-process.ts';

/** Variables that a shell may have for psql. */
const PG = {
  PGOPTIONS: '-c search_path=elsewhere',
  PGUSER: 'nobody',
  PGPASSWORD: 'wrong',
  PGSSLMODE: 'require',
  PGPORT: '1',
};
const READY = 'Ctrl-C stops everything.';

let simulator: Simulator;
let database: TestDatabase;
let name: string;

beforeAll(async () => {
  simulator = await testSimulator(SAMPLE_AGENTS);
});
afterAll(() => simulator.close());
beforeEach(async () => {
  database = await createTestDatabase({ migrated: false });
  name = new URL(database.url).pathname.slice(1);
});
afterEach(() => database.drop());

const account = () => ({ RETELL_API_KEY: TEST_KEY, RETELL_BASE_URL: simulator.url, SYNC_SCHEDULE: 'off' });

/** The line with which it exits. */
async function refusal(env: Readonly<Record<string, string>>): Promise<string> {
  const started = startProcess(env);
  expect(await started.ended).toBe(1);
  expect(started.output()).toMatch(/^voice-agent-sync did not start: [^\n]*\n$/);
  expect(await database.query(`select from pg_tables where schemaname in ('public', 'voice_agent_sync')`)).toEqual([]);
  return started.output();
}

describe('npm start', () => {
  test.each([
    [{ RETELL_APIKEY: 'key_1' }, 'RETELL_APIKEY is not a setting of this system; did you mean RETELL_API_KEY?'],
    [{ DATABASE_HOST: 'db.example' }, 'DATABASE_HOST is set, so DATABASE_URL must be set too'],
    [{ DATABASE_URL: 'postgres://u:p@h,i/d', RETELL_API_KEY: 'key_1' }, 'DATABASE_URL names several hosts (h,i)'],
    [{ DATABASE_URL: 'postgres://u:p@h', RETELL_API_KEY: 'key_1' }, 'DATABASE_URL names no database'],
  ])('refuses to start with %j, in one line', async (env, said) => {
    expect(await refusal(env)).toContain(said);
  });

  test('[F6] refuses DATABASE_URL without RETELL_API_KEY, and writes nothing', async () => {
    expect(await refusal({ DATABASE_URL: database.url })).toContain('so RETELL_API_KEY must be set too');
  });

  test('[F4] refuses a database without the table, and names the ways out', async () => {
    expect(await refusal({ ...account(), DATABASE_URL: database.url })).toMatch(
      new RegExp(`The database ${name} has no table interviewer in any schema .*CREATE_INTERVIEWER_TABLE=true`),
    );
  });

  test('[F1] uses the table in the schema that DATABASE_SCHEMA names, and says so, whatever PG variables the shell has', async () => {
    await database.query(
      `create schema foloup;
       create table foloup.interviewer (id serial primary key, agent_id text, name text, description text, image text,
         audio text, empathy integer, exploration integer, rapport integer, speed integer)`,
    );
    expect(await refusal({ ...account(), DATABASE_URL: database.url })).toContain('Add ?schema=foloup to DATABASE_URL');
    // The shell's variables for psql.
    const started = startProcess({ ...account(), ...PG, DATABASE_URL: database.url, DATABASE_SCHEMA: 'foloup' });
    await says(started, READY);
    started.child.kill('SIGTERM');
    expect(await started.ended).toBe(0);
    expect(started.output()).toMatch(
      new RegExp(`^ +Postgres +DATABASE_URL, user postgres, database ${name} at 127\\.0\\.0\\.1:\\d+$`, 'm'),
    );
    expect(started.output()).toMatch(
      new RegExp(`^ +Table +foloup\\.interviewer in the database ${name}, found there$`, 'm'),
    );
    expect(await database.query('select count(*)::integer as rows from foloup.interviewer')).toEqual([{ rows: 9 }]);
    expect(await database.query(`select to_regclass('public.interviewer') as other`)).toEqual([{ other: null }]);
  });

  test('says that it created the table in the embedded database, whatever PG variables the shell has', async () => {
    const clone = await cloneProject();
    const started = startProcess({ ...PG, PGDATA: '/nowhere', PGHOST: '/nowhere' }, clone);
    await says(started, READY);
    started.child.kill('SIGTERM');
    expect(await started.ended).toBe(0);
    expect(started.output()).toMatch(/^ +Table +public\.interviewer in the database postgres, created just now$/m);
    expect(started.output()).toContain('9 created');
    await rm(clone, { recursive: true });
  });
});
