/** Triggers of the platform whose functions rely on the search path, in sessions with an empty one. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createDatabase, type Database } from '../../../shared/db/pool.ts';
import { fallenInto, setTraps, trap } from '../../security/traps.ts';
import { PLATFORM_COLUMNS, PLATFORM_VALUES } from '../../support/agents.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';

const INSERT = `insert into {interviewer} (agent_id, name, ${PLATFORM_COLUMNS}) values ($1, 'Bob', ${PLATFORM_VALUES})`;

let outside: TestDatabase;
let database: Database;

beforeEach(async () => {
  outside = await createTestDatabase();
  await outside.query(
    `create table public.change_log (agent_id text);
     create function public.note() returns trigger language plpgsql as $$
       begin
         insert into change_log values (new.agent_id);
         return new;
       end $$;
     create trigger note before insert on interviewer for each row execute function note()`,
  );
  const name = new URL(outside.url).pathname.slice(1);
  await outside.query(`alter database ${name} set search_path = pg_catalog, pg_temp`);
  database = createDatabase({
    connectionString: async () => outside.url,
    maxConnections: 1,
    applicationName: 'trigger-path',
  });
});
afterEach(async () => {
  await database.close();
  await outside.drop();
});

const logged = async () =>
  (await outside.query('select agent_id from public.change_log order by 1')).map(Object.values);

test('find the platform’s schema, in a transaction and in a statement on its own', async () => {
  await database.transaction((query) => query(INSERT, ['first']));
  await database.query(INSERT, ['second']);
  expect(await logged()).toEqual([['first'], ['second']]);
  expect(await database.query('show search_path')).toEqual([{ search_path: 'pg_catalog, public, pg_temp' }]);
});

test('fail while other roles may create in that schema, with what to do about it', async () => {
  await outside.query('grant create on schema public to public');
  await expect(database.query(INSERT, ['first'])).rejects.toMatchObject({
    status: 503,
    code: 'schema_mismatch',
    message: expect.stringMatching(
      /^A trigger of the platform fails: relation "change_log" does not exist \(PL\/pgSQL function public\.note\(\) line 3/,
    ),
    hint: expect.stringContaining('alter function ... set search_path'),
  });
  expect(await logged()).toEqual([]);
  await outside.query('alter function public.note() set search_path = public');
  await database.query(INSERT, ['first']);
  expect(await logged()).toEqual([['first']]);
});

test('[S107] fail while a function, type or table with a trigger of another role is left in that schema, of which none runs', async () => {
  const role = `left_${new URL(outside.url).pathname.slice(1)}`;
  await outside.query(`create role ${role}; grant create on schema public to ${role}`);
  try {
    await setTraps(outside.query, role, [
      trap('quote_ident(name)', 'text', `'x'`),
      trap('nameless(text, name)', 'text', `''`),
      'create type public.left_type as enum ()',
    ]);
    await outside.query(`revoke create on schema public from ${role}`);
    await expect(database.query(INSERT, ['first'])).rejects.toMatchObject({
      code: 'schema_mismatch',
      hint: expect.stringContaining('drop their functions'),
    });
    await outside.query('drop function public.quote_ident(name); drop function public.nameless(text, name)');
    await expect(database.query(INSERT, ['first'])).rejects.toMatchObject({ code: 'schema_mismatch' });
    await outside.query('drop type public.left_type');
    await outside.query(`create trigger trap before insert on public.loot for each row execute function note()`);
    await expect(database.query(INSERT, ['first'])).rejects.toMatchObject({ code: 'schema_mismatch' });
    // A plain table runs no code, whichever role owns it.
    await outside.query('drop trigger trap on public.loot');
    await database.query(INSERT, ['first']);
    expect(await logged()).toEqual([['first']]);
    expect(await fallenInto(outside.query)).toEqual([]);
  } finally {
    await outside.query(`drop owned by ${role}; drop role ${role}`);
  }
});

test('work while the owner of the table may create in that schema', async () => {
  const role = `owner_${new URL(outside.url).pathname.slice(1)}`;
  await outside.query(
    `create role ${role}; grant create on schema public to ${role}; alter table interviewer owner to ${role}`,
  );
  try {
    await database.query(INSERT, ['first']);
    expect(await logged()).toEqual([['first']]);
  } finally {
    await outside.query(`reassign owned by ${role} to postgres; drop owned by ${role}; drop role ${role}`);
  }
});
