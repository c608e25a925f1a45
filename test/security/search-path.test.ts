/** A role that may create in the platform's schema, as all roles may up to Postgres 14, cannot make others run its code. */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { migrate } from '../../shared/db/migrate.ts';
import { makeServiceRole } from '../../shared/db/service-role.ts';
import { adminQuery, createTestDatabase, databaseUrl, type TestDatabase } from '../support/postgres.ts';
import { fallenInto, operatorTrap, setTraps, TRAPS, trap } from './traps.ts';

let database: TestDatabase;
let attacker: { name: string; password: string };
let service: { name: string; password: string };

async function prepare(options: { readonly migrated: boolean }): Promise<void> {
  const mark = randomUUID().replaceAll('-', '');
  attacker = { name: `attacker_${mark}`, password: 'attack' };
  service = { name: `voice_agent_sync_${mark}`, password: 'service' };
  database = await createTestDatabase(options);
  await database.query(`create role ${attacker.name} login password '${attacker.password}'`);
  await database.query('grant create on schema public to public');
}

afterEach(async () => {
  await database.drop();
  await adminQuery(`drop role if exists ${service.name}`);
  await adminQuery(`drop role ${attacker.name}`);
});

const name = () => new URL(database.url).pathname.slice(1);
const makeRole = () => makeServiceRole(database.url, async () => databaseUrl(name(), service));
const fallen = () => fallenInto(database.query);

/** Creates these as the attacker, who owns nothing but may create in the schema public. */
const attack = (statements: readonly string[]) => setTraps(database.query, attacker.name, statements);

describe('in a database without the migrations', () => {
  beforeEach(() => prepare({ migrated: false }));

  describe('functions and operators that fit a call better than those of Postgres', () => {
    test('are not run by migrations that create the table', async () => {
      await attack(TRAPS);
      await migrate(database.url, { createTable: true });
      expect(await fallen()).toEqual([]);
    });

    test('are not run by migrations that adopt a table with triggers, policies and types', async () => {
      await database.query(
        `create type sync_state as enum ('active', 'stale');
       create table interviewer (
         id serial primary key, created_at timestamptz default now(), agent_id text, name text not null,
         description text not null, image text not null, audio text, empathy integer not null,
         exploration integer not null, rapport integer not null, speed integer not null,
         voice_id varchar(8), sync_status sync_state default 'stale', check (name <> '')
       );
       create function stamp() returns trigger language plpgsql as 'begin return new; end';
       create trigger stamp before update on interviewer for each row execute function stamp();
       insert into interviewer (agent_id, name, description, image, empathy, exploration, rapport, speed)
         values ('a', 'Bob', '', '', 1, 1, 1, 1), ('a', 'Bob', '', '', 1, 1, 1, 1)`,
      );
      await attack(TRAPS);
      await migrate(database.url);
      expect(await fallen()).toEqual([]);
    });

    test("are not run as the owner when the service's role made them", async () => {
      await adminQuery(`create role ${service.name} login password '${service.password}'`);
      await setTraps(database.query, service.name, TRAPS);
      await migrate(database.url, { createTable: true });
      await makeRole();
      await makeRole();
      expect(await migrate(database.url)).toEqual([]);
      expect(await fallen()).toEqual([]);
    });
  });

  test('a trigger that always fires does not run in a migration, and always fires again after it', async () => {
    await database.query(
      `create table interviewer (
       id serial primary key, created_at timestamptz default now(), agent_id text, name text not null,
       description text not null, image text not null, audio text, empathy integer not null,
       exploration integer not null, rapport integer not null, speed integer not null
     );
     insert into interviewer (agent_id, name, description, image, empathy, exploration, rapport, speed)
       values ('a', 'Bob', '', '', 1, 1, 1, 1), ('a', 'Bob', '', '', 1, 1, 1, 1)`,
    );
    await attack([trap('spring()', 'trigger', 'new')]);
    await database.query(
      `create trigger spring before update on interviewer for each row execute function public.spring();
     create trigger usual before update on interviewer for each row execute function public.spring();
     create trigger unused before update on interviewer for each row execute function public.spring();
     alter table interviewer enable always trigger spring;
     alter table interviewer disable trigger unused`,
    );
    await migrate(database.url);
    expect(await fallen()).toEqual([]);
    expect(
      await database.query(
        `select tgname as name, tgenabled as fires from pg_trigger
       where tgrelid = 'interviewer'::regclass and not tgisinternal and tgname !~ '^voice_agent_sync_' order by tgname`,
      ),
    ).toEqual([
      { name: 'spring', fires: 'A' },
      { name: 'unused', fires: 'D' },
      { name: 'usual', fires: 'O' },
    ]);
  });
});

