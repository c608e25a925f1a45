/** Migrations and the creation of the service's role through a pooler, which gives every transaction another session. */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { migrate } from '../../shared/db/migrate.ts';
import { makeServiceRole } from '../../shared/db/service-role.ts';
import { describeWithPgBouncer, type PgBouncer, startPgBouncer } from '../support/pgbouncer.ts';
import { ALL_SETTINGS, inEverySession } from '../support/pooled-sessions.ts';
import { adminQuery, createTestDatabase, databaseUrl, type TestDatabase } from '../support/postgres.ts';

const POOL_SIZE = 4;
/** Half of them through the pooler, where some have to wait for a connection. */
const RUNS = 20;

describeWithPgBouncer.each(['transaction', 'session'] as const)('through PgBouncer in %s mode', (mode) => {
  let pooler: PgBouncer;
  let database: TestDatabase;
  let owner: { name: string; password: string };
  let service: { name: string; password: string };
  let name: string;
  /** The connection string of the tables' owner. */
  let direct: string;
  let pooled: string;

  beforeEach(async () => {
    const mark = randomUUID().replaceAll('-', '');
    owner = { name: `owner_${mark}`, password: 'owner-password' };
    service = { name: `voice_agent_sync_${mark}`, password: 'service-password' };
    database = await createTestDatabase({ migrated: false });
    name = new URL(database.url).pathname.slice(1);
    await adminQuery(`create role ${owner.name} login createrole password '${owner.password}'`);
    await adminQuery(`alter database ${name} owner to ${owner.name}`);
    pooler = await startPgBouncer({ mode, poolSize: POOL_SIZE, settings: { server_login_retry: 1 } });
    direct = databaseUrl(name, owner);
    pooled = pooler.through(direct);
  });
  afterEach(async () => {
    await pooler.stop();
    await database.drop();
    await adminQuery(`drop role if exists ${service.name}`);
    await adminQuery(`drop role ${owner.name}`);
  });

  const makeRole = (url: string) => makeServiceRole(url, async () => pooler.through(databaseUrl(name, service)));
  const advisoryLocks = () =>
    database.query(
      `select pid from pg_locks join pg_database on pg_database.oid = database
       where datname = current_database() and locktype = 'advisory'`,
    );

  test('[P1] a migration leaves no lock and no changed setting in any session, and the next migration does not wait', async () => {
    const bystander = new Client(pooled);
    await bystander.connect();
    const before = (await bystander.query(ALL_SETTINGS)).rows;
    expect(await migrate(pooled, { createTable: true })).toContain('0001-interviewer');
    await makeRole(pooled);
    expect(await advisoryLocks()).toEqual([]);
    expect((await bystander.query(ALL_SETTINGS)).rows).toEqual(before);
    await bystander.end();
    for (const settings of await inEverySession(pooled, POOL_SIZE, ALL_SETTINGS)) expect(settings).toEqual(before);

    await database.query(`delete from voice_agent_sync.migration where name = '0008-platform-schema'`);
    await database.query('drop table voice_agent_sync.platform');
    expect(await migrate(pooled)).toEqual(['0008-platform-schema']);
    expect(await migrate(direct)).toEqual([]);
    await makeRole(direct);
  });

  test('[P1] twenty concurrent runs, half of them through the pooler, apply each migration exactly once', async () => {
    const applied = await Promise.all(
      Array.from({ length: RUNS }, (_, index) => migrate(index % 2 ? pooled : direct, { createTable: true })),
    );
    const names = applied.flat().sort();
    expect(names).toEqual([...new Set(names)]);
    expect(await database.query('select name from voice_agent_sync.migration order by name')).toEqual(
      names.map((applied) => ({ name: applied })),
    );
    expect(await advisoryLocks()).toEqual([]);
  });

  test("[P1] twenty concurrent runs, half of them through the pooler, create the service's role", async () => {
    await migrate(pooled, { createTable: true });
    await Promise.all(Array.from({ length: RUNS }, (_, index) => makeRole(index % 2 ? pooled : direct)));
    const client = new Client(pooler.through(databaseUrl(name, service)));
    await client.connect();
    expect((await client.query('select from voice_agent_sync.run')).rows).toEqual([]);
    await client.end();
  });

  test('[P4] a deployment waits while the pooler still refuses the new password', async () => {
    await migrate(pooled, { createTable: true });
    await makeRole(pooled);
    // A client makes the pooler log in with the old password, after which it refuses the role for a while.
    const stale = new Client(pooler.through(databaseUrl(name, service)));
    stale.on('error', () => {});
    await stale.connect();
    await adminQuery(`alter role ${service.name} password 'another'`);
    await adminQuery('select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = $1', [service.name]);
    const refused = stale.query('select 1').catch(() => 'refused');
    service.password = 'the-next-one';
    const lines: string[] = [];
    await makeServiceRole(pooled, async () => pooler.through(databaseUrl(name, service)), {
      rotationMs: 0,
      acceptanceMs: 6_000,
      log: (line) => lines.push(line),
    });
    expect(lines).toEqual([`The role ${service.name} was given the password in its secret`]);
    await stale.end();
    await refused;
  });
});
