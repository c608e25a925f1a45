import { describe, expect, test } from '@jest/globals';
import { interviewAgents } from '../support/agents.ts';
import { loseCommits } from '../support/lose-commits.ts';
import { databaseUrl } from '../support/postgres.ts';
import { useSystem } from '../support/system.ts';

const SYNC = 'POST /api/sync-retell-agents';

const system = useSystem({ agents: interviewAgents(5) });

/** Makes the next `times` writes to this table end their own connection, as a failover does. */
async function killWriters(table: string, times: number): Promise<void> {
  const { query } = system.database;
  await query('create sequence kills');
  await query(
    `create function die() returns trigger language plpgsql as $$ begin
       if nextval('kills') <= ${times} then perform pg_terminate_backend(pg_backend_pid()); end if;
       return null;
     end $$`,
  );
  await query(`create trigger die after insert or update on ${table} for each statement execute function die()`);
}

/** Ends every connection of the system, as an administrator can. */
async function killIdle(): Promise<void> {
  await system.database.query(
    `select pg_terminate_backend(pid, 5000) from pg_stat_activity
     where datname = current_database() and application_name = 'voice-agent-sync'`,
  );
}

describe('a connection that ends', () => {
  test('[D4] before a sync is replaced', async () => {
    await system.call('GET /api/health');
    await killIdle();
    const { status, body } = await system.call(SYNC);
    expect([status, body.created.length]).toEqual([200, 5]);
  });

  test('while observations are saved makes the statement run again', async () => {
    await killWriters('voice_agent_sync.retell_agent', 2);
    const { status, body } = await system.call(SYNC);
    expect([status, body.created.length]).toEqual([200, 5]);
    expect(body.retell_calls).toBe(6);
  });

  test('[D2] during the write makes the whole transaction run again', async () => {
    await killWriters('interviewer', 1);
    const { status, body } = await system.call(SYNC);
    expect([status, body.created.length]).toEqual([200, 5]);
    expect(await system.rows()).toHaveLength(5);
    const { body: run } = await system.call(`GET /api/sync-runs/${body.run_id}`);
    expect(run).toMatchObject({ run: { status: 'succeeded' }, total: 5 });
  });

  test('at each retry makes the sync 503 with nothing written, and the next sync reads no agent again', async () => {
    await killWriters('interviewer', 3);
    const failed = await system.call(SYNC);
    expect([failed.status, failed.body.code]).toEqual([503, 'database_unavailable']);
    expect(failed.body.hint).toContain('DATABASE_URL');
    expect(await system.rows()).toEqual([]);
    const { body: history } = await system.call('GET /api/sync-runs');
    expect(history.runs[0]).toMatchObject({ status: 'failed', error_code: 'database_unavailable' });

    system.simulator.requests.clear();
    const { body } = await system.call(SYNC);
    expect(body.created).toHaveLength(5);
    expect(system.simulator.requests.count()).toBe(1);
  });

  test('[D3] after the COMMIT leaves the sync reported as succeeded, once', async () => {
    const proxy = await loseCommits(system.database.url, 1);
    try {
      await system.configure({ DATABASE_URL: proxy.url });
      const { status, body } = await system.call(SYNC);
      expect([status, body.created.length]).toEqual([200, 5]);
      const { body: run } = await system.call(`GET /api/sync-runs/${body.run_id}`);
      expect(run).toMatchObject({ run: { status: 'succeeded', counts: { created: 5 } }, total: 5 });
      expect(await system.rows()).toHaveLength(5);
      expect(system.events.filter(({ name }) => name === 'SyncCompleted')).toHaveLength(1);
    } finally {
      await system.configure({});
      await proxy.close();
    }
  });
});

