/** The first start on a database: which table is used as the platform's, and the message if no table can be used. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { migrate, type TableInUse } from '../../../shared/db/migrate.ts';
import { AppError } from '../../../shared/errors.ts';
import { adminQuery, createTestDatabase, databaseUrl, type TestDatabase } from '../../support/postgres.ts';
import { startPostgresProxy } from '../../support/postgres-proxy.ts';

let database: TestDatabase;
let name: string;

beforeEach(async () => {
  database = await createTestDatabase({ migrated: false });
  name = new URL(database.url).pathname.slice(1);
});
afterEach(() => database.drop());

const COLUMNS = `id serial primary key, agent_id text, name text not null, description text, image text, audio text,
  empathy integer, exploration integer, rapport integer, speed integer`;
/** As Prisma creates it without @map. */
const CAMEL_COLUMNS = COLUMNS.replace('agent_id', '"agentId"');

const url = (search = '') => `${database.url}${search}`;

/** The table that the migrations report. */
async function tableOf(connection: string, { createTable = false } = {}): Promise<TableInUse | undefined> {
  const tables: TableInUse[] = [];
  await migrate(connection, { createTable, onTable: (table) => tables.push(table) });
  return tables[0];
}

/** The message; checks that nothing was created. */
async function refusal(connection: string, { createTable = true } = {}): Promise<string> {
  const before = await tables();
  const error: unknown = await migrate(connection, { createTable }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ status: 503, code: 'interviewer_table_refused' });
  expect(await tables()).toEqual(before);
  if (!(error instanceof AppError)) throw error;
  const { message, hint } = error;
  expect(`${message} ${hint}`).not.toContain('\n');
  return `${message} ${hint}`;
}

const tables = () =>
  database.query(
    `select schemaname, tablename from pg_tables where schemaname not in ('pg_catalog', 'information_schema') order by 1, 2`,
  );

describe('without the table', () => {
  test('[F4] the table is created only when the settings allow it, and reported as created', async () => {
    expect(await refusal(url(), { createTable: false })).toMatch(
      new RegExp(
        `^The database ${name} has no table interviewer in any schema \\(user postgres, database ${name} at 127\\.0\\.0\\.1:\\d+\\)\\. ` +
          "Name the platform's database in DATABASE_URL .* The server also has: .*CREATE_INTERVIEWER_TABLE=true\\.$",
      ),
    );
    expect(await tableOf(url(), { createTable: true })).toEqual({
      database: name,
      schema: 'public',
      table: 'interviewer',
      role: 'postgres',
      created: true,
      others: [],
    });
    expect(await tableOf(url())).toMatchObject({ created: false });
  });

  test('the table is created in the schema that the connection string names', async () => {
    await database.query('create schema foloup');
    expect(await tableOf(url('?schema=foloup'), { createTable: true })).toMatchObject({
      schema: 'foloup',
      created: true,
    });
    expect(await database.query(`select to_regclass('public.interviewer') as found`)).toEqual([{ found: null }]);
  });

  test('a table that was adopted and dropped is not created again', async () => {
    await migrate(url(), { createTable: true });
    await database.query('drop table interviewer cascade');
    expect(await refusal(url())).toMatch(
      /which the migrations had taken over, is no longer in the database .*Restore it/,
    );
  });
});

