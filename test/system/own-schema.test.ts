/** The system's own schema in a database with event triggers or default privileges for new tables. */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { migrate } from '../../shared/db/migrate.ts';
import { makeServiceRole } from '../../shared/db/service-role.ts';
import { interviewAgents, PLATFORM_COLUMNS, PLATFORM_VALUES } from '../support/agents.ts';
import { adminQuery, createTestDatabase, databaseUrl, type TestDatabase } from '../support/postgres.ts';
import { startSystem, type TestSystem } from '../support/system.ts';

const SYNC = 'POST /api/sync-retell-agents';

let database: TestDatabase;
let system: TestSystem;
let owner: { name: string; password: string };
let service: { name: string; password: string };
let browser: string;

beforeEach(async () => {
  const mark = randomUUID().replaceAll('-', '');
  owner = { name: `owner_${mark}`, password: 'owner-password' };
  service = { name: `voice_agent_sync_${mark}`, password: 'service-password' };
  browser = `anon_${mark}`;
  database = await createTestDatabase({ migrated: false });
  await adminQuery(`create role ${owner.name} login createrole password '${owner.password}'`);
  await adminQuery(`create role ${browser}`);
  await adminQuery(`alter database ${name()} owner to ${owner.name}`);
  await database.query(
    `create function enable_row_security() returns event_trigger language plpgsql as $$
     declare created record; begin
       for created in select * from pg_event_trigger_ddl_commands() where object_type = 'table' loop
         execute format('alter table %s enable row level security', created.object_identity);
       end loop;
     end $$;
     create event trigger enable_row_security on ddl_command_end
       when tag in ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO') execute function enable_row_security();
     alter default privileges for role ${owner.name} grant all on tables to ${browser}, public;
     alter default privileges for role ${owner.name} grant all on sequences to ${browser};
     alter default privileges for role ${owner.name} grant all on functions to ${browser};
     alter default privileges for role ${owner.name} grant usage on schemas to ${browser};
     create publication everything for all tables`,
  );
});
afterEach(async () => {
  await system.close();
  await adminQuery(`drop role if exists ${service.name}`);
  await adminQuery(`drop role ${owner.name}, ${browser}`);
});

const name = () => new URL(database.url).pathname.slice(1);

/** A platform's table with two of four agents, migrated by its owner, and the system on it as `role`. */
async function startAs(role: 'owner' | 'service'): Promise<void> {
  const ownerUrl = databaseUrl(name(), owner);
  const serviceUrl = databaseUrl(name(), service);
  await database.query(
    `grant create on schema public to ${owner.name}; set role ${owner.name};
     create table interviewer (
       id serial primary key, created_at timestamptz default now(), agent_id text, name text not null,
       description text not null, image text not null, audio text, empathy integer not null,
       exploration integer not null, rapport integer not null, speed integer not null);
     insert into interviewer (agent_id, name, ${PLATFORM_COLUMNS}) values
       ('agent_1', 'Interview agent 1', ${PLATFORM_VALUES}), ('agent_2', 'Interview agent 2', ${PLATFORM_VALUES});
     reset role`,
  );
  await migrate(ownerUrl);
  await makeServiceRole(ownerUrl, async () => serviceUrl);
  system = await startSystem({
    database,
    agents: interviewAgents(4),
    env: { DATABASE_URL: role === 'owner' ? ownerUrl : serviceUrl },
  });
}

test.each(['owner', 'service'] as const)(
  '[D27] the %s syncs, orphans, cleans up and restores where an event trigger enables row-level security and a publication has all tables',
  async (role) => {
    await startAs(role);
    expect((await system.call(SYNC)).body).toMatchObject({ errors: [], created: { length: 2 }, health_score: 100 });
    system.simulator.account.delete('agent_1');
    system.simulator.account.edit('agent_2', { agent_name: 'Interview with Bob' }, { publish: true });
    expect((await system.call(SYNC)).body).toMatchObject({
      orphaned: [{ agent_id: 'agent_1' }],
      updated: [{ agent_id: 'agent_2' }],
      health_score: 100,
    });
    await database.query(`update interviewer set orphaned_at = now() - interval '30 days' where agent_id = 'agent_1'`);
    const cleanup = await system.call('POST /api/audit-agents', { action: 'cleanup_orphaned' });
    expect([cleanup.status, cleanup.body.cleaned_count]).toEqual([200, 1]);
    const restore = await system.call('POST /api/audit-agents', { action: 'restore', agent_ids: ['agent_1'] });
    expect([restore.status, await system.row('agent_1')]).toMatchObject([200, { sync_status: 'orphaned' }]);
    expect((await system.call('POST /api/scheduled-sync')).status).toBe(200);
    const { body } = await system.call('GET /api/sync-runs');
    expect(body.runs.length).toBeGreaterThan(4);
  },
);

test('[D28] default privileges grant nothing on the schema, and an explicit grant to a role stays', async () => {
  await startAs('service');
  const grants = () =>
    database.query(
      `select relname from pg_class where relnamespace = 'voice_agent_sync'::regnamespace and relkind in ('r', 'S')
         and (relrowsecurity or exists (
           select from aclexplode(relacl) where grantee in (0, (select oid from pg_roles where rolname = $1))))
       union all
       select nspname from pg_namespace, aclexplode(nspacl) as entry
       where nspname = 'voice_agent_sync' and grantee in (0, (select oid from pg_roles where rolname = $1))
       union all
       select proname from pg_proc, aclexplode(proacl) as entry
       where pronamespace = 'voice_agent_sync'::regnamespace and grantee in (0, (select oid from pg_roles where rolname = $1))`,
      [browser],
    );
  expect(await grants()).toEqual([]);
  await expect(
    database.query(`set role ${browser}; select * from voice_agent_sync.run; reset role`),
  ).rejects.toMatchObject({ code: '42501' });

  const reporter = `${browser}_reporter`;
  await adminQuery(`create role ${reporter}`);
  try {
    await database.query(`grant select on voice_agent_sync.run to ${reporter}`);
    // The next deployment revokes the rights on a table of a later migration.
    await database.query(`set role ${owner.name}; create table voice_agent_sync.later (id integer); reset role`);
    await makeServiceRole(databaseUrl(name(), owner), async () => databaseUrl(name(), service));
    expect(await grants()).toEqual([]);
    expect(
      await database.query(`select has_table_privilege($1, 'voice_agent_sync.run', 'select') as kept`, [reporter]),
    ).toEqual([{ kept: true }]);
  } finally {
    await database.query(`drop owned by ${reporter}; drop role ${reporter}`);
  }
});
