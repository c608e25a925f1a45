/** What a person reads when the database cannot be used, by each way to it: a statement and a migration. */
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { migrate } from '../../../shared/db/migrate.ts';
import { createDatabase } from '../../../shared/db/pool.ts';
import { AppError } from '../../../shared/errors.ts';
import { adminQuery, createTestDatabase, databaseUrl, type TestDatabase } from '../../support/postgres.ts';
import { refuseStartupParameter } from '../../support/refuse-startup-parameter.ts';

let database: TestDatabase;
let name: string;
const ROLE = { name: 'told_role', password: 'hidden' };

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
  const asked = createDatabase({ connectionString: async () => url, maxConnections: 1, applicationName: 'told' });
  try {
    return await asked.query(sql);
  } finally {
    await asked.close();
  }
}

interface Told {
  readonly message: string;
  readonly hint: string;
}

async function told(use: (url: string) => Promise<unknown>, url: string): Promise<Told> {
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
  test('shows the sentence of a server that refuses the password, and where', async () => {
    const url = databaseUrl(name, { ...ROLE, password: 'hidden, and wrong' });
    const { port } = new URL(url);
    expect(await told(use, url)).toEqual({
      message: `The database refuses the connection (user told_role, database ${name} at 127.0.0.1:${port}): password authentication failed for user "told_role" (28P01).`,
      hint: 'Check the user and the password in DATABASE_URL (on AWS: the database secret).',
    });
  });

  test('shows the sentence of a server that has no such database', async () => {
    expect(await told(use, databaseUrl('no_such_database', ROLE))).toEqual({
      message: expect.stringMatching(
        /^The database refuses the connection \(user told_role, database no_such_database at .*\): database "no_such_database" does not exist \(3D000\)\.$/,
      ),
      hint: "Name the platform's database in DATABASE_URL (on AWS: the database secret), after the host.",
    });
  });

  test('shows the sentence of a server that lets the role not in', async () => {
    await adminQuery(`alter role ${ROLE.name} nologin`);
    const { message, hint } = await told(use, databaseUrl(name, ROLE));
    await adminQuery(`alter role ${ROLE.name} login`);
    expect(message).toMatch(/: role "told_role" is not permitted to log in \(28000\)\.$/);
    expect(hint).toMatch(/^Check the user in DATABASE_URL/);
  });

  test('shows the sentence of a server that has no connection left', async () => {
    await adminQuery(`alter role ${ROLE.name} connection limit 0`);
    const { message, hint } = await told(use, databaseUrl(name, ROLE));
    await adminQuery(`alter role ${ROLE.name} connection limit -1`);
    expect(message).toMatch(/: too many connections for role "told_role" \(53300\)\.$/);
    expect(hint).toMatch(/or name a pooler in DATABASE_URL/);
  });

  test('says that nothing listens at a port', async () => {
    const port = await freePort();
    expect(await told(use, `postgres://${ROLE.name}:hidden@127.0.0.1:${port}/${name}`)).toEqual({
      message: `The database cannot be reached (user told_role, database ${name} at 127.0.0.1:${port}): nothing listens there (ECONNREFUSED).`,
      hint: 'Check DATABASE_URL (on AWS: the database secret), and that its database is running.',
    });
  });

  test('says that there is no host of a name, or no socket', async () => {
    const host = await told(use, 'postgres://told_role:hidden@nowhere.invalid:5432/app');
    expect(host.message).toMatch(
      /^The database cannot be reached \(user told_role, database app at nowhere\.invalid:5432\): (there is no host of that name \(ENOTFOUND\)|the name of the host cannot be looked up \(EAI_AGAIN\))\.$/,
    );
    expect(host.hint).toBe('Check the host in DATABASE_URL (on AWS: the database secret).');
    const socket = await told(use, 'postgres://told_role:hidden@/app?host=/no/such/folder&port=5433');
    expect(socket.message).toBe(
      'The database cannot be reached (user told_role, database app at the socket /no/such/folder/.s.PGSQL.5433): there is no such socket (ENOENT).',
    );
  });

  test('says what a pooler that takes no search_path is to be given instead', async () => {
    const pooler = await refuseStartupParameter('options', databaseUrl(name, ROLE));
    const { message, hint } = await told(use, `${pooler.url}?schema=foloup`);
    await pooler.close();
    expect(message).toMatch(/: unsupported startup parameter: options \(08P01\)\.$/);
    expect(hint).toMatch(
      /^The pooler takes no search_path: give the role one \(alter role \.\.\. set search_path = \.\.\.\)/,
    );
  });
});

describe('a statement that Postgres refuses', () => {
  const asRole = (sql: string) => ask(databaseUrl(name, ROLE), sql);

  test('is shown in its words: a right that is missing, a table that is missing', async () => {
    await expect(asRole('select from interviewer')).rejects.toMatchObject({
      code: 'database_permission',
      message: 'The database role may not do this: permission denied for table interviewer (42501).',
    });
    await expect(asRole('select from no_such_table')).rejects.toMatchObject({
      code: 'schema_mismatch',
      message: expect.stringMatching(/: relation "no_such_table" does not exist \(42P01\)\.$/),
    });
  });

  test('for want of time is shown with where that was', async () => {
    await expect(asRole(`set statement_timeout = 1; select pg_sleep(1)`)).rejects.toMatchObject({
      code: 'database_unavailable',
      message: expect.stringMatching(
        /^The database cannot be used now \(user told_role, database \w+ at 127\.0\.0\.1:\d+\): canceling statement due to statement timeout \(57014\)\.$/,
      ),
    });
  });
});
