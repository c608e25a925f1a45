import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { interviewAgents, PLATFORM_COLUMNS, PLATFORM_VALUES } from '../support/agents.ts';
import { startSystem, type TestSystem } from '../support/system.ts';
import { createServiceDatabase, type ServiceDatabase } from './service-database.ts';

const SYNC = 'POST /api/sync-retell-agents';

let database: ServiceDatabase;
let system: TestSystem;

beforeAll(async () => {
  database = await createServiceDatabase();
  system = await startSystem({
    database,
    agents: [...interviewAgents(8), { agent_id: 'agent_other', agent_name: 'Helpdesk' }],
    env: { DATABASE_URL: database.serviceUrl },
  });
  await system.call(SYNC);
});
afterAll(() => system.close());

test('[D16] a service that was frozen in the middle of a transaction holds its locks for half a minute at most', async () => {
  const client = new Client(database.serviceUrl);
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>('show idle_in_transaction_session_timeout');
    expect(rows).toEqual([{ idle_in_transaction_session_timeout: '30s' }]);
  } finally {
    await client.end();
  }
});

/** Sends one statement, as with a stolen password of the service. */
async function asService(statement: string): Promise<void> {
  const client = new Client(database.serviceUrl);
  await client.connect();
  try {
    // The search path of the role itself leads nowhere.
    await client.query('set search_path = public');
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
])('[S33] the role of the service may not: %s', async (statement) => {
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
])('[S36] the role of the service may, because its work requires it: %s', async (statement) => {
  await expect(asService(`begin; ${statement}; rollback`)).resolves.toBeUndefined();
});

describe('the history, for the role of the service', () => {
  const runs = () => database.query<{ id: number }>('select id::integer from voice_agent_sync.run order by id');
  const observations = () =>
    database.query<{ agent_id: string }>('select agent_id from voice_agent_sync.retell_agent order by agent_id');

  test('[S14] no column of a finished run can be changed', async () => {
    await system.call(SYNC);
    const columns = await database.query<{ name: string }>(
      `select quote_ident(attname) as name from pg_attribute
       where attrelid = 'voice_agent_sync.run'::regclass and has_column_privilege($1, attrelid, attnum, 'update')`,
      [database.role],
    );
    expect(columns.length).toBeGreaterThan(10);
    for (const { name } of columns) {
      await expect(asService(`update voice_agent_sync.run set ${name} = null`)).rejects.toMatchObject({
        code: '55000',
        message: expect.stringContaining('is finished'),
      });
    }
  });

  test.each(['skip_list', 'discrepancy_list', 'warning_list'])(
    '[S14] no list of finished runs can be replaced under its digest: %s',
    async (list) => {
      await database.query(`insert into voice_agent_sync.${list} values ('of a run', '[{"name": "true"}]')`);
      const replace = `with moved as (
          update voice_agent_sync.${list} set digest = 'moved ' || digest where digest = 'of a run' returning 1
        ) insert into voice_agent_sync.${list} select 'of a run', '[]' from moved`;
      await expect(asService(replace)).rejects.toMatchObject({
        code: '55000',
        message: expect.stringContaining('keeps its digest'),
      });
      const swapped = `insert into voice_agent_sync.${list} values ('of a run', '[]')
        on conflict (digest) do update set digest = 'moved'`;
      await expect(asService(swapped)).rejects.toMatchObject({ code: '55000' });
      expect(await database.query(`select entries from voice_agent_sync.${list} where digest = 'of a run'`)).toEqual([
        { entries: [{ name: 'true' }] },
      ]);
    },
  );

  test.each([0, -36_500, null])(
    '[S15] no run of the last day and none of its observations is pruned, even with %s days to keep',
    async (days) => {
      await system.call(SYNC);
      await system.call(SYNC);
      const before = await runs();
      const oldest = before[0]?.id;
      await database.query(`update voice_agent_sync.run set started_at = now() - interval '25 hours' where id = $1`, [
        oldest,
      ]);
      const read = await observations();
      await database.query(
        `update voice_agent_sync.retell_agent set read_at = now() - interval '25 hours' where agent_id = 'agent_1'`,
      );
      await asService(`select voice_agent_sync.prune_history(${days})`);
      expect(await runs()).toEqual(before.filter(({ id }) => id !== oldest));
      expect(await observations()).toEqual(read.filter(({ agent_id }) => agent_id !== 'agent_1'));
      expect(await database.query('select from voice_agent_sync.audit_log where run_id = $1', [oldest])).toEqual([]);
    },
  );

  test.each(['2000-01-01', '2100-01-01'])(
    '[S37] observations that are dated %s are deleted, and made again',
    async (date) => {
      await system.call(SYNC);
      const read = await observations();
      await asService(`update voice_agent_sync.retell_agent set read_at = '${date}'`);
      await asService('select voice_agent_sync.prune_history(1)');
      expect(await observations()).toEqual([]);
      expect((await system.call(SYNC)).body).toMatchObject({ unchanged: 8, retell_calls: 9, errors: [] });
      expect(await observations()).toEqual(read);
    },
  );

  test('a sync prunes runs older than HISTORY_DAYS, with their lists of skips', async () => {
    await system.call(SYNC);
    const [oldest] = await runs();
    await database.query(`update voice_agent_sync.run set started_at = now() - interval '91 days'`);
    system.simulator.account.edit('agent_other', { agent_name: 'Reception' });
    expect(await system.call(SYNC)).toMatchObject({ status: 200 });
    expect(await runs()).not.toContainEqual(oldest);
    expect(await database.query(`select entries -> 0 ->> 'name' as skipped from voice_agent_sync.skip_list`)).toEqual([
      { skipped: 'Reception' },
    ]);
    expect(system.log.filter(({ level }) => level === 'warn')).toEqual([]);
  });

  test('[S34] no other role may prune it, and the search path does not affect the pruning function', async () => {
    const [pruning] = await database.query(
      `select prosecdef, proconfig, has_function_privilege('public', oid, 'execute') as is_public
       from pg_proc where oid = 'voice_agent_sync.prune_history'::regproc`,
    );
    expect(pruning).toEqual({ prosecdef: true, proconfig: ['search_path=pg_catalog, pg_temp'], is_public: false });
  });
});
