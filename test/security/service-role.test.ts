import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { migrate } from '../../shared/db/migrate.ts';
import { makeServiceRole } from '../../shared/db/service-role.ts';
import { interviewAgents, PLATFORM_COLUMNS, PLATFORM_VALUES } from '../support/agents.ts';
import { schedulerEvent } from '../support/events.ts';
import { adminQuery, createTestDatabase, databaseUrl, type TestDatabase } from '../support/postgres.ts';
import { startSystem, type TestSystem } from '../support/system.ts';

const ROLE = { name: `voice_agent_sync_${randomUUID().replaceAll('-', '')}`, password: 'service-password' };
const SYNC = 'POST /api/sync-retell-agents';

let database: TestDatabase;
let url: string;
let system: TestSystem;

beforeAll(async () => {
  database = await createTestDatabase();
  await database.query(
    'create table interview (id serial primary key, interviewer_id integer references interviewer, secret text)',
  );
  await database.query('create table invoice (id serial primary key, amount integer)');
  await database.query('alter table interviewer enable row level security');
  url = databaseUrl(new URL(database.url).pathname.slice(1), ROLE);
  await makeServiceRole(database.url, async () => url);
  system = await startSystem({
    database,
    agents: [...interviewAgents(8), { agent_id: 'agent_template', agent_name: 'Nobody', published: true }],
    env: { DATABASE_URL: url, RETELL_TEMPLATE_AGENT_ID: 'agent_template' },
  });
});
afterAll(async () => {
  await system.close();
  await adminQuery(`drop role ${ROLE.name}`);
});

const row = async (agent_id: string) => (await system.rows()).find((candidate) => candidate['agent_id'] === agent_id);

describe('as the role of the service', () => {
  test('a start finds nothing to migrate', async () => {
    expect(await migrate(url)).toEqual([]);
  });

  test('agents are synced, updated, renamed, created and orphaned', async () => {
    expect((await system.call(SYNC)).body).toMatchObject({ success: true, errors: [], counts: { created: 8 } });
    system.simulator.account.edit('agent_1', { agent_name: 'Interview agent one' });
    await database.query(`update interviewer set name = 'Interview agent two' where agent_id = 'agent_2'`);
    await database.query(
      `insert into interviewer (name, ${PLATFORM_COLUMNS}) values ('Voice new', ${PLATFORM_VALUES})`,
    );
    system.simulator.account.delete('agent_3');
    system.simulator.account.delete('agent_4');
    const { status, body } = await system.call(SYNC, { full: true });
    expect(status).toBe(200);
    expect(body).toMatchObject({ errors: [], counts: { pushed: 2, orphaned: 2 }, health_score: 100 });
    expect(await row('agent_1')).toMatchObject({ name: 'Interview agent one' });
  });

  test('webhooks, audits, the schedule, the history and the page are served', async () => {
    system.simulator.account.delete('agent_5');
    const event = { type: 'agent.deleted', data: { agent_id: 'agent_5' } };
    expect((await system.webhook(event)).body).toMatchObject({ action: 'orphaned' });
    expect((await system.call('GET /api/audit-agents')).body).toMatchObject({ audit_report: { health_score: 100 } });
    expect((await system.call('GET /api/audit-agents?agent_id=agent_1')).body).toMatchObject({ in_step: true });
    expect(await system.direct(schedulerEvent())).toMatchObject({ success: true });
    for (const path of ['scheduled-sync?action=status', 'sync-runs', 'sync-runs/1', 'agents', 'health']) {
      expect(await system.call(`GET /api/${path}`)).toMatchObject({ status: 200 });
    }
  });

  test('a cleanup keeps what an interview points to, archives the rest, and restore brings it back', async () => {
    await database.query(
      `insert into interview (interviewer_id) select id from interviewer where agent_id = 'agent_3'`,
    );
    const before = await row('agent_4');
    const { body } = await system.call('POST /api/audit-agents', { action: 'cleanup_orphaned', older_than_days: 0 });
    expect(body).toMatchObject({ success: true, cleaned_count: 3 });
    expect(await row('agent_3')).toMatchObject({ sync_status: 'deleted' });
    expect(await row('agent_4')).toBeUndefined();
    const restored = await system.call('POST /api/audit-agents', {
      action: 'restore',
      agent_ids: ['agent_3', 'agent_4'],
    });
    expect(restored.body).toMatchObject({ success: true, restored_count: 2 });
    expect(await row('agent_4')).toMatchObject({ id: before?.['id'], name: before?.['name'], sync_status: 'orphaned' });
  });
});

test('a service that was frozen in the middle of a transaction holds its locks for half a minute at most', async () => {
  const client = new Client(url);
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>('show idle_in_transaction_session_timeout');
    expect(rows).toEqual([{ idle_in_transaction_session_timeout: '30s' }]);
  } finally {
    await client.end();
  }
});

