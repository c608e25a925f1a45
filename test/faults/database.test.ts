import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, jest, test } from '@jest/globals';
import { Client } from 'pg';
import { signWebhook } from '../../infra/local/retell-simulator/webhooks.ts';
import { createDatabase } from '../../shared/db/pool.ts';
import { eligibleAgent, interviewAgents } from '../support/agents.ts';
import { startPostgresProxy } from '../support/postgres-proxy.ts';
import { sendTwice } from '../support/send-twice.ts';
import { TEST_KEY } from '../support/simulator.ts';
import { useSystem } from '../support/system.ts';

const SYNC = 'POST /api/sync-retell-agents';
const CLEANUP = 'POST /api/audit-agents';

const system = useSystem({ agents: interviewAgents(4) });

const query = (text: string) => system.database.query(text);
const updated = (agent_id: string) => ({ type: 'agent.updated', data: { agent_id } });

/** A connection of another program, in a transaction that has executed the statement. */
async function inTransaction(statement: string): Promise<Client> {
  const client = new Client(system.database.url);
  await client.connect();
  await client.query('begin');
  await client.query(statement);
  return client;
}

test.each([
  ['[D15] a full disk', '53100'],
  ['[D15] exhausted memory', '53200'],
])('%s fails a sync after one try with nothing written, and the next sync succeeds', async (_, state) => {
  // A sequence is not rolled back with its transaction.
  await query('create sequence tries minvalue 0');
  await query(`create function fail() returns trigger language plpgsql as $$ begin
    if new.agent_id = 'agent_3' then
      perform nextval('tries');
      raise exception 'the server has no more' using errcode = '${state}';
    end if;
    return new; end $$`);
  await query('create trigger fail before insert on interviewer for each row execute function fail()');
  expect(await system.call(SYNC)).toMatchObject({ status: 503, body: { code: 'database_unavailable' } });
  expect(await query(`select nextval('tries')::integer as tries`)).toEqual([{ tries: 1 }]);
  expect(system.metrics).toContainEqual({ SyncFailures: 1 });
  expect(await system.rows()).toEqual([]);
  expect((await system.call('GET /api/sync-runs')).body.runs).toMatchObject([{ status: 'failed', counts: {} }]);
  await query('drop trigger fail on interviewer');
  expect((await system.call(SYNC)).body).toMatchObject({ counts: { created: 4, errors: 0 }, health_score: 100 });
});

test('[D20] an audit whose statements are each executed twice publishes its event once', async () => {
  await system.call(SYNC);
  sendTwice(system);
  system.simulator.account.addAgent(eligibleAgent(5));
  expect(await system.call('GET /api/audit-agents')).toMatchObject({ status: 200 });
  expect(system.events.filter(({ name }) => name === 'HealthDegraded')).toHaveLength(1);
});

test('[D16] a transaction that the server ended because it was idle is run again as a whole', async () => {
  const application = 'idling';
  const database = createDatabase({
    connectionString: async () => system.database.url,
    maxConnections: 1,
    applicationName: application,
  });
  let tries = 0;
  const result = await database.transaction(async (send) => {
    tries += 1;
    await send(`insert into {interviewer} (name, description, image, empathy, exploration, rapport, speed)
      values ('once', '', '', 1, 1, 1, 1)`);
    if (tries === 1) {
      await send(`set local idle_in_transaction_session_timeout = '1ms'`);
      while ((await query(`select from pg_stat_activity where application_name = '${application}'`)).length > 0);
    }
    return send('select 1 as one');
  });
  expect([tries, result]).toEqual([2, [{ one: 1 }]]);
  expect((await system.rows()).filter(({ name }) => name === 'once')).toHaveLength(1);
  await database.close();
});

test('[D7] a webhook for a locked row responds 503 in time, and the next sync writes the row', async () => {
  await system.call(SYNC);
  const holder = await inTransaction(`select from interviewer where agent_id = 'agent_1' for update`);
  system.simulator.account.edit('agent_1', { agent_name: 'Interview renamed' }, { publish: true });
  const body = JSON.stringify(updated('agent_1'));
  const began = performance.now();
  const headers = { 'x-retell-signature': await signWebhook(body, TEST_KEY) };
  const answer = await system.call('POST /api/retell-webhook', body, { headers, remainingMs: 2_500 });
  expect(answer).toMatchObject({ status: 503, body: { success: false } });
  expect(performance.now() - began).toBeLessThan(2_500);
  await holder.query('rollback');
  await holder.end();
  expect(await system.call(SYNC)).toMatchObject({ status: 200, body: { health_score: 100 } });
  expect((await system.rows()).map(({ name }) => name)).toContain('Interview renamed');
});

describe('a database that accepts statements and does not respond', () => {
  test('[D5] makes a request 503 in time', async () => {
    await system.call(SYNC);
    const silent = await silentDatabase(system.database.url);
    await system.configure({ DATABASE_URL: silent.url });
    expect(await system.call('GET /api/health')).toMatchObject({ status: 200 });
    silent.fallSilent();
    expect(await system.call('GET /api/health', undefined, { remainingMs: 1_200 })).toMatchObject({ status: 503 });
    await silent.close();
  });

  test('[D5] loses its connection after 65 seconds; until then, every request on a single connection is 503', async () => {
    const silent = await silentDatabase(system.database.url);
    const database = createDatabase({
      connectionString: async () => silent.url,
      maxConnections: 1,
      applicationName: 'unanswered',
    });
    const fails = () => database.query('select 1').catch((error: unknown) => error);
    const unavailable = { status: 503, code: 'database_unavailable' };
    await database.query('select 1');
    silent.fallSilent();
    const asked = silent.asked();
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    try {
      const first = fails();
      await asked;
      const second = fails();
      await turn();
      jest.advanceTimersByTime(5_000);
      expect(await second).toMatchObject(unavailable);
      jest.advanceTimersByTime(60_000);
      expect(await first).toMatchObject(unavailable);
    } finally {
      jest.useRealTimers();
    }
    expect(await database.query('select 2 as two')).toEqual([{ two: 2 }]);
    await database.close();
    await silent.close();
  });
});

