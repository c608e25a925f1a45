/** The service through a pooler, from its first migration on, next to another client of the same pooler. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { agentEvent } from '../../infra/local/retell-simulator/events.ts';
import { migrate } from '../../shared/db/migrate.ts';
import { makeServiceRole } from '../../shared/db/service-role.ts';
import { eligibleAgent, interviewAgents, PLATFORM_COLUMNS, PLATFORM_VALUES } from '../support/agents.ts';
import { schedulerEvent } from '../support/events.ts';
import { describeWithPgBouncer, type PgBouncer, startPgBouncer } from '../support/pgbouncer.ts';
import { ALL_SETTINGS, inEverySession } from '../support/pooled-sessions.ts';
import { adminQuery, createTestDatabase, databaseUrl, type TestDatabase } from '../support/postgres.ts';
import { startSystem, type TestSystem } from '../support/system.ts';

const SYNC = 'POST /api/sync-retell-agents';
const CLEANUP = 'POST /api/audit-agents';
const AGENTS = 50;
const POOL_SIZE = 12;
const IN_SYNC = { status: 200, body: { errors: [], health_score: 100 } };

const ROLES = [
  ['transaction', 'a role of its own'],
  ['transaction', 'the role of the owner'],
  ['session', 'a role of its own'],
  ['session', 'the role of the owner'],
] as const;

describeWithPgBouncer.each(ROLES)('[P8] through PgBouncer in %s mode, with %s', (mode, role) => {
  const mark = randomUUID().replaceAll('-', '');
  const owner = { name: `owner_${mark}`, password: 'owner-password' };
  const service = { name: `voice_agent_sync_${mark}`, password: 'service-password' };
  let database: TestDatabase;
  let pooler: PgBouncer;
  let system: TestSystem;
  let url: string;
  let bystander: Client;
  let settings: readonly unknown[];

  beforeAll(async () => {
    database = await createTestDatabase({ migrated: false });
    const name = new URL(database.url).pathname.slice(1);
    await adminQuery(`create role ${owner.name} login createrole password '${owner.password}'`);
    await adminQuery(`alter database ${name} owner to ${owner.name}`);
    pooler = await startPgBouncer({ mode, poolSize: POOL_SIZE });
    const ownerUrl = pooler.through(databaseUrl(name, owner));
    await migrate(ownerUrl, { createTable: true });
    url = ownerUrl;
    if (role === 'a role of its own') {
      url = pooler.through(databaseUrl(name, service));
      await makeServiceRole(ownerUrl, async () => url);
    }
    bystander = new Client(url);
    await bystander.connect();
    settings = (await bystander.query(ALL_SETTINGS)).rows;
    system = await startSystem({ database, agents: interviewAgents(AGENTS), env: { DATABASE_URL: url } });
  });
  afterAll(async () => {
    await bystander.end();
    await pooler.stop();
    await system.close();
    for (const { name } of [service, owner]) await adminQuery(`drop role if exists ${name}`);
  });

  const numbers = Array.from({ length: AGENTS }, (_, index) => index + 1);

  test('four concurrent syncs create each row once', async () => {
    const responses = await Promise.all(Array.from({ length: 4 }, () => system.call(SYNC)));
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    const agents = new Set((await system.rows()).map(({ agent_id }) => agent_id));
    expect(agents).toEqual(new Set(numbers.map((number) => `agent_${number}`)));
    expect(await system.rows()).toHaveLength(AGENTS);
  });

  test("the schedule updates rows, and pushes the platform's name to Retell", async () => {
    system.simulator.account.edit('agent_1', { voice_id: 'v2' }, { publish: true });
    await database.query(`update interviewer set name = 'Interview renamed' where agent_id = 'agent_2'`);
    expect(await system.direct(schedulerEvent())).toMatchObject({ success: true });
    expect(await system.row('agent_1')).toMatchObject({ voice_id: 'v2' });
    expect((await system.call('GET /api/agents')).body.agents).toContainEqual(
      expect.objectContaining({ agent_id: 'agent_2', name: 'Interview renamed' }),
    );
  });

  test('fifty concurrent webhooks, each delivered twice, update each row', async () => {
    for (const number of numbers) {
      system.simulator.account.edit(`agent_${number}`, { agent_name: `Interview new ${number}` }, { publish: true });
    }
    const events = [...numbers, ...numbers].map((number) => agentEvent('updated', { agent_id: `agent_${number}` }));
    const responses = await Promise.all(events.map((event) => system.webhook(event)));
    expect(responses.filter(({ status }) => status !== 200)).toEqual([]);
    const names = new Set((await system.rows()).map(({ name }) => name));
    expect(names).toEqual(new Set(numbers.map((number) => `Interview new ${number}`)));
    expect(await system.rows()).toHaveLength(AGENTS);
  });

  test('a gone agent is orphaned, cleaned up and restored, and a row that Postgres refuses is an error entry', async () => {
    system.simulator.account.delete('agent_3');
    const event = agentEvent('deleted', { agent_id: 'agent_3' });
    expect((await system.webhook(event)).body).toMatchObject({ action: 'orphaned' });
    const cleanup = { action: 'cleanup_orphaned', older_than_days: 0 };
    expect((await system.call(CLEANUP, cleanup)).body).toMatchObject({ cleaned_count: 1 });
    expect(await system.row('agent_3')).toBeUndefined();
    const restored = await system.call(CLEANUP, { action: 'restore', agent_ids: ['agent_3'] });
    expect(restored.body).toMatchObject({ restored_count: 1 });
    expect(await system.row('agent_3')).toMatchObject({ sync_status: 'orphaned' });

    await database.query(`alter table interviewer add constraint short check (length(name) < 40)`);
    system.simulator.account.addAgent(eligibleAgent(90));
    system.simulator.account.addAgent({ agent_id: 'agent_long', agent_name: `Interview ${'x'.repeat(40)}` });
    const { body } = await system.call(SYNC);
    expect(body).toMatchObject({ counts: { created: 1, errors: 1 } });
    system.simulator.account.delete('agent_long');
    expect(await system.call(SYNC)).toMatchObject(IN_SYNC);
  });

  test("the platform's row without an agent stays, and the history, the page and the health check are served", async () => {
    await database.query(
      `insert into interviewer (name, ${PLATFORM_COLUMNS}) values ('Voice of the platform', ${PLATFORM_VALUES})`,
    );
    expect(await system.call(SYNC, { full: true })).toMatchObject(IN_SYNC);
    for (const path of ['scheduled-sync?action=status', 'sync-runs', 'sync-runs/1', 'agents', 'health']) {
      expect(await system.call(`GET /api/${path}`)).toMatchObject({ status: 200 });
    }
    expect(await system.call('GET /api/audit-agents')).toMatchObject({ body: { audit_report: { health_score: 100 } } });
  });

  test('after it stops, no session has a changed setting or a lock', async () => {
    await system.services().close();
    expect((await bystander.query(ALL_SETTINGS)).rows).toEqual(settings);
    for (const found of await inEverySession(url, POOL_SIZE - 1, ALL_SETTINGS)) expect(found).toEqual(settings);
    const locks = await database.query(
      `select locktype, mode from pg_locks join pg_database on pg_database.oid = database
       where datname = current_database() and (locktype = 'advisory' or relation = 'interviewer'::regclass)`,
    );
    expect(locks).toEqual([]);
  });
});
