import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { createDatabase } from '../../../shared/db/pool.ts';
import { makeServiceRole, type ServiceRoleOptions } from '../../../shared/db/service-role.ts';
import { SERVICE_SETTINGS } from '../../../shared/db/session-settings.ts';
import { adminQuery, createTestDatabase, databaseUrl, type TestDatabase } from '../../support/postgres.ts';

let database: TestDatabase;
let owner: { name: string; password: string };
let service: { name: string; password: string };

beforeEach(async () => {
  const mark = randomUUID().replaceAll('-', '');
  owner = { name: `owner_${mark}`, password: 'owner-password' };
  service = { name: `voice_agent_sync_${mark}`, password: randomUUID() };
  database = await createTestDatabase();
  await adminQuery(`create role ${owner.name} superuser login password '${owner.password}'`);
});
afterEach(async () => {
  await database.drop();
  await adminQuery(`drop role if exists ${service.name}`);
  await adminQuery(`drop role ${owner.name}`);
});

const name = () => new URL(database.url).pathname.slice(1);
const make = (changed: Partial<{ name: string; password: string }> = {}, options: ServiceRoleOptions = {}) =>
  makeServiceRole(databaseUrl(name(), owner), async () => databaseUrl(name(), { ...service, ...changed }), {
    rotationMs: 0,
    acceptanceMs: 0,
    ...options,
  });
const storedPassword = async () => {
  const text = 'select rolpassword from pg_authid where rolname = $1';
  return (await adminQuery<{ rolpassword: string }>(text, [service.name]))[0]?.rolpassword;
};
const mayRead = async () => {
  const text = `select has_table_privilege($1, 'interviewer', 'select') as reads`;
  return (await database.query<{ reads: boolean }>(text, [service.name]))[0]?.reads;
};
const runAs = async (role: { name: string; password: string }, statement: string) => {
  const client = new Client(databaseUrl(name(), role));
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
};

test('twenty concurrent deployments all succeed', async () => {
  await Promise.all(Array.from({ length: 20 }, () => make()));
  expect(await storedPassword()).toMatch(/^SCRAM-SHA-256\$4096:/);
});

test("the role has the settings of the service's sessions, because poolers do not let clients set them", async () => {
  await make();
  const [found] = await adminQuery(
    `select array_agg(setting) as settings
     from pg_db_role_setting cross join unnest(setconfig) as setting where setrole = $1::regrole`,
    [service.name],
  );
  const wanted = Object.entries(SERVICE_SETTINGS).map(([setting, value]) => `${setting}=${value}`);
  expect(new Set(found?.['settings'])).toEqual(new Set(wanted));
});

test('the search path that earlier versions gave the role is replaced', async () => {
  await make();
  await adminQuery(`alter role ${service.name} in database ${name()} set search_path = public`);
  await make();
  const client = new Client(databaseUrl(name(), service));
  await client.connect();
  expect((await client.query('show search_path')).rows).toEqual([{ search_path: 'pg_catalog, pg_temp' }]);
  await client.end();
});

test('[S63] settings that the role gave itself do not outlive the next deployment', async () => {
  await make();
  await runAs(
    service,
    `alter role ${service.name} set default_transaction_read_only = on;
     alter role ${service.name} in database ${name()} set statement_timeout = '1ms';
     alter role ${service.name} set datestyle = 'SQL, DMY'`,
  );
  await make();
  const settings = await adminQuery<{ place: string | null; setting: string }>(
    `select datname as place, unnest(setconfig) as setting
     from pg_db_role_setting left join pg_database on pg_database.oid = setdatabase
     where setrole = $1::regrole order by setting`,
    [service.name],
  );
  expect(settings).toEqual([
    { place: null, setting: 'DateStyle=ISO, MDY' },
    { place: null, setting: 'idle_in_transaction_session_timeout=30s' },
    { place: null, setting: 'lock_timeout=30s' },
    { place: name(), setting: 'search_path=pg_catalog, pg_temp' },
    { place: null, setting: 'statement_timeout=1min' },
  ]);
});

