/** What a role of the platform's database could try with its own tables and schemas. */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { migrate } from '../../shared/db/migrate.ts';
import { makeServiceRole } from '../../shared/db/service-role.ts';
import { interviewAgents } from '../support/agents.ts';
import { adminQuery, createTestDatabase, databaseUrl, type TestDatabase } from '../support/postgres.ts';
import { startSystem } from '../support/system.ts';
import { fallenInto, setTraps, trap } from './traps.ts';

const SYNC = 'POST /api/sync-retell-agents';
const TABLE = `create table interviewer (
  id serial primary key, created_at timestamptz default now(), agent_id text, name text not null,
  description text not null, image text not null, audio text, empathy integer not null,
  exploration integer not null, rapport integer not null, speed integer not null)`;

let database: TestDatabase;
let owner: { name: string; password: string };
let service: { name: string; password: string };
let attacker: string;

beforeEach(async () => {
  const mark = randomUUID().replaceAll('-', '');
  owner = { name: `owner_${mark}`, password: 'owner' };
  service = { name: `voice_agent_sync_${mark}`, password: 'service' };
  attacker = `attacker_${mark}`;
  database = await createTestDatabase({ migrated: false });
  await database.query(
    `create role ${owner.name} login createrole password '${owner.password}'; create role ${attacker}`,
  );
});
afterEach(async () => {
  await database.drop();
  await adminQuery(`drop role if exists ${service.name}, ${owner.name}, ${attacker}`);
});

const name = () => new URL(database.url).pathname.slice(1);
const urlOf = (role: { name: string; password: string }) => databaseUrl(name(), role);

describe('a table whose column refers to interviewers with a type of the attacker', () => {
  beforeEach(async () => {
    await database.query(`alter database ${name()} owner to ${owner.name}`);
    await migrate(urlOf(owner), { createTable: true });
    await database.query(
      `grant create on schema public to ${attacker}; grant references on interviewer to ${attacker}`,
    );
    await setTraps(database.query, attacker, [
      `create type public.disguise as enum ('1')`,
      trap('undress(public.disguise)', 'integer', '1'),
      'create cast (public.disguise as integer) with function public.undress(public.disguise) as implicit',
      'create table public.follower (who public.disguise)',
      `insert into public.follower values ('1')`,
      'alter table public.follower add foreign key (who) references public.interviewer (id) not valid',
    ]);
  });

  test('[S109] does not stop a deployment, which says what it could not grant', async () => {
    const lines: string[] = [];
    const log = (line: string) => lines.push(line);
    await makeServiceRole(urlOf(owner), async () => urlOf(service), { log });
    expect(lines).toContainEqual(
      `Cleanups keep every row, as they cannot read public.follower. As its owner, run: grant select (who) on public.follower to ${service.name}`,
    );
    expect(await fallenInto(database.query)).toEqual([]);
  });

  test('[S109] does not make a cleanup run its cast: the table counts as a reference to every row', async () => {
    await makeServiceRole(urlOf(owner), async () => urlOf(service));
    await database.query(`set role ${attacker}; grant select on public.follower to public; reset role`);
    const system = await startSystem({
      database: { ...database, drop: async () => {} },
      agents: interviewAgents(2),
      env: { DATABASE_URL: urlOf(service) },
    });
    try {
      await system.call(SYNC);
      system.simulator.account.delete('agent_1');
      await system.call(SYNC);
      const { body } = await system.call('POST /api/audit-agents', { action: 'cleanup_orphaned', older_than_days: 0 });
      expect(body.cleaned_agents).toMatchObject([
        { outcome: 'marked_deleted', reason: expect.stringContaining('perhaps public.follower (its rows are hidden') },
      ]);
      expect(await fallenInto(database.query)).toEqual([]);
    } finally {
      await system.close();
    }
  });
});

describe('code of the attacker that the first migration would run as the owner', () => {
  beforeEach(async () => {
    await database.query(`alter database ${name()} owner to ${owner.name}`);
    await database.query(
      `grant create on schema public to ${owner.name}, ${attacker};
       set role ${owner.name};
       ${TABLE};
       insert into interviewer (agent_id, name, description, image, empathy, exploration, rapport, speed)
         values ('a', 'Bob', '', '', 1, 1, 1, 1), ('a', 'Bob', '', '', 1, 1, 1, 1);
       grant references, trigger on interviewer to ${attacker};
       reset role`,
    );
  });

  const FOLLOWER = 'alter table public.follower drop constraint follower_who_fkey';
  const CAST = 'create cast (public.disguise as integer) with function public.undress(public.disguise) as implicit';

  test.each([
    {
      part: 'a policy on a table that refers to interviewers',
      traps: [
        trap('sight()', 'boolean', 'true'),
        'create table public.follower (who integer references public.interviewer)',
        'insert into public.follower values (1)',
        'alter table public.follower enable row level security',
        'create policy sight on public.follower using (public.sight())',
        'grant select on public.follower to public',
      ],
      remedy: FOLLOWER,
    },
    {
      part: 'the cast of a type in such a table',
      traps: [
        `create type public.disguise as enum ('1')`,
        trap('undress(public.disguise)', 'integer', '1'),
        CAST,
        'create table public.follower (who public.disguise)',
        `insert into public.follower values ('1')`,
        'alter table public.follower add foreign key (who) references public.interviewer (id) not valid',
        'grant select on public.follower to public',
      ],
      remedy: FOLLOWER,
    },
    {
      part: 'a trigger named like ours',
      traps: [
        trap('spring()', 'trigger', 'new'),
        `create trigger voice_agent_sync_x before update on public.interviewer
           for each row execute function public.spring()`,
      ],
      remedy: 'drop trigger voice_agent_sync_x on public.interviewer',
    },
  ])('[S109] $part is refused before anything is changed', async ({ traps, remedy }) => {
    await setTraps(database.query, attacker, traps);
    await expect(migrate(urlOf(owner))).rejects.toMatchObject({
      code: 'migration_failed',
      message: expect.stringContaining(`would run code of the role ${attacker} with the rights of the owner`),
      hint: `Run: ${remedy}; then run the migrations again.`,
    });
    expect(await fallenInto(database.query)).toEqual([]);
    expect(await database.query(`select from pg_namespace where nspname = 'voice_agent_sync'`)).toEqual([]);
    await database.query(remedy);
    await migrate(urlOf(owner));
    expect(await fallenInto(database.query)).toEqual([]);
  });

  test('[S109] a trigger on an inheriting table is refused before anything is changed', async () => {
    await setTraps(database.query, attacker, [trap('spring()', 'trigger', 'new')]);
    await database.query(
      `set role ${owner.name};
       create table public.heir () inherits (interviewer);
       create trigger spring before update on public.heir for each row execute function public.spring();
       reset role`,
    );
    await expect(migrate(urlOf(owner))).rejects.toMatchObject({
      code: 'migration_failed',
      hint: 'Run: drop trigger spring on public.heir; then run the migrations again.',
    });
  });
});

