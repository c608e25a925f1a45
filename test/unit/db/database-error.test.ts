/** The messages of an unusable database, from a statement and from a migration. */
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { migrate } from '../../../shared/db/migrate.ts';
import { createDatabase } from '../../../shared/db/pool.ts';
import { AppError } from '../../../shared/errors.ts';
import { adminQuery, createTestDatabase, databaseUrl, type TestDatabase } from '../../support/postgres.ts';
import { refuseStartup } from '../../support/refuse-startup.ts';

let database: TestDatabase;
let name: string;
const ROLE = { name: 'refused_role', password: 'hidden' };

beforeAll(async () => {
  database = await createTestDatabase();
  name = new URL(database.url).pathname.slice(1);
  await adminQuery(`create role ${ROLE.name} login password 'hidden'`);
});
afterAll(async () => {
  await database.drop();
  await adminQuery(`drop role ${ROLE.name}`);
});

async function ask(url: string, sql = 'select 1'): Promise<unknown> {
  const asked = createDatabase({ connectionString: async () => url, maxConnections: 1, applicationName: 'refused' });
  try {
    return await asked.query(sql);
  } finally {
    await asked.close();
  }
}

interface Message {
  readonly message: string;
  readonly hint: string;
}

async function messageOf(use: (url: string) => Promise<unknown>, url: string): Promise<Message> {
  const error: unknown = await use(url).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ status: 503, code: 'database_unavailable' });
  if (!(error instanceof AppError)) throw error;
  const { message, hint } = error;
  expect(`${message} ${hint}`).not.toMatch(/hidden|\n/);
  return { message, hint };
}

/** A port at which nothing listens. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return typeof address === 'object' && address !== null ? address.port : 0;
}

describe.each([
  ['a statement', (url: string) => ask(url)],
  ['a migration', (url: string) => migrate(url)],
] as const)('%s', (_, use) => {
  test("[F10] a refused password is reported with the server's message, user, database, host and port", async () => {
    const url = databaseUrl(name, { ...ROLE, password: 'hidden, and wrong' });
    const { port } = new URL(url);
    expect(await messageOf(use, url)).toEqual({
      message: `The database refuses the connection (user refused_role, database ${name} at 127.0.0.1:${port}): password authentication failed for user "refused_role" (28P01).`,
      hint: 'Check the user and the password in DATABASE_URL (on AWS: the database secret).',
    });
  });

  test("a database that does not exist is reported with the server's message", async () => {
    expect(await messageOf(use, databaseUrl('no_such_database', ROLE))).toEqual({
      message: expect.stringMatching(
        /^The database refuses the connection \(user refused_role, database no_such_database at .*\): database "no_such_database" does not exist \(3D000\)\.$/,
      ),
      hint: "Name the platform's database in DATABASE_URL (on AWS: the database secret), after the host.",
    });
  });

  test("a role that may not log in is reported with the server's message", async () => {
    await adminQuery(`alter role ${ROLE.name} nologin`);
    const { message, hint } = await messageOf(use, databaseUrl(name, ROLE));
    await adminQuery(`alter role ${ROLE.name} login`);
    expect(message).toMatch(/: role "refused_role" is not permitted to log in \(28000\)\.$/);
    expect(hint).toMatch(/^Check the user in DATABASE_URL/);
  });

  test('a server without a free connection is reported with its message', async () => {
    await adminQuery(`alter role ${ROLE.name} connection limit 0`);
    const { message, hint } = await messageOf(use, databaseUrl(name, ROLE));
    await adminQuery(`alter role ${ROLE.name} connection limit -1`);
    expect(message).toMatch(/: too many connections for role "refused_role" \(53300\)\.$/);
    expect(hint).toMatch(/or name a pooler in DATABASE_URL/);
  });

  test('[F10] a port at which nothing listens is reported with its number', async () => {
    const port = await freePort();
    expect(await messageOf(use, `postgres://${ROLE.name}:hidden@127.0.0.1:${port}/${name}`)).toEqual({
      message: `The database cannot be reached (user refused_role, database ${name} at 127.0.0.1:${port}): nothing listens there (ECONNREFUSED).`,
      hint: 'Check DATABASE_URL (on AWS: the database secret), and that its database is running.',
    });
  });

  test('a host or socket that does not exist is reported by its name', async () => {
    const host = await messageOf(use, 'postgres://refused_role:hidden@nowhere.invalid:5432/app');
    expect(host.message).toMatch(
      /^The database cannot be reached \(user refused_role, database app at nowhere\.invalid:5432\): (there is no host of that name \(ENOTFOUND\)|the name of the host cannot be looked up \(EAI_AGAIN\))\.$/,
    );
    expect(host.hint).toBe('Check the host in DATABASE_URL (on AWS: the database secret).');
    const socket = await messageOf(use, 'postgres://refused_role:hidden@/app?host=/no/such/folder&port=5433');
    expect(socket.message).toBe(
      'The database cannot be reached (user refused_role, database app at the socket /no/such/folder/.s.PGSQL.5433): there is no such socket (ENOENT).',
    );
  });

  test('[F5] a pooler that refuses a search path in options is reported with what to do instead', async () => {
    const pooler = await refuseStartup(databaseUrl(name, ROLE), (startup) =>
      startup.includes('options\0') ? { code: '08P01', message: 'unsupported startup parameter: options' } : null,
    );
    const { message, hint } = await messageOf(use, `${pooler.url}?options=-c%20search_path%3Dfoloup`);
    await pooler.close();
    expect(message).toMatch(/: unsupported startup parameter: options \(08P01\)\.$/);
    expect(hint).toMatch(/^The pooler takes no options: leave them out of .*schema=\.\.\. names a schema without them/);
  });

  test('a database that the pooler does not know leads to the name in DATABASE_URL, as one that Postgres does not have', async () => {
    const refusal = { code: '08P01', message: 'no such database: other' };
    const pooler = await refuseStartup(databaseUrl(name, ROLE), () => refusal);
    const { message, hint } = await messageOf(use, pooler.url);
    await pooler.close();
    expect(message).toMatch(/: no such database: other \(08P01\)\.$/);
    expect(hint).toMatch(/^Name the platform's database in DATABASE_URL/);
  });
});

describe('a statement that Postgres refuses', () => {
  const asRole = (sql: string) => ask(databaseUrl(name, ROLE), sql);

  test("a missing right and a missing table are reported with the server's message", async () => {
    await expect(asRole('select from public.interviewer')).rejects.toMatchObject({
      code: 'database_permission',
      message: 'The database role may not do this: permission denied for table interviewer (42501).',
    });
    await expect(asRole('select from no_such_table')).rejects.toMatchObject({
      code: 'schema_mismatch',
      message: expect.stringMatching(/: relation "no_such_table" does not exist \(42P01\)\.$/),
    });
  });

  test('a statement that timed out is reported with its server and database', async () => {
    await expect(asRole(`set statement_timeout = 1; select pg_sleep(1)`)).rejects.toMatchObject({
      code: 'database_unavailable',
      message: expect.stringMatching(
        /^The database cannot be used now \(user refused_role, database \w+ at 127\.0\.0\.1:\d+\): canceling statement due to statement timeout \(57014\)\.$/,
      ),
    });
  });
});