test('times are parsed, whatever date style the role gave itself', async () => {
  await make();
  await runAs(service, `alter role ${service.name} set datestyle = 'SQL, DMY'`);
  const connected = createDatabase({
    connectionString: async () => databaseUrl(name(), service),
    maxConnections: 1,
    applicationName: 'dates',
  });
  try {
    const [row] = await connected.query<{ at: Date }>(`select '2026-01-31T12:00:00Z'::timestamptz as at`);
    expect(row?.at).toEqual(new Date('2026-01-31T12:00:00Z'));
  } finally {
    await connected.close();
  }
});

describe('a role that exists before the first deployment', () => {
  let other: { name: string; password: string };
  beforeEach(async () => {
    other = { name: `other_${randomUUID().replaceAll('-', '')}`, password: 'other' };
    await adminQuery(`create role ${other.name} login createrole password '${other.password}'`);
  });
  afterEach(async () => {
    await adminQuery(`drop role ${other.name}`);
  });
  test('[S137] gets no right if another role made it, and the refusal names that role and the remedy', async () => {
    await runAs(other, `create role ${service.name} login password 'known'`);
    await expect(make()).rejects.toMatchObject({
      code: 'migration_failed',
      message: expect.stringContaining(`The role ${service.name} has the member ${other.name}`),
      hint: expect.stringContaining(`drop role ${service.name}`),
    });
    expect(await mayRead()).toBe(false);
  });

  test('[S137] keeps its password when it is refused', async () => {
    await adminQuery(`create role ${service.name} login superuser password 'theirs'`);
    const before = await storedPassword();
    await expect(make()).rejects.toMatchObject({ message: expect.stringContaining('none were changed') });
    expect(await storedPassword()).toBe(before);
  });

  test.each(['superuser', 'createrole', 'createdb', 'replication', 'bypassrls'])(
    '[S137] gets no right if it has the attribute %s',
    async (attribute) => {
      await adminQuery(`create role ${service.name} login ${attribute}`);
      await expect(make()).rejects.toMatchObject({
        message: expect.stringContaining(`has ${attribute.toUpperCase()}`),
        hint: expect.stringContaining(`alter role ${service.name} no${attribute}`),
      });
    },
  );

  test('[S137] gets no right while it belongs to another role', async () => {
    await make();
    await adminQuery(`grant pg_write_all_data to ${service.name}`);
    await expect(make()).rejects.toMatchObject({
      message: expect.stringContaining('belongs to pg_write_all_data'),
      hint: expect.stringContaining(`revoke pg_write_all_data from ${service.name}`),
    });
  });

  test('is taken over if it was made for the service', async () => {
    await adminQuery(`create role ${service.name} login`);
    await expect(make()).resolves.toBeUndefined();
    expect(await mayRead()).toBe(true);
  });
});

test("a secret whose password stays refused is reported with the server's message", async () => {
  await make();
  await adminQuery(`alter role ${service.name} connection limit 5 valid until '2000-01-01'`);
  await expect(make({ password: 'another' })).rejects.toMatchObject({
    code: 'service_secret_invalid',
    message: expect.stringMatching(/refused even after it was set: password authentication failed for user/),
  });
});

describe('the password', () => {
  test('[S67] is in no statement, and so in no statement log', async () => {
    await database.query(`alter database ${name()} set log_statement = 'all'`);
    await make();
    const next = randomUUID();
    await make({ password: next });
    const [log] = await adminQuery<{ text: string }>(
      `select pg_read_file(current_setting('data_directory') || '/../log') as text`,
    );
    expect(log?.text.match(new RegExp(`alter role "${service.name}" password 'SCRAM-SHA-256`, 'g'))).toHaveLength(2);
    for (const password of [service.password, next]) expect(log?.text).not.toContain(password);
  });

  test('[S65] is set only if it is refused', async () => {
    await make();
    const before = await storedPassword();
    await make();
    expect(await storedPassword()).toBe(before);
    await make({ password: 'p@ss/w:rd %?#\'"\\' });
    expect(await storedPassword()).not.toBe(before);
  });

  test('[S65] is logged as set only if it was set, not after a temporary refusal', async () => {
    const given = `The role ${service.name} was given the password in its secret`;
    const lines: string[] = [];
    await make({}, { log: (line) => lines.push(line) });
    expect(lines).toContain(given);
    lines.length = 0;
    let reads = 0;
    // Once for the role's name, once to sign in, and refused once the rights are granted.
    const serviceUrl = async () => {
      reads += 1;
      return databaseUrl(name(), reads === 3 ? { ...service, password: 'another' } : service);
    };
    await makeServiceRole(databaseUrl(name(), owner), serviceUrl, { acceptanceMs: 0, log: (line) => lines.push(line) });
    expect(reads).toBe(4);
    expect(lines).not.toContain(given);
  });

  test('is refused if it is not printable ASCII, unless the role already has it', async () => {
    await expect(make({ password: 'pässword' })).rejects.toMatchObject({ code: 'service_secret_invalid' });
    await adminQuery(`create role ${service.name} login password 'pässword'`);
    await expect(make({ password: 'pässword' })).resolves.toBeUndefined();
  });
});

