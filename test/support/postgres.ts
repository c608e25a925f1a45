import { randomUUID } from 'node:crypto';
import { Pool, type QueryResultRow } from 'pg';
import type { Query } from '../../shared/db/pool.ts';

export interface TestDatabase {
  /** Connects as a superuser. */
  readonly url: string;
  /** Queries the database past the code under test. */
  readonly query: Query;
  /** Ends every connection to it and removes it. */
  drop(): Promise<void>;
}

/** Opened by the first statement, and kept: a connection costs as much as a statement. */
let admin: Pool | undefined;

/** A new database: a clone of the migrated one, or with `migrated: false` an empty one. */
export async function createTestDatabase({ migrated = true } = {}): Promise<TestDatabase> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  // To copy the files takes half of the time of writing every page to the log.
  await adminQuery(`create database ${name} template ${migrated ? 'migrated' : 'template0'} strategy file_copy`);
  const url = databaseUrl(name);
  const pool = new Pool({ connectionString: url, max: 2, allowExitOnIdle: true });
  pool.on('error', () => {});
  return {
    url,
    query: async <Row extends QueryResultRow>(text: string, values: readonly unknown[] = []) =>
      (await pool.query<Row>(text, [...values])).rows,
    drop: async () => {
      await pool.end();
      await adminQuery(`drop database ${name} with (force)`);
    },
  };
}

/** Executes one statement as the superuser, outside the tests' databases. */
export async function adminQuery<Row extends QueryResultRow>(text: string, values: readonly unknown[] = []) {
  admin ??= openAdmin();
  return (await admin.query<Row>(text, [...values])).rows;
}

function openAdmin(): Pool {
  const pool = new Pool({ connectionString: databaseUrl('postgres'), max: 1, allowExitOnIdle: true });
  // Where all files run in one process, the cluster stops before this connection is closed.
  pool.on('error', () => {});
  return pool;
}

/** Ends the connections with this application name, as a failover does, and returns their number. */
export async function terminateBackends(applicationName: string): Promise<number> {
  const rows = await adminQuery(
    'select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = $1',
    [applicationName],
  );
  return rows.length;
}

/** The URL of a database of the cluster, for the superuser or another role. */
export function databaseUrl(database: string, role?: { name: string; password: string }): string {
  const url = new URL(process.env['TEST_POSTGRES_URL'] ?? '');
  url.pathname = `/${database}`;
  if (role !== undefined) Object.assign(url, { username: role.name, password: encodeURIComponent(role.password) });
  return url.href;
}
