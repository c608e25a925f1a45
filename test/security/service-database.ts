import { randomUUID } from 'node:crypto';
import { makeServiceRole } from '../../shared/db/service-role.ts';
import { adminQuery, createTestDatabase, databaseUrl, type TestDatabase } from '../support/postgres.ts';

export interface ServiceDatabase extends TestDatabase {
  readonly role: string;
  /** The connection string of that role. */
  readonly serviceUrl: string;
  /** What a deployment does after the migrations. */
  makeRole(): Promise<void>;
}

/** A platform's database, with or without tables that refer to interviewers, and the service's role. */
export async function createServiceDatabase(rowSecurity: 'enabled' | 'disabled' = 'enabled'): Promise<ServiceDatabase> {
  const database = await createTestDatabase();
  const role = `voice_agent_sync_${randomUUID().replaceAll('-', '')}`;
  const serviceUrl = databaseUrl(new URL(database.url).pathname.slice(1), { name: role, password: 'service-password' });
  const makeRole = () => makeServiceRole(database.url, async () => serviceUrl);
  await database.query(
    'create table interview (id serial primary key, interviewer_id integer references interviewer, secret text)',
  );
  await database.query('create table invoice (id serial primary key, amount integer)');
  if (rowSecurity === 'enabled') await database.query('alter table interviewer enable row level security');
  await makeRole();
  return {
    ...database,
    role,
    serviceUrl,
    makeRole,
    async drop() {
      await database.drop();
      await adminQuery(`drop role ${role}`);
    },
  };
}
