import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { makeIamServiceRole } from '../../../shared/db/iam-service-role.ts';
import { adminQuery, createTestDatabase, type TestDatabase } from '../../support/postgres.ts';

let database: TestDatabase;
let role: string;
beforeEach(async () => {
  database = await createTestDatabase();
  role = `voice_agent_sync_${randomUUID().replaceAll('-', '')}`;
});
afterEach(async () => {
  await database.drop();
  await adminQuery(`drop role if exists ${role}`);
  await adminQuery('drop role if exists rds_iam');
});

describe('the role that signs in with IAM tokens', () => {
  test('has the rights of the service and of rds_iam, and no password', async () => {
    await adminQuery('create role rds_iam');
    await makeIamServiceRole(database.url, role);
    await makeIamServiceRole(database.url, role);
    const [found] = await adminQuery(
      `select rolcanlogin, rolpassword is null as no_password, pg_has_role(rolname, 'rds_iam', 'member') as iam
       from pg_authid where rolname = $1`,
      [role],
    );
    expect(found).toEqual({ rolcanlogin: true, no_password: true, iam: true });
    const [rights] = await database.query(
      `select has_table_privilege($1, 'interviewer', 'insert') as write, has_table_privilege($1, 'interviewer', 'trigger') as own`,
      [role],
    );
    expect(rights).toEqual({ write: true, own: false });
  });

  test("is refused on a server other than RDS, with the server's message", async () => {
    await expect(makeIamServiceRole(database.url, role)).rejects.toMatchObject({
      code: 'migration_failed',
      message: expect.stringMatching(/could not be allowed to sign in with IAM: role "rds_iam" does not exist\./),
    });
  });

  test('may not be a role of the platform', async () => {
    await expect(makeIamServiceRole(database.url, 'postgres')).rejects.toMatchObject({
      code: 'service_secret_invalid',
    });
  });
});
