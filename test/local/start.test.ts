/** `npm start` as a process: its output, its port, its signals. */
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { localToken, tokenUse } from '../../infra/local/local-token.ts';
import { findRunning } from '../../infra/local/pid-file.ts';
import { SAMPLE_AGENTS } from '../../infra/local/sample-account.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { TEST_KEY, testSimulator } from '../support/simulator.ts';
import { cloneProject, says, startProcess } from '../support/start-process.ts';

/** The embedded Postgres' settings for libpq. */
async function serviceOf(clone: string): Promise<Record<string, string>> {
  const path = join(clone, '.local/pg_service.conf');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  const [head, ...lines] = (await readFile(path, 'utf8')).trimEnd().split('\n');
  expect(head).toBe('[local]');
  return Object.fromEntries(lines.map((line) => line.split('=', 2)));
}

/** Variables that a shell may have for psql. */
const PG = {
  PGOPTIONS: '-c search_path=elsewhere',
  PGUSER: 'nobody',
  PGPASSWORD: 'wrong',
  PGSSLMODE: 'require',
  PGPORT: '1',
};

describe('npm start', () => {
  let database: TestDatabase;
  /** The project, without what an earlier test left behind. */
  let clone: string;
  beforeAll(async () => {
    clone = await cloneProject();
  });
  afterAll(() => rm(clone, { recursive: true }));
  beforeEach(async () => {
    database = await createTestDatabase({ migrated: false });
  });
  afterEach(async () => {
    await rm(join(clone, '.local'), { recursive: true, force: true });
    await database.drop();
  });

  test('[F1] migrates, syncs an account into the table in DATABASE_SCHEMA, reports it, serves, and stops at SIGTERM, whatever PG variables the shell has', async () => {
    await database.query(
      `create schema foloup;
       create table foloup.interviewer (id serial primary key, agent_id text, name text, description text, image text,
         audio text, empathy integer, exploration integer, rapport integer, speed integer)`,
    );
    const simulator = await testSimulator(SAMPLE_AGENTS);
    const env = {
      ...PG,
      DATABASE_URL: database.url,
      DATABASE_SCHEMA: 'foloup',
      RETELL_API_KEY: TEST_KEY,
      RETELL_BASE_URL: simulator.url,
      SYNC_AUTH_TOKEN: 'a-token-of-the-test-0123',
      SYNC_SCHEDULE: 'off',
    };
    const started = startProcess(env, clone);
    await says(started, 'Ctrl-C stops everything.');
    expect(started.output()).toContain('9 created');
    const name = new URL(database.url).pathname.slice(1);
    expect(started.output()).toMatch(
      new RegExp(`^ +Postgres +DATABASE_URL, user postgres, database ${name} at 127\\.0\\.0\\.1:\\d+$`, 'm'),
    );
    expect(started.output()).toContain(`Table      foloup.interviewer in the database ${name}, found there\n`);
    expect(started.output()).toContain('Token      SYNC_AUTH_TOKEN\n');
    const pipe = `printf 'Authorization: Bearer %s' "$SYNC_AUTH_TOKEN" | curl -H @- `;
    expect(started.output()).toContain(`Audit      ${pipe}http://`);
    expect(started.output()).toContain('Billing support: Agent name does not match interview patterns');
    expect(started.output()).toContain('Health 100 of 100, excellent.');
    expect(started.output()).toMatch(/ State {6}in sync: Both sides are in sync, as of \d{4}-/);
    expect(started.output()).not.toContain('a-token-of-the-test-0123');
    expect(started.output()).not.toContain(TEST_KEY);
    // The account's key is in no file.
    expect(existsSync(join(clone, '.local'))).toBe(false);
    const url = /http:\/\/127\.0\.0\.1:\d+(?=\/api)/.exec(started.output())?.[0] ?? '';
    expect((await fetch(`${url}/api/audit-agents`)).status).toBe(401);
    const audit = await fetch(`${url}/api/audit-agents`, {
      headers: { authorization: 'Bearer a-token-of-the-test-0123' },
    });
    expect(await audit.json()).toMatchObject({ success: true, audit_report: { health_score: 100 } });
    started.child.kill('SIGTERM');
    started.child.kill('SIGTERM');
    expect(await started.ended).toBe(0);
    expect(await database.query('select count(*)::integer as rows from foloup.interviewer')).toEqual([{ rows: 9 }]);
    expect(await database.query(`select to_regclass('public.interviewer') as other`)).toEqual([{ other: null }]);
    await simulator.close();
  });

  test('[O11] without settings, starts its own Postgres and account, whatever PG variables the shell has, and restarts after being killed', async () => {
    const first = startProcess({ ...PG, PGDATA: '/nowhere', PGHOST: '/nowhere' }, clone);
    await says(first, 'Ctrl-C stops everything.');
    expect(first.output()).toContain('9 created');
    expect(first.output()).toMatch(/^ +Table +public\.interviewer in the database postgres, created just now$/m);
    first.child.kill('SIGKILL');
    await first.ended;
    const second = startProcess({}, clone);
    await says(second, 'Ctrl-C stops everything.');
    expect(second.output()).toContain('9 already in sync');
    const third = startProcess({}, clone);
    expect(await third.ended).toBe(1);
    expect(third.output()).toMatch(
      /^voice-agent-sync did not start: http:\/\/127\.0\.0\.1:\d+ already runs here on the sample account .*\n$/,
    );
    expect(second.output()).toContain('PGSERVICEFILE=.local/pg_service.conf psql service=local');
    const service = await serviceOf(clone);
    const client = new Client({ ...service, port: Number(service['port']), database: service['dbname'] ?? '' });
    await client.connect();
    expect((await client.query('select count(*)::integer as rows from interviewer')).rows).toEqual([{ rows: 9 }]);
    await client.end();
    expect(second.output()).not.toContain(service['password']);
    expect((await findRunning(clone))?.retell_api_key).toMatch(/^key_[0-9a-f]{32}$/);
    second.child.kill('SIGINT');
    expect(await second.ended).toBe(0);
    expect((await readdir(join(clone, '.local'))).toSorted()).toEqual(['postgres', 'retell-account.json']);
  });

  test('[S120] with a real account and no SYNC_AUTH_TOKEN, generates a token, shows it once, and keeps it', async () => {
    const simulator = await testSimulator(SAMPLE_AGENTS);
    const env = {
      DATABASE_URL: database.url,
      CREATE_INTERVIEWER_TABLE: 'true',
      RETELL_API_KEY: TEST_KEY,
      RETELL_BASE_URL: simulator.url,
    };
    const first = startProcess(env, clone);
    await says(first, 'Ctrl-C stops everything.');
    const file = join(clone, '.local/authorization');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const [, token = ''] = /^Authorization: Bearer (\S{43})\n$/.exec(await readFile(file, 'utf8')) ?? [];
    expect(first.output()).toContain(`Token      ${token} (shown this once; kept in .local/authorization)`);
    expect(first.output()).toContain('curl -H @.local/authorization -X POST');
    const url = /http:\/\/127\.0\.0\.1:\d+(?=\/api)/.exec(first.output())?.[0] ?? '';
    const statuses = [{}, { authorization: `Bearer ${token}` }].map(
      async (headers) => (await fetch(`${url}/api/agents`, { headers })).status,
    );
    expect(await Promise.all(statuses)).toEqual([401, 200]);
    first.child.kill('SIGTERM');
    expect(await first.ended).toBe(0);
    // What the next start does.
    const kept = await localToken(clone);
    expect(kept).toEqual({ value: token, created: false });
    expect(tokenUse(kept).description).toBe('in .local/authorization');
    await simulator.close();
  });

  test('refuses a bad setting in one line without its secret', async () => {
    const started = startProcess({ DATABASE_URL: 'mysql://user:hunter2@host/database', RETELL_API_KEY: TEST_KEY });
    expect(await started.ended).toBe(1);
    expect(started.output()).toMatch(/^voice-agent-sync did not start: DATABASE_URL [^\n]*\n$/);
    expect(started.output()).not.toContain('hunter2');
  });

  test('says in one line that the API key is refused, names the setting, and leaves the database as it was', async () => {
    const simulator = await testSimulator();
    const started = startProcess({
      DATABASE_URL: database.url,
      RETELL_API_KEY: 'key_wrong',
      RETELL_BASE_URL: simulator.url,
    });
    expect(await started.ended).toBe(1);
    expect(started.output()).toMatch(
      /^voice-agent-sync did not start: Retell refuses the API key .*RETELL_API_KEY.*\n$/,
    );
    expect(await database.query("select to_regclass('interviewer') as found")).toEqual([{ found: null }]);
    await simulator.close();
  });
});