describe("the service's secret", () => {
  test.each([
    ["the owner's", () => owner.name],
    ['another role of the platform', () => 'postgres'],
    ['a name that needs quotes', () => 'voice_agent_sync_"; drop table interviewer; --'],
    ['empty', () => ''],
  ])('[S68] is refused if its user is %s, and nothing changes', async (_, role) => {
    await expect(make({ name: role() })).rejects.toMatchObject({
      code: 'service_secret_invalid',
      hint: expect.stringContaining('voice_agent_sync_service'),
    });
    expect(await storedPassword()).toBeUndefined();
  });

  test('may name the project for a pooler after the role', async () => {
    // Without a pooler this is another role, which does not exist.
    await expect(make({ name: `${service.name}.project` })).rejects.toMatchObject({ code: 'service_secret_invalid' });
    expect(await storedPassword()).toMatch(/^SCRAM-SHA-256/);
  });

  test('for another database is noticed', async () => {
    const elsewhere = databaseUrl('postgres', service);
    await expect(makeServiceRole(databaseUrl(name(), owner), async () => elsewhere)).rejects.toMatchObject({
      code: 'schema_mismatch',
    });
  });
});

describe('an owner without CREATEROLE', () => {
  beforeEach(async () => {
    await make();
    await adminQuery(`alter role ${owner.name} nosuperuser`);
    for (const { table } of await database.query<{ table: string }>(
      `select format('%I.%I', schemaname, tablename) as table from pg_tables where schemaname in ('public', 'voice_agent_sync')`,
    )) {
      await database.query(`alter table ${table} owner to ${owner.name}`);
    }
    for (const { name } of await database.query<{ name: string }>(
      `select oid::regprocedure::text as name from pg_proc where pronamespace = 'voice_agent_sync'::regnamespace`,
    )) {
      await database.query(`alter function ${name} owner to ${owner.name}`);
    }
    for (const schema of ['public', 'voice_agent_sync'])
      await database.query(`grant usage on schema ${schema} to ${owner.name} with grant option`);
  });

  test('can renew the rights of a role that another role created', async () => {
    await database.query(`revoke select on interviewer from ${service.name}`);
    await expect(make()).resolves.toBeUndefined();
  });

  test("gets the statement for a missing limit, which only the role's creator can set", async () => {
    await adminQuery(`alter role ${service.name} reset lock_timeout`);
    const lines: string[] = [];
    await make({}, { log: (line) => lines.push(line) });
    expect(lines).toContain(`As the maker of the role, run: alter role ${service.name} set lock_timeout = '30s'`);
  });

  test('[S137] gets the server’s refusal of a password, and the role gets no right', async () => {
    await database.query(`revoke select on interviewer from ${service.name}`);
    await expect(make({ password: 'another' })).rejects.toMatchObject({
      code: 'migration_failed',
      message: expect.stringContaining(`The password of the role ${service.name} could not be changed`),
    });
    expect(await mayRead()).toBe(false);
  });

  test('gets the remedy for a role with too many powers, whose password it may not change either', async () => {
    await adminQuery(`alter role ${service.name} createdb`);
    const hint = expect.stringContaining(`alter role ${service.name} nocreatedb`);
    await expect(make({ password: 'another' })).rejects.toMatchObject({ hint });
  });
});
