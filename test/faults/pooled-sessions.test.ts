/** A real PgBouncer: it refuses or drops start-up parameters, and notices new passwords late. */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { migrate } from '../../shared/db/migrate.ts';
import { createDatabase, type Database } from '../../shared/db/pool.ts';
import { makeServiceRole } from '../../shared/db/service-role.ts';
import { describeWithPgBouncer, type PgBouncer, type PgBouncerOptions, startPgBouncer } from '../support/pgbouncer.ts';
import { adminQuery, createTestDatabase, databaseUrl, type TestDatabase } from '../support/postgres.ts';

const LIMITS = `select current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock,
  current_setting('idle_in_transaction_session_timeout') as idle`;
const IN_FORCE = [{ statement: '1min', lock: '30s', idle: '30s' }];

describeWithPgBouncer('behind PgBouncer', () => {
  let pooler: PgBouncer | undefined;
  let database: TestDatabase;
  let service: { name: string; password: string };
  let pooled: Database | undefined;

  beforeEach(async () => {
    database = await createTestDatabase();
    service = { name: `voice_agent_sync_${randomUUID().replaceAll('-', '')}`, password: 'first' };
    await makeServiceRole(database.url, async () => urlOf(service));
  });
  afterEach(async () => {
    await pooled?.close();
    await pooler?.stop();
    await database.drop();
    await adminQuery(`drop role ${service.name}`);
    pooled = undefined;
    pooler = undefined;
  });

  const urlOf = (role: { name: string; password: string }) =>
    databaseUrl(new URL(database.url).pathname.slice(1), role);

  async function connect(
    options: PgBouncerOptions,
    url: () => string,
    refresh?: () => Promise<void>,
  ): Promise<Database> {
    const started = await startPgBouncer(options);
    pooler = started;
    pooled = createDatabase({
      connectionString: async () => started.through(url()),
      maxConnections: 2,
      applicationName: 'pooled',
      ...(refresh === undefined ? {} : { refresh }),
    });
    return pooled;
  }

  test("[P2] the service's role gets its limits from Postgres, so that a statement is sent on its own", async () => {
    const service_database = await connect({ mode: 'transaction' }, () => urlOf(service));
    expect(await service_database.query(LIMITS)).toEqual(IN_FORCE);
    expect(service_database.statements()).toBe(1);
  });

  test.each([
    ['refuses', {}],
    ['drops', { ignore_startup_parameters: 'options,extra_float_digits' }],
  ])(
    '[P2] another role gets them with every transaction when the pooler %s start-up parameters',
    async (_, settings) => {
      const database_of_owner = await connect({ mode: 'transaction', settings }, () => database.url);
      expect(await database_of_owner.query(LIMITS)).toEqual(IN_FORCE);
      expect(await database_of_owner.transaction((query) => query(LIMITS))).toEqual(IN_FORCE);
      expect(database_of_owner.statements()).toBe(6);
      const rows = await database.query('select 1 from pg_stat_activity where datname = current_database()');
      expect(rows.length).toBeGreaterThan(1);
    },
  );

  test.each(['transaction', 'session'] as const)(
    '[P3] a rotated password is fetched again in %s mode',
    async (mode) => {
      let given = service;
      const service_database = await connect(
        { mode, settings: { server_login_retry: 1 } },
        () => urlOf(given),
        async () => {
          given = service;
        },
      );
      expect(await service_database.query('select 1 as one')).toEqual([{ one: 1 }]);
      service = { ...service, password: 'second' };
      await adminQuery(`alter role ${service.name} password 'second'`);
      await adminQuery('select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = $1', [
        service.name,
      ]);
      // For connected clients the pooler silently retries the old password; it refuses new clients.
      const tryForASecond = async () => {
        const ends = performance.now() + 1_000;
        const limited = service_database.within(() => ends - performance.now());
        return await limited.query<{ one: number }>('select 1 as one').catch(() => []);
      };
      while ((await tryForASecond()).length === 0);
      expect(given).toBe(service);
    },
  );

  test("[P7] in statement mode, migrations and transactions fail with the pooler's own message", async () => {
    const words = 'transaction blocks not allowed in statement pooling mode';
    const other = await connect({ mode: 'statement' }, () => database.url);
    const failures = [
      await other.transaction((query) => query('select 1')).catch((error: unknown) => error),
      await migrate(pooler?.through(database.url) ?? '').catch((error: unknown) => error),
    ];
    for (const failure of failures) {
      expect(failure).toMatchObject({ status: 503, code: 'database_unavailable', cause: { message: words } });
    }
  });
});
