/** The work of the service next to a role that may create in the platform's schema: none of that role's code runs. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { interviewAgents, PLATFORM_COLUMNS, PLATFORM_VALUES } from '../support/agents.ts';
import { schedulerEvent } from '../support/events.ts';
import { describeWithPgBouncer, type PgBouncer, startPgBouncer } from '../support/pgbouncer.ts';
import { adminQuery } from '../support/postgres.ts';
import { startSystem, type TestSystem } from '../support/system.ts';
import { createServiceDatabase, type ServiceDatabase } from './service-database.ts';
import { fallenInto, setTraps, TRAPS } from './traps.ts';

const SYNC = 'POST /api/sync-retell-agents';
const CLEANUP = 'POST /api/audit-agents';
const DROPS = { ignore_startup_parameters: 'options,extra_float_digits' };

/** How a session of the service gets its search path. */
const WAYS = [
  ['by start-up parameters, as its role has another path', { role_path: 'public', pooler: null }],
  ['by its role, as the pooler refuses start-up parameters', { role_path: null, pooler: {} }],
  [
    'by each transaction, as the pooler drops start-up parameters and its role has another path',
    { role_path: 'public', pooler: DROPS },
  ],
] as const;

describeWithPgBouncer.each(WAYS)('[S100] with its search path set %s', (_, { role_path, pooler: settings }) => {
  const attacker = `attacker_${randomUUID().replaceAll('-', '')}`;
  let database: ServiceDatabase;
  let system: TestSystem;
  let pooler: PgBouncer | undefined;

  beforeAll(async () => {
    database = await createServiceDatabase();
    const name = new URL(database.url).pathname.slice(1);
    if (role_path !== null)
      await adminQuery(`alter role ${database.role} in database ${name} set search_path = ${role_path}`);
    await database.query(`create role ${attacker}; grant create on schema public to public`);
    await setTraps(database.query, attacker, TRAPS);
    await setTables();
    if (settings !== null) pooler = await startPgBouncer({ mode: 'transaction', settings });
    system = await startSystem({
      database,
      agents: [...interviewAgents(8), { agent_id: 'agent_template', agent_name: 'Helpdesk', published: true }],
      env: {
        DATABASE_URL: pooler?.through(database.serviceUrl) ?? database.serviceUrl,
        RETELL_TEMPLATE_AGENT_ID: 'agent_template',
      },
    });
  });
  afterAll(async () => {
    await pooler?.stop();
    await system.close();
    await adminQuery(`drop role ${attacker}`);
  });

  /** Tables that could be mistaken for those of this system, or of Postgres, where a name is looked up. */
  async function setTables(): Promise<void> {
    const copies = ['run', 'agreement', 'retell_agent', 'pg_constraint', 'pg_roles'];
    await database.query(
      `set role ${attacker}; ${copies.map((table) => `create table public.${table} (id integer)`).join(';')}; reset role`,
    );
  }

  test('everything that the service does works, and runs none of that code', async () => {
    expect((await system.call(SYNC)).body).toMatchObject({ success: true, errors: [], counts: { created: 8 } });
    system.simulator.account.edit('agent_1', { agent_name: 'Interview agent one' });
    await database.query(`update interviewer set name = 'Interview agent two' where agent_id = 'agent_2'`);
    await database.query(
      `insert into interviewer (name, ${PLATFORM_COLUMNS}) values ('Voice new', ${PLATFORM_VALUES})`,
    );
    for (const agent of ['agent_3', 'agent_4']) system.simulator.account.delete(agent);
    expect((await system.call(SYNC, { full: true })).body).toMatchObject({ errors: [], counts: { orphaned: 2 } });
    system.simulator.account.delete('agent_5');
    const event = { type: 'agent.deleted', data: { agent_id: 'agent_5' } };
    expect((await system.webhook(event)).body).toMatchObject({ action: 'orphaned' });
    expect(await system.direct(schedulerEvent())).toMatchObject({ success: true });
    await database.query(
      `insert into interview (interviewer_id) select id from interviewer where agent_id = 'agent_3'`,
    );
    const { body } = await system.call(CLEANUP, { action: 'cleanup_orphaned', older_than_days: 0 });
    expect(body).toMatchObject({ cleaned_count: 3 });
    const restored = await system.call(CLEANUP, { action: 'restore', agent_ids: ['agent_3', 'agent_4'] });
    expect(restored.body).toMatchObject({ restored_count: 2 });
    expect((await system.call(`POST /api/sync-runs/${restored.body.run_id}/undo`, {})).status).toBe(200);
    system.simulator.account.edit('agent_6', { agent_name: 'Interview agent six' }, { publish: true });
    const one = await system.call(SYNC, { agent_id: 'agent_6' });
    expect((await system.call(`POST /api/sync-runs/${one.body.run_id}/undo`, {})).status).toBe(200);
    const reads = ['audit-agents', 'audit-agents?agent_id=agent_1', 'scheduled-sync?action=status', 'health'];
    for (const path of [...reads, 'sync-runs', 'sync-runs/1', 'agents', 'settings', 'webhook-events']) {
      expect([path, (await system.call(`GET /api/${path}`)).status]).toEqual([path, 200]);
    }
    expect(await fallenInto(database.query)).toEqual([]);
  });
});