/** One statement as a thief of the service's password would send it. */
async function asService(statement: string): Promise<void> {
  const client = new Client(url);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

test.each([
  'create table mine (id integer)',
  'create schema mine',
  'create role mine',
  'create function mine() returns integer language sql as $$ select 1 $$',
  'drop table interviewer',
  'alter table interviewer add column mine integer',
  'alter table interviewer disable row level security',
  'truncate interviewer cascade',
  `update interviewer set description = 'mine'`,
  'update interviewer set rapport = 10',
  'update interviewer set id = 99',
  'select * from invoice',
  'select secret from interview',
  'delete from interview',
  'drop table voice_agent_sync.run',
  'delete from voice_agent_sync.run',
  'truncate voice_agent_sync.run cascade',
  `update voice_agent_sync.run set started_at = now() - interval '1 year'`,
  `update voice_agent_sync.run set trigger = 'schedule'`,
  `insert into voice_agent_sync.run (kind, trigger, started_at) values ('sync', 'manual', '2000-01-01')`,
  'alter table voice_agent_sync.run disable trigger user',
  'set session_replication_role = replica',
  `create or replace function voice_agent_sync.prune_history(keep_days integer) returns void language sql
     as $$ delete from voice_agent_sync.run $$`,
  `update voice_agent_sync.skip_list set entries = '[]'`,
  'delete from voice_agent_sync.skip_list',
  'delete from voice_agent_sync.retell_agent',
  'delete from voice_agent_sync.agreement',
  `update voice_agent_sync.audit_log set reason = 'nothing happened'`,
  'delete from voice_agent_sync.audit_log',
  'delete from voice_agent_sync.archived_interviewer',
  `update voice_agent_sync.archived_interviewer set interviewer = '{}'`,
  `insert into voice_agent_sync.migration (name, run_on) values ('mine', now())`,
  `select pg_read_file('/etc/passwd')`,
  `copy interviewer to program 'cat'`,
  'select passwd from pg_shadow',
])('the role of the service may not: %s', async (statement) => {
  await expect(asService(statement)).rejects.toMatchObject({ code: '42501' });
});

test.each([
  `delete from interviewer where agent_id = 'agent_1'`,
  `insert into interviewer (name, ${PLATFORM_COLUMNS}) values ('Voice mine', ${PLATFORM_VALUES})`,
  `insert into voice_agent_sync.run (kind, trigger) values ('cleanup', 'manual')`,
  `insert into voice_agent_sync.audit_log (run_id, seq, status, action, reason, logged_at)
     select id, 99, 'synced', 'mine', 'mine', now() from voice_agent_sync.run where status = 'succeeded'`,
  'update voice_agent_sync.archived_interviewer set restored_at = now()',
  `update voice_agent_sync.agreement set name = 'mine'`,
  'select voice_agent_sync.prune_history(1)',
])('the role of the service may, as its work needs it: %s', async (statement) => {
  await expect(asService(`begin; ${statement}; rollback`)).resolves.toBeUndefined();
});

describe('the history, in the hands of the role of the service', () => {
  const runs = () => database.query<{ id: number }>('select id::integer from voice_agent_sync.run order by id');

  test('no column of a finished run can be changed', async () => {
    await system.call(SYNC);
    const columns = await database.query<{ name: string }>(
      `select quote_ident(attname) as name from pg_attribute
       where attrelid = 'voice_agent_sync.run'::regclass and has_column_privilege($1, attrelid, attnum, 'update')`,
      [ROLE.name],
    );
    expect(columns.length).toBeGreaterThan(10);
    for (const { name } of columns) {
      await expect(asService(`update voice_agent_sync.run set ${name} = null`)).rejects.toMatchObject({
        code: '55000',
        message: expect.stringContaining('is finished'),
      });
    }
  });

  test.each([0, -36_500, null])(
    'of the last day nothing is forgotten, even when asked to keep %s days',
    async (days) => {
      await system.call(SYNC);
      await system.call(SYNC);
      const before = await runs();
      const oldest = before[0]?.id;
      await database.query(`update voice_agent_sync.run set started_at = now() - interval '25 hours' where id = $1`, [
        oldest,
      ]);
      await asService(`select voice_agent_sync.prune_history(${days})`);
      expect(await runs()).toEqual(before.filter(({ id }) => id !== oldest));
      expect(await database.query('select from voice_agent_sync.audit_log where run_id = $1', [oldest])).toEqual([]);
    },
  );

  test('what is older than the history is kept is forgotten by a sync', async () => {
    await system.call(SYNC);
    const [oldest] = await runs();
    await database.query(`update voice_agent_sync.run set started_at = now() - interval '91 days' where id = $1`, [
      oldest?.id,
    ]);
    expect(await system.call(SYNC)).toMatchObject({ status: 200 });
    expect(await runs()).not.toContainEqual(oldest);
    expect(system.log.filter(({ level }) => level === 'warn')).toEqual([]);
  });

  test('no other role may forget it, nor does the search path decide what the function does', async () => {
    const [pruning] = await database.query(
      `select prosecdef, proconfig, has_function_privilege('public', oid, 'execute') as everybody
       from pg_proc where oid = 'voice_agent_sync.prune_history'::regproc`,
    );
    expect(pruning).toEqual({ prosecdef: true, proconfig: ['search_path=pg_catalog, pg_temp'], everybody: false });
  });
});