describe('with a table in another schema', () => {
  beforeEach(() => database.query(`create schema foloup; create table foloup.interviewer (${COLUMNS})`));

  test('[F1] a table in another schema is refused with its name and the ways to it', async () => {
    expect(await refusal(url())).toMatch(
      /^The connection leads to no table interviewer \(its schema is public\), but there is foloup\.interviewer .*\?schema=foloup.*DATABASE_SCHEMA=foloup.*search_path of the role postgres\.$/,
    );
  });

  test.each([
    ['schema', '?schema=foloup'],
    ['options', '?options=-c%20search_path%3Dfoloup,public'],
  ])('[F1] a table in another schema is used when %s names the schema', async (_, search) => {
    expect(await tableOf(url(search))).toMatchObject({ schema: 'foloup', created: false, others: [] });
    expect(await tableOf(url(search))).toMatchObject({ schema: 'foloup', created: false });
    expect(await database.query(`select to_regclass('public.interviewer') as found`)).toEqual([{ found: null }]);
  });

  test('a table in another schema is named when the connection string names an empty or a missing one', async () => {
    await database.query('create schema other');
    expect(await refusal(url('?schema=other'))).toMatch(/its schema is other\), but there is foloup\.interviewer/);
    expect(await refusal(url('?schema=folloup'))).toMatch(
      /^There is no schema folloup in the database .* There is foloup\.interviewer/,
    );
  });

  test('a table in a schema that the role may not use is refused with the grant that is missing', async () => {
    const role = { name: `guest_${name}`, password: 'guest' };
    await adminQuery(`create role ${role.name} login password 'guest'`);
    try {
      const guest = databaseUrl(name, role);
      expect(await refusal(guest)).toContain(`run: grant usage on schema foloup to ${role.name}.`);
      expect(await refusal(`${guest}?schema=foloup`)).toMatch(/^The role guest_\w+ may not use the schema foloup /);
    } finally {
      await adminQuery(`drop role ${role.name}`);
    }
  });
});

describe('with another spelling', () => {
  test.each([
    ['"Interviewer"', CAMEL_COLUMNS, 'public."Interviewer"'],
    ['interviewers', COLUMNS, 'public.interviewers'],
    ['"INTERVIEWERS"', COLUMNS, 'public."INTERVIEWERS"'],
  ])('[F2] a table called %s is refused with the reason and what to do', async (table, columns, shown) => {
    await database.query(`create table ${table} (${columns})`);
    const said = await refusal(url());
    expect(said).toContain(`but there is ${shown} (`);
    expect(said).toMatch(
      /Only a table that is called interviewer, .* rename it .*@@map\("interviewer"\).* A view would not do, because/,
    );
  });

  test('[F2] a table with camelCase columns is refused with their names', async () => {
    await database.query(`create table interviewer (${CAMEL_COLUMNS})`);
    expect(await refusal(url())).toMatch(
      /^public\.interviewer has no column agent_id \(it has "agentId"\) .*@map\("agent_id"\).* A view would not do/,
    );
  });

  test('a table with other columns is refused with the missing ones', async () => {
    await database.query('create table interviewer (id integer primary key, email text)');
    expect(await refusal(url())).toMatch(/^public\.interviewer has no column agent_id, name, description, /);
  });

  test('[F2] a table with types that a sync cannot write is refused with its columns', async () => {
    const columns = COLUMNS.replace('agent_id text', 'agent_id uuid').replace('empathy integer', 'empathy jsonb');
    await database.query(`create table interviewer (${columns})`);
    expect(await refusal(url())).toMatch(
      /^public\.interviewer has columns of types that a sync cannot write: agent_id uuid, empathy jsonb .* need text or varchar/,
    );
    await database.query(
      `alter table interviewer alter agent_id type varchar(40) using null, alter empathy type text using null,
       alter rapport type numeric(3, 1)`,
    );
    expect(await tableOf(url())).toMatchObject({ created: false });
  });

  test('[F2] a table with rules is refused with the names of the rules', async () => {
    await database.query(`create table interviewer (${COLUMNS});
      create rule "Copy" as on insert to interviewer do also select 1`);
    expect(await refusal(url())).toMatch(
      /^public\.interviewer has rules \("Copy"\), .* drop rule "Copy" on public\.interviewer\.$/,
    );
    await database.query('drop rule "Copy" on interviewer');
    expect(await tableOf(url())).toMatchObject({ created: false });
  });

  test('[F2] a view is refused with its possible base table', async () => {
    await database.query(
      `create schema app; create table app.interviewer (${COLUMNS}); create view interviewer as select * from app.interviewer`,
    );
    expect(await refusal(url())).toMatch(
      /^public\.interviewer is a view, which cannot hold .* There is app\.interviewer: name its schema\.$/,
    );
    expect(await tableOf(url('?schema=app'))).toMatchObject({ schema: 'app', others: ['public.interviewer'] });
  });
});

