/** The two roles of a deployed system's database, and their secrets, as RDS and Secrets Manager have them. */
import { randomUUID } from 'node:crypto';
import { makeServiceRole } from '../../shared/db/service-role.ts';
import { adminQuery, databaseUrl, type TestDatabase } from './postgres.ts';

export interface DeployedRoles {
  /** Owns the database and may create roles, but is not a superuser. */
  readonly owner: string;
  /** The role of the functions, created by Migrate if the database is not migrated. */
  readonly service: string;
  /** All passwords so far. */
  readonly passwords: readonly string[];
  /** Replaces the service's password in the database and in its secret. */
  rotate(): Promise<void>;
  /** Ends the connections, as a failover would. */
  dropConnections(): Promise<void>;
  /** Called after the database is dropped. */
  drop(): Promise<void>;
}

interface Secrets {
  /** Writes the content of the owner's or the service's secret. */
  readonly owner: (text: string) => void;
  readonly service: (text: string) => void;
}

export async function createDeployedRoles(
  database: TestDatabase,
  migrated: boolean,
  secrets: Secrets,
): Promise<DeployedRoles> {
  const mark = randomUUID().replaceAll('-', '');
  const { hostname: host, port, pathname } = new URL(database.url);
  const dbname = pathname.slice(1);
  const passwords: string[] = [];
  const service = `voice_agent_sync_${mark}`;
  const owner = `owner_${mark}`;

  function newPassword(): string {
    // A password that breaks a URL which does not escape it.
    const password = `p@ss/w:rd%?#${randomUUID()}`;
    passwords.push(password);
    return password;
  }
  const secretOf = (username: string, password: string) =>
    JSON.stringify({ engine: 'postgres', host, port: Number(port), username, password, dbname });

  const ownerPassword = newPassword();
  await adminQuery(`create role ${owner} login createrole password '${ownerPassword}'`);
  await adminQuery(`alter database ${dbname} owner to ${owner}`);
  secrets.owner(secretOf(owner, ownerPassword));
  const password = newPassword();
  secrets.service(secretOf(service, password));
  if (migrated) await makeServiceRole(database.url, async () => databaseUrl(dbname, { name: service, password }));

  return {
    owner,
    service,
    passwords,
    async rotate() {
      const replaced = newPassword();
      await adminQuery(`alter role ${service} password '${replaced}'`);
      secrets.service(secretOf(service, replaced));
    },
    async dropConnections() {
      await adminQuery('select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = $1', [service]);
    },
    async drop() {
      await adminQuery(`drop role if exists ${service}`);
      await adminQuery(`drop role ${owner}`);
    },
  };
}