describe('in a migrated database', () => {
  beforeEach(() => prepare({ migrated: true }));

  test("functions and operators that fit a call better than those of Postgres are not run by the creation of the service's role or by a second migration", async () => {
    await database.query(
      'create table interview (id serial primary key, interviewer_id integer references interviewer)',
    );
    await attack(TRAPS);
    await makeRole();
    await makeRole();
    expect(await migrate(database.url)).toEqual([]);
    expect(await fallen()).toEqual([]);
  });

  test('[S108] a status trigger that another role replaced is restored by the next migration', async () => {
    const triggers = () =>
      database.query(`select pg_get_triggerdef(oid) as definition, obj_description(oid, 'pg_trigger') as kept
      from pg_trigger where tgrelid = 'interviewer'::regclass and not tgisinternal order by tgname`);
    const before = await triggers();
    expect(before.map(({ kept }) => kept)).toEqual(before.map(({ definition }) => definition));
    await database.query(
      `grant trigger on interviewer to ${attacker.name};
     set role ${attacker.name};
     create or replace trigger voice_agent_sync_updated_status before update on interviewer
       for each row when (false) execute function suppress_redundant_updates_trigger();
     reset role`,
    );
    await migrate(database.url);
    expect(await triggers()).toEqual(before);
  });

  test('[S108] triggers named like ours, or on a child table, do not run when soft deletes are followed', async () => {
    await attack([trap('spring()', 'trigger', 'new')]);
    await database.query(
      `create table child () inherits (interviewer);
     insert into child (agent_id, name, description, image, empathy, exploration, rapport, speed)
       values ('a', 'Bob', '', '', 1, 1, 1, 1);
     create trigger voice_agent_sync_x before update on interviewer for each row execute function public.spring();
     create trigger voice_agent_sync_x before update on child for each row execute function public.spring();
     alter table interviewer add deleted_at timestamptz;
     update child set deleted_at = now();
     delete from public.loot`,
    );
    await migrate(database.url);
    expect(await fallen()).toEqual([]);
    expect(await database.query('select sync_status from interviewer')).toEqual([{ sync_status: 'deleted' }]);
    expect(await database.query(`select tgenabled from pg_trigger where tgname = 'voice_agent_sync_x'`)).toEqual([
      { tgenabled: 'O' },
      { tgenabled: 'O' },
    ]);
  });

  describe('rights with which other roles could run code', () => {
    const warnings = async () => {
      const lines: string[] = [];
      await migrate(database.url, { createTable: true, warn: (line) => lines.push(line) });
      return lines;
    };

    test('[S108] are named by a migration, each with the statement that revokes it', async () => {
      await database.query('revoke create on schema public from public');
      expect(await warnings()).toEqual([]);
      await database.query(
        `grant create on schema public to public;
       grant create on schema public to ${attacker.name};
       grant trigger, references on interviewer to ${attacker.name};
       grant references (id) on interviewer to public`,
      );
      const lines = await warnings();
      expect(lines).toEqual([
        expect.stringMatching(/^Roles may create functions in the schema public, and so run their code/),
        expect.stringMatching(
          /^Roles may put triggers on, or refer to, the table public.interviewer, and so run their code/,
        ),
        expect.stringMatching(
          /^Roles may put triggers on, or refer to, the table public.interviewer, and so run their code/,
        ),
      ]);
      const statements = lines.map((line) => line.replace(/^.*: /, ''));
      expect(statements).toEqual([
        `revoke create on schema public from ${attacker.name}, public;`,
        `revoke references, trigger on table public.interviewer from ${attacker.name};`,
        'revoke references (id) on table public.interviewer from public;',
      ]);
      for (const statement of statements) await database.query(statement);
      expect(await warnings()).toEqual([]);
    });

    test('[S108] are named together with what other roles left there, even after the right was revoked', async () => {
      await attack([
        trap('format(text, name)', 'text', `''`),
        trap('harmless(text)', 'text', `''`),
        operatorTrap('=', 'name', 'varchar'),
        trap('spring()', 'trigger', 'new'),
      ]);
      await database.query(
        `create trigger spring before update on interviewer for each row execute function public.spring();
       alter table interviewer enable always trigger spring;
       revoke create on schema public from public`,
      );
      const lines = await warnings();
      expect(lines.map((line) => line.replace(/^.*: /, ''))).toEqual([
        'drop function public.format(text,name);',
        'drop operator public.=(name,character varying);',
        'drop trigger spring on public.interviewer;',
      ]);
      for (const line of lines) expect(line).toContain(`can run code of the role ${attacker.name}`);
      for (const line of lines) await database.query(line.replace(/^.*: /, ''));
      expect(await warnings()).toEqual([]);
    });

    test.each([
      {
        part: 'the condition of a trigger',
        made: `create trigger quiet before update on interviewer for each row when (public.evil(new.name))
        execute function suppress_redundant_updates_trigger()`,
        ends: ['drop trigger quiet on public.interviewer;'],
      },
      {
        part: "a trigger with a name like this system's",
        made: `create trigger voice_agent_sync_x before update on interviewer for each row execute function public.spring()`,
        ends: ['drop trigger voice_agent_sync_x on public.interviewer;'],
      },
      {
        part: 'a trigger on a child table',
        made: `create table child () inherits (interviewer);
        create trigger spring before update on child for each row execute function public.spring()`,
        ends: ['drop trigger spring on public.child;'],
      },
      {
        part: "a column of the role's type, which may get a cast to json",
        made: `create type public.mood as enum ('glad');
        alter type public.mood owner to attacker;
        alter table interviewer add mood public.mood;
        create cast (public.mood as json) with inout`,
        ends: ['alter type public.mood owner to postgres;'],
      },
      {
        part: "a foreign key of the role's type",
        made: `create domain public.number as integer;
        alter domain public.number owner to attacker;
        create table public.interview (interviewer_id public.number references interviewer)`,
        ends: ['alter table public.interview drop constraint interview_interviewer_id_fkey;'],
      },
    ])('[S108] $part that runs code of another role is named with its removal', async ({ made, ends }) => {
      await attack([
        trap('evil(text)', 'boolean', 'false').replace('plpgsql', 'plpgsql immutable'),
        trap('evil_pair(text, text)', 'boolean', 'true'),
        trap('spring()', 'trigger', 'new'),
      ]);
      await database.query(`revoke create on schema public from public; ${made.replaceAll('attacker', attacker.name)}`);
      const lines = await warnings();
      expect(lines.map((line) => line.replace(/^.*: /, ''))).toEqual(ends);
      for (const line of lines) expect(line).toContain(`can run code of the role ${attacker.name}`);
      for (const line of lines) await database.query(line.replace(/^.*: /, ''));
      expect(await warnings()).toEqual([]);
    });

    test('[S108] do not include what only the owner can add to its table, or a foreign key of a built-in type', async () => {
      await attack([trap('evil(text)', 'boolean', 'false').replace('plpgsql', 'plpgsql immutable')]);
      await database.query(
        `revoke create on schema public from public;
       create policy own on interviewer using (public.evil(name));
       alter table interviewer add check (public.evil(name) is not null);
       alter table interviewer add flag boolean;
       alter table interviewer alter flag set default public.evil(null);
       create index own on interviewer (public.evil(name));
       create table public.interview (interviewer_id integer references interviewer);
       alter table public.interview owner to ${attacker.name}`,
      );
      expect(await warnings()).toEqual([]);
    });

    test('[S108] include a superuser who migrates the table of another role', async () => {
      await database.query(
        `revoke create on schema public from public; alter table interviewer owner to ${attacker.name}`,
      );
      expect(await warnings()).toEqual([expect.stringMatching(new RegExp(`Connect as ${attacker.name}\\.$`))]);
      await database.query('alter table interviewer owner to postgres');
    });
  });
});