describe('with several tables', () => {
  beforeEach(() =>
    database.query(
      `create schema app; create table app.interviewer (${COLUMNS}); create table interviewer (${COLUMNS});
       create table app.interviewers as table app.interviewer`,
    ),
  );

  test('[F3] several tables are refused until the connection string names a schema', async () => {
    expect(await refusal(url())).toMatch(
      /^There are several tables that may be the platform's: public\.interviewer, app\.interviewer .*\?schema=public/,
    );
    const others = ['app.interviewer', 'app.interviewers'];
    expect(await tableOf(url('?schema=public'))).toMatchObject({ schema: 'public', others });
    // After that, the table is known.
    expect(await tableOf(url())).toMatchObject({ schema: 'public', others });
  });

  test('[F3] a second table is refused in a database whose first one is adopted', async () => {
    await migrate(url('?schema=app'));
    expect(await refusal(url('?schema=public'))).toMatch(
      /^This system keeps app\.interviewer of this database in sync, and the connection leads to public\.interviewer /,
    );
    expect(await tableOf(url('?schema=app'))).toMatchObject({ schema: 'app' });
  });
});

test('[F3] a copy without a primary key, such as a backup, is reported and not used', async () => {
  await database.query(
    `create table interviewer (${COLUMNS}); create schema before_sync; create table before_sync.interviewer as table interviewer`,
  );
  expect(await tableOf(url())).toMatchObject({ schema: 'public', others: ['before_sync.interviewer'] });
});

describe('behind a pooler that drops start-up parameters without an error', () => {
  let pooler: Awaited<ReturnType<typeof dropOptions>>;
  beforeEach(async () => {
    await database.query(
      `create schema foloup; create table foloup.interviewer (${COLUMNS}); create table interviewer (${COLUMNS})`,
    );
    pooler = await dropOptions(database.url);
  });
  afterEach(() => pooler.close());

  test('[F5] a search path that options ask for is refused, with the way to name the schema', async () => {
    expect(await refusal(`${pooler.url}?options=-c%20search_path%3Dfoloup`)).toMatch(
      /^A pooler dropped the schema foloup from the connection, and the search_path is .* \?schema=foloup or DATABASE_SCHEMA, /,
    );
  });

  test('[F5] a schema that ?schema names is used, and the dropped path does not matter once the schema is noted', async () => {
    expect(await tableOf(`${pooler.url}?schema=foloup`)).toMatchObject({ schema: 'foloup' });
    expect(await tableOf(`${pooler.url}?schema=foloup`)).toMatchObject({ schema: 'foloup' });
    expect(await refusal(pooler.url)).toMatch(/^This system keeps foloup\.interviewer of this database in sync/);
    await database.query('drop table public.interviewer');
    expect(await tableOf(`${pooler.url}?options=-c%20search_path%3Dfoloup`)).toMatchObject({ schema: 'foloup' });
  });
});

/** As PgBouncer does with `ignore_startup_parameters = options`. */
function dropOptions(target: string) {
  return startPostgresProxy(target, (client, server) => {
    client.once('data', (startup) => {
      const fields = startup.subarray(8).toString('latin1').split('\0');
      const at = fields.indexOf('options');
      if (at !== -1) fields.splice(at, 2);
      const body = Buffer.from(fields.join('\0'), 'latin1');
      const header = Buffer.alloc(8);
      header.writeInt32BE(body.length + 8, 0);
      startup.copy(header, 4, 4, 8);
      server.write(Buffer.concat([header, body]));
      client.pipe(server).pipe(client);
    });
  });
}