describe('a schema voice_agent_sync that the attacker made first', () => {
  const MIGRATIONS = ['0000', '0001', '0002', '9999'].map((number) => `('${number}')`).join(', ');

  beforeEach(async () => {
    await database.query(
      `grant create on database ${name()} to ${attacker}; grant create on schema public to ${owner.name}`,
    );
    await database.query(`set role ${owner.name}; ${TABLE}; reset role`);
    await database.query(
      `set role ${attacker};
       create schema voice_agent_sync;
       create table voice_agent_sync.migration (name text);
       insert into voice_agent_sync.migration values ${MIGRATIONS};
       create table voice_agent_sync.run (id integer);
       create table voice_agent_sync.platform (only_row boolean primary key default true, interviewer_schema text);
       insert into voice_agent_sync.platform (interviewer_schema) values ('lure');
       create function voice_agent_sync.close_to_others() returns void language plpgsql as 'begin raise exception ''caught''; end';
       grant usage on schema voice_agent_sync to public;
       grant all on all tables in schema voice_agent_sync to public;
       create schema lure;
       set search_path = lure;
       ${TABLE};
       grant usage on schema lure to public;
       reset search_path;
       reset role`,
    );
  });

  const STRANGER = /belongs to the role attacker_\w+, which owns neither the database nor public\.interviewer/;
  test.each([
    ['the owner of the table', () => urlOf(owner), STRANGER],
    ['a superuser', () => database.url, STRANGER],
    // Its note is not read.
    [
      'a superuser without a path to it',
      () => `${database.url}?options=-c%20search_path%3Dpg_catalog`,
      /leads to no table/,
    ],
  ])('[S110] is refused when the migrations run as %s', async (_, url, message) => {
    await database.query(`grant create on database ${name()} to ${owner.name}`);
    await expect(migrate(url())).rejects.toMatchObject({
      code: 'interviewer_table_refused',
      message: expect.stringMatching(message),
    });
  });
});

test('[S111] functions of ours that an earlier form of a migration left open to all roles are closed', async () => {
  await migrate(database.url, { createTable: true });
  await database.query(
    `create or replace function voice_agent_sync.close_to_others() returns void language sql as 'select';
     create function voice_agent_sync.ours() returns integer language sql as 'select 1';
     delete from voice_agent_sync.migration where name = '0018-closed-functions'`,
  );
  await migrate(database.url);
  expect(
    await database.query(
      `select pg_proc.oid::regprocedure::text as open from pg_proc
       where pronamespace = 'voice_agent_sync'::regnamespace and has_function_privilege($1, pg_proc.oid, 'execute')`,
      [attacker],
    ),
  ).toEqual([]);
});

describe('a table interviewer of a role that may create schemas', () => {
  /** Has the index by which a synced table is recognized. */
  const lure = (
    schema: string,
  ) => `set role ${attacker}; create schema ${schema}; set search_path = ${schema}; ${TABLE};
    create unique index interviewer_one_row_per_agent on interviewer (agent_id); grant usage on schema ${schema} to public;
    reset search_path; reset role`;
  beforeEach(() =>
    database.query(
      `grant create on database ${name()} to ${attacker}, ${owner.name};
       grant create on schema public to ${owner.name}; set role ${owner.name}; ${TABLE}; reset role`,
    ),
  );
  const schemaInUse = async () => {
    const schemas: string[] = [];
    await migrate(urlOf(owner), { onTable: ({ schema }) => schemas.push(schema) });
    return schemas;
  };

  test("[S112] does not replace the synced table, although its schema has its owner's name", async () => {
    expect(await schemaInUse()).toEqual(['public']);
    await database.query(lure(owner.name));
    await expect(schemaInUse()).rejects.toMatchObject({
      code: 'interviewer_table_refused',
      message: expect.stringMatching(/^This system keeps public\.interviewer of this database in sync/),
    });
    await migrate(`${urlOf(owner)}?schema=public`);
    expect(await database.query('select interviewer_schema from voice_agent_sync.platform')).toEqual([
      { interviewer_schema: 'public' },
    ]);
  });

  test('[S112] is not chosen before the first migration, and is not mistaken for the synced table', async () => {
    await database.query(lure('elsewhere'));
    await expect(schemaInUse()).rejects.toMatchObject({ message: expect.stringMatching(/^There are several tables/) });
    await database.query(lure(owner.name));
    await expect(schemaInUse()).rejects.toMatchObject({ message: expect.stringMatching(/^There are several tables/) });
  });
});
