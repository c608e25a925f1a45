/** `npm start` with a database behind a pooler, next to another client of that pooler. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { agentEvent } from '../../infra/local/retell-simulator/events.ts';
import { signWebhook } from '../../infra/local/retell-simulator/webhooks.ts';
import { SAMPLE_AGENTS } from '../../infra/local/sample-account.ts';
import { describeWithPgBouncer, type PgBouncer, startPgBouncer } from '../support/pgbouncer.ts';
import { ALL_SETTINGS, inEverySession } from '../support/pooled-sessions.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { type Simulator, TEST_KEY, testSimulator } from '../support/simulator.ts';
import { says, startProcess } from '../support/start-process.ts';

const POOL_SIZE = 4;
const TOKEN = 'a-token-of-the-test-0123456789';

describeWithPgBouncer.each(['transaction', 'session'] as const)('through PgBouncer in %s mode', (mode) => {
  let database: TestDatabase;
  let pooler: PgBouncer;
  let simulator: Simulator;
  beforeEach(async () => {
    database = await createTestDatabase({ migrated: false });
    pooler = await startPgBouncer({ mode, poolSize: POOL_SIZE });
    simulator = await testSimulator(SAMPLE_AGENTS);
  });
  afterEach(async () => {
    await simulator.close();
    await pooler.stop();
    await database.drop();
  });

  test('[P8] npm start migrates, syncs, handles requests and a webhook, and stops, and leaves no trace in any session', async () => {
    const url = pooler.through(database.url);
    const bystander = new Client(url);
    await bystander.connect();
    const settings = (await bystander.query(ALL_SETTINGS)).rows;
    const started = startProcess({
      DATABASE_URL: url,
      DATABASE_CONNECTIONS: '2',
      CREATE_INTERVIEWER_TABLE: 'true',
      RETELL_API_KEY: TEST_KEY,
      RETELL_BASE_URL: simulator.url,
      SYNC_AUTH_TOKEN: TOKEN,
    });
    await says(started, 'Ctrl-C stops everything.');
    expect(started.output()).toContain('9 created');
    const [, origin = ''] = /Page +(\S+)\/\n/.exec(started.output()) ?? [];
    const authorization = `Bearer ${TOKEN}`;
    const sync = await fetch(`${origin}/api/sync-retell-agents`, { method: 'POST', headers: { authorization } });
    expect(await sync.json()).toMatchObject({ success: true, errors: [], health_score: 100 });
    const [agent_id = ''] = SAMPLE_AGENTS.map((agent) => agent.agent_id);
    simulator.account.edit(agent_id, { agent_name: 'Interview renamed' }, { publish: true });
    const body = JSON.stringify(agentEvent('updated', { agent_id }));
    const headers = { 'content-type': 'application/json', 'x-retell-signature': await signWebhook(body, TEST_KEY) };
    expect((await fetch(`${origin}/api/retell-webhook`, { method: 'POST', headers, body })).status).toBe(200);
    expect(await database.query('select name from interviewer where agent_id = $1', [agent_id])).toEqual([
      { name: 'Interview renamed' },
    ]);
    started.child.kill('SIGTERM');
    expect(await started.ended).toBe(0);

    expect((await bystander.query(ALL_SETTINGS)).rows).toEqual(settings);
    for (const found of await inEverySession(url, POOL_SIZE - 1, ALL_SETTINGS)) expect(found).toEqual(settings);
    await bystander.end();
    const locks = await database.query(
      `select locktype from pg_locks join pg_database on pg_database.oid = database
       where datname = current_database() and locktype = 'advisory'`,
    );
    expect(locks).toEqual([]);
  }, 60_000);
});