test('[D1] every endpoint responds 503 and names DATABASE_URL while the database does not exist', async () => {
  await system.configure({ DATABASE_URL: databaseUrl('no_such_database') });
  const calls = [SYNC, 'GET /api/audit-agents', 'GET /api/health', 'GET /api/sync-runs', 'POST /api/scheduled-sync'];
  for (const call of calls) {
    const { status, body } = await system.call(call);
    expect([call, status, body.code]).toEqual([call, 503, 'database_unavailable']);
    expect(body.hint).toContain('DATABASE_URL');
  }
  expect(system.simulator.requests.count('/get-agent/')).toBe(0);
});

test('[D8] observations from the future of a clock that was set back are read again by the next sync', async () => {
  await system.call(SYNC);
  await system.database.query(
    `update voice_agent_sync.retell_agent set read_at = read_at + interval '1 day';
     update interviewer set last_synced_at = last_synced_at + interval '1 day'`,
  );
  system.simulator.account.edit('agent_1', { agent_name: 'Bob' }, { publish: true });
  system.simulator.account.delete('agent_2');
  const { body } = await system.call(SYNC);
  expect(body).toMatchObject({ errors: [], health_score: 100, retell_calls: 6 });
  expect(await system.row('agent_1')).toMatchObject({ name: 'Bob' });
  expect(await system.row('agent_2')).toMatchObject({ sync_status: 'orphaned' });
});

test('[S74] a sync succeeds and logs a warning when pruning the history fails', async () => {
  await system.database.query(
    `create function refuse() returns trigger language plpgsql as $$ begin raise exception 'not now'; end $$;
     create trigger refuse before delete on voice_agent_sync.run for each statement execute function refuse()`,
  );
  const { status, body } = await system.call(SYNC);
  expect([status, body.created.length]).toEqual([200, 5]);
  const { body: history } = await system.call('GET /api/sync-runs');
  expect(history.runs[0]).toMatchObject({ status: 'succeeded' });
  expect(system.log).toContainEqual(
    expect.objectContaining({ level: 'warn', message: 'The history could not be pruned; the next sync does it' }),
  );
});