/** A proxy whose open connections can stop responding, as after a network failure. */
async function silentDatabase(url: string) {
  const clients: Socket[] = [];
  const proxy = await startPostgresProxy(url, (client, database) => {
    client.pipe(database).pipe(client);
    clients.push(client);
  });
  return {
    ...proxy,
    fallSilent: () => {
      for (const client of clients) client.unpipe().resume();
    },
    /** Resolves when a statement is sent to them. */
    asked: () => Promise.race(clients.map((client) => once(client, 'data'))),
  };
}

test('[W17] a webhook is 503, so that Retell delivers it again, while the database is down', async () => {
  await system.call(SYNC);
  system.simulator.account.edit('agent_1', { agent_name: 'Interview renamed' }, { publish: true });
  await system.configure({ DATABASE_URL: 'postgres://user@127.0.0.1:1/none' });
  expect(await system.webhook(updated('agent_1'))).toMatchObject({
    status: 503,
    body: { code: 'database_unavailable' },
  });
  await system.configure({});
  expect(await system.webhook(updated('agent_1'))).toMatchObject({ status: 200, body: { action: 'updated' } });
});

test('[D9] [W6] [W16] three hundred concurrent webhooks all succeed over at most ten connections', async () => {
  await system.call(SYNC);
  const ids = Array.from({ length: 300 }, (_, index) => `agent_${(index % 4) + 1}`);
  const answers = Promise.all(ids.map((id) => system.webhook(updated(id))));
  let most = 0;
  const over = new AbortController();
  const watch = (async () => {
    while (!over.signal.aborted) {
      const [row] = await query(`select count(*)::integer as n from pg_stat_activity
        where application_name = 'voice-agent-sync' and datname = current_database()`);
      most = Math.max(most, Number(row?.['n']));
    }
  })();
  const statuses = new Set((await answers).map(({ status }) => status));
  over.abort();
  await watch;
  expect([...statuses]).toEqual([200]);
  expect(most).toBeGreaterThan(1);
  expect(most).toBeLessThanOrEqual(10);
});

describe('a database schema', () => {
  test('[O4] that is older than the code makes requests 503, and nothing is written', async () => {
    await query('alter table voice_agent_sync.agreement rename column push_name to gone');
    await query('alter table interviewer rename column orphan_reason to gone');
    for (const route of [SYNC, 'GET /api/audit-agents']) {
      expect(await system.call(route)).toMatchObject({ status: 503, body: { code: 'schema_mismatch' } });
    }
    expect(await system.rows()).toEqual([]);
  });

  test('[O5] [O8] that is newer than the code works, and unknown columns and tables keep their values', async () => {
    await system.call(SYNC);
    await query(`alter table interviewer add column newer text not null default 'theirs', add column newest integer`);
    for (const table of ['run', 'audit_log', 'retell_agent', 'agreement', 'archived_interviewer', 'skip_list']) {
      await query(`alter table voice_agent_sync.${table} add column newer text not null default 'later'`);
    }
    await query(`update interviewer set newest = 7`);
    system.simulator.account.delete('agent_1');
    system.simulator.account.addAgent(eligibleAgent(5));
    expect(await system.call(SYNC, { full: true })).toMatchObject({ status: 200, body: { health_score: 100 } });
    await system.call(CLEANUP, { action: 'cleanup_orphaned', older_than_days: 0 });
    const { body } = await system.call(CLEANUP, { action: 'restore', agent_ids: ['agent_1'] });
    expect(body).toMatchObject({ restored_count: 1 });
    const row = await system.row('agent_1');
    expect(row).toMatchObject({ newer: 'theirs', newest: 7, sync_status: 'orphaned' });
  });
});

const TABLES = [
  'interviewer',
  ...['run', 'audit_log', 'retell_agent', 'agreement'].map((name) => `voice_agent_sync.${name}`),
];

test('[O9] a database restored from a backup is in sync after one sync', async () => {
  await system.call(SYNC);
  await query('create schema backup');
  for (const table of TABLES) {
    await query(`create table backup.${table.split('.').at(-1)} as select * from ${table}`);
  }
  system.simulator.account.edit('agent_1', { agent_name: 'Interview one' }, { publish: true });
  system.simulator.account.edit('agent_2', { voice_id: '11labs-Brian' }, { publish: true });
  system.simulator.account.delete('agent_3');
  system.simulator.account.addAgent(eligibleAgent(5));
  await system.call(SYNC);
  const before = await syncedColumns();

  for (const table of TABLES.toReversed()) await query(`delete from ${table}`);
  for (const table of TABLES) {
    await query(`insert into ${table} overriding system value select * from backup.${table.split('.').at(-1)}`);
  }
  expect(await system.call(SYNC)).toMatchObject({ status: 200, body: { health_score: 100, errors: [] } });
  expect(await syncedColumns()).toEqual(before);
});

/** The synced columns, without ids and times. */
async function syncedColumns(): Promise<unknown> {
  return query('select agent_id, name, voice_id, sync_status from interviewer order by agent_id');
}
