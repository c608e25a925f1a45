/** Signing in to RDS with IAM tokens in place of a password. */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type RdsUser, signToken } from '../../../shared/aws/rds-token.ts';
import { parseConfig } from '../../../shared/config.ts';
import { createDatabase, type Database } from '../../../shared/db/pool.ts';
import { adminQuery, createTestDatabase, type TestDatabase } from '../../support/postgres.ts';

const VARIABLES = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_REGION'] as const;

describe('a token', () => {
  const before = VARIABLES.map((name) => [name, process.env[name]] as const);
  beforeEach(() => {
    Object.assign(process.env, {
      AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_SESSION_TOKEN: 'session',
      AWS_REGION: 'eu-central-1',
    });
  });
  afterEach(() => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });

  test('is signed for one host, port and role by the credentials of the environment, for fifteen minutes', async () => {
    const token = await signToken({ hostname: 'db.example', port: 15_432, username: 'voice_agent_sync_service' });
    const url = new URL(`https://${token}`);
    expect(url.host).toBe('db.example:15432');
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      Action: 'connect',
      DBUser: 'voice_agent_sync_service',
      'X-Amz-Expires': '900',
      'X-Amz-Credential': expect.stringMatching(/^AKIDEXAMPLE\/\d{8}\/eu-central-1\/rds-db\/aws4_request$/),
      'X-Amz-Security-Token': 'session',
    });
  });
});

describe('a pool whose password is a function', () => {
  let target: TestDatabase;
  let database: Database;
  const role = `token_${randomUUID().replaceAll('-', '')}`;
  const asked: RdsUser[] = [];
  let token = 'token-1';

  beforeEach(async () => {
    target = await createTestDatabase();
    await adminQuery(`create role ${role} login password 'token-1'`);
    const url = Object.assign(new URL(target.url), { username: role, password: '' });
    database = createDatabase({
      connectionString: async () => url.href,
      // A stand-in for the signer: only its last token is accepted as the password.
      password: async (user) => {
        asked.push(user);
        return token;
      },
      maxConnections: 1,
      applicationName: 'test',
    });
  });
  afterEach(async () => {
    await database.close();
    await target.drop();
    await adminQuery(`drop role ${role}`);
  });

  test('requests one token for each new connection', async () => {
    const user = async () => (await database.query<{ current_user: string }>('select current_user'))[0]?.current_user;
    expect(await user()).toBe(role);
    expect(await user()).toBe(role);
    expect(asked).toHaveLength(1);
    token = 'token-2';
    await adminQuery(`alter role ${role} password 'token-2'`);
    await adminQuery('select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = $1', [role]);
    expect(await user()).toBe(role);
    const { hostname, port } = new URL(target.url);
    const once = { hostname, port: Number(port), username: role };
    expect(asked).toEqual([once, once]);
  });
});

test('the role of a deployment connects without a secret', () => {
  const config = parseConfig({
    DATABASE_HOST: 'db.example',
    DATABASE_PORT: '15432',
    DATABASE_NAME: 'voice_agent_sync',
    DATABASE_IAM_USER: 'voice_agent_sync_service',
    RETELL_API_KEY_SECRET_ARN: 'arn:x',
    AWS_LAMBDA_FUNCTION_NAME: 'sync',
  });
  expect(config.databaseIamUser).toBe('voice_agent_sync_service');
  expect(config.database).toEqual({
    kind: 'value',
    value: 'postgres://voice_agent_sync_service:@/voice_agent_sync?host=db.example&port=15432',
  });
});