describe('[D12] a sync writes all other rows when one is refused by', () => {
  const LONG_NAME = 'Interview with quite a long name';

  test.each([
    ['a short column', 'alter table interviewer alter column name type varchar(20)', 'too long'],
    ['a check', `alter table interviewer add check (name not like '%long%')`, 'check constraint'],
    [
      'a trigger',
      `create function no() returns trigger language plpgsql as $$ begin
         if new.name like '%long%' then raise exception 'No long names'; end if; return new; end $$;
       create trigger no before insert or update on interviewer for each row execute function no()`,
      'No long names',
    ],
  ])('%s', async (_, statement, reason) => {
    await system.database.query(statement);
    system.simulator.account.edit('agent_3', { agent_name: LONG_NAME }, { publish: true });
    const first = await system.call(SYNC);
    expect(first.status).toBe(200);
    expect(first.body.created).toHaveLength(4);
    expect(first.body.errors).toMatchObject([
      { agent_id: 'agent_3', name: LONG_NAME, reason: expect.stringContaining(reason) },
    ]);
    // A row that exists already is not changed.
    system.simulator.account.edit('agent_4', { agent_name: LONG_NAME }, { publish: true });
    system.simulator.account.edit('agent_5', { agent_name: 'Bob' }, { publish: true });
    const second = await system.call(SYNC);
    expect(second.body.updated).toMatchObject([{ agent_id: 'agent_5', reason: expect.stringContaining('-> "Bob"') }]);
    expect(second.body.errors.map((entry: { agent_id: string }) => entry.agent_id)).toEqual(['agent_3', 'agent_4']);
    expect((await system.rows()).map((row) => row['name'])).toEqual([
      'Interview agent 1',
      'Interview agent 2',
      'Interview agent 4',
      'Bob',
    ]);
  });

  test('a trigger that raises PT409, 45000 or P0002', async () => {
    await system.database.query(
      `create function no() returns trigger language plpgsql as $$ begin
         if new.name like '% raises %' then raise exception 'Not this name' using errcode = right(new.name, 5); end if;
         return new; end $$;
       create trigger no before insert or update on interviewer for each row execute function no()`,
    );
    const codes = ['PT409', '45000', 'P0002'];
    for (const [index, code] of codes.entries()) {
      const agent_name = `Interview that raises ${code}`;
      system.simulator.account.edit(`agent_${index + 2}`, { agent_name }, { publish: true });
    }
    const { status, body } = await system.call(SYNC);
    expect(status).toBe(200);
    expect(body.created).toMatchObject([{ agent_id: 'agent_1' }, { agent_id: 'agent_5' }]);
    const reason = expect.stringContaining('Not this name');
    expect(body.errors).toMatchObject(codes.map((code) => ({ name: `Interview that raises ${code}`, reason })));
  });

  test('[D14] an index that its name is too long for', async () => {
    await system.database.query('create index on interviewer (name)');
    const name = `Bob ${[...Array.from({ length: 3_000 }).keys()].map((n) => n.toString(36)).join('')}`.slice(0, 5_000);
    system.simulator.account.edit('agent_3', { agent_name: name }, { publish: true });
    const { status, body } = await system.call(SYNC);
    expect(status).toBe(200);
    expect(body.created).toHaveLength(4);
    expect(body.errors).toMatchObject([{ agent_id: 'agent_3', reason: expect.stringContaining('index row') }]);
  });

  test('[D12] a unique constraint on names', async () => {
    await system.database.query('alter table interviewer add unique (name)');
    system.simulator.account.edit('agent_3', { agent_name: 'Interview agent 1' }, { publish: true });
    const { status, body } = await system.call(SYNC);
    expect(status).toBe(200);
    expect(body.created).toHaveLength(4);
    expect(body.errors).toMatchObject([
      { name: 'Interview agent 1', reason: expect.stringContaining('unique constraint') },
    ]);
  });

  test('[D12] a check that even an unchanged row fails', async () => {
    await system.call(SYNC);
    await system.database.query(`alter table interviewer add check (agent_id <> 'agent_3') not valid`);
    const { status, body } = await system.call(SYNC, { full: true });
    expect(status).toBe(200);
    expect(body.errors).toMatchObject([{ agent_id: 'agent_3', reason: expect.stringContaining('check constraint') }]);
    const synced = new Map((await system.rows()).map((row) => [row['agent_id'], row['last_synced_at'].getTime()]));
    expect(synced.get('agent_3')).toBeLessThan(Math.min(synced.get('agent_2'), synced.get('agent_4')));
  });

  test('a row whose name is null gets Retell’s again', async () => {
    await system.call(SYNC);
    await system.database.query('alter table interviewer alter column name drop not null');
    await system.database.query(`update interviewer set name = null where agent_id = 'agent_1'`);
    await system.configure({ SYNC_DIRECTION: 'pull' });
    expect((await system.call(SYNC)).body.updated).toMatchObject([{ agent_id: 'agent_1' }]);
    expect((await system.rows())[0]).toMatchObject({ name: 'Interview agent 1' });
  });

  test('a column that is not null without a default makes every new row an error', async () => {
    await system.database.query('alter table interviewer add column company_id integer not null');
    const { status, body } = await system.call(SYNC);
    expect(status).toBe(200);
    expect(body.created).toEqual([]);
    const agents = body.errors.map((entry: { agent_id: string | null }) => entry.agent_id);
    expect(agents).toEqual([null, 'agent_1', 'agent_2', 'agent_3', 'agent_4', 'agent_5']);
    for (const { reason } of body.errors) expect(reason).toContain('company_id');
  });

  test('a row with an impossible agent_id is an error entry', async () => {
    await system.call(SYNC);
    await system.database.query(`update interviewer set agent_id = repeat('x', 300) where agent_id = 'agent_1'`);
    const { status, body } = await system.call(SYNC);
    expect(status).toBe(200);
    expect(body.errors).toMatchObject([{ name: 'Interview agent 1' }]);
    expect(body.created).toMatchObject([{ agent_id: 'agent_1' }]);
    expect(body.orphaned).toEqual([]);
  });
});
