/** Migrations in a deployment: the built function, invoked as by CloudFormation, and the other functions after it. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import * as v from 'valibot';
import { ENVIRONMENT } from '../../shared/contract.ts';
import { type CloudFormation, startCloudFormation } from '../support/cloudformation.ts';
import { AUDIT, CLEANUP, type DeployedSystem, HEALTH, SYNC, startDeployedSystem } from '../support/deployed-system.ts';
import { schedulerEvent } from '../support/events.ts';
import { startContainer } from '../support/lambda-runtime.ts';
import { adminQuery, databaseUrl } from '../support/postgres.ts';
import { type Synthesized, synthesize } from '../support/synthesized.ts';

const Secret = v.object({ username: v.string(), password: v.string() });
const SUCCESS = { Status: 'SUCCESS' };

let synthesized: Synthesized;
let cloudFormation: CloudFormation;
let system: DeployedSystem;

beforeAll(async () => {
  synthesized = await synthesize();
}, 180_000);

async function start(): Promise<void> {
  cloudFormation = await startCloudFormation();
  system = await startDeployedSystem(synthesized, { migrated: false, environment: cloudFormation.environment });
}
async function close(): Promise<void> {
  await Promise.all([cloudFormation.close(), system.close()]);
}
const migrate = async (type: 'Create' | 'Update' | 'Delete') =>
  (await system.container('MigrateFunction')).invoke(cloudFormation.event(type));
const databaseName = () => new URL(system.database.url).pathname.slice(1);
const serviceRole = () =>
  system.database.query('select rolcanlogin, rolsuper from pg_roles where rolname = $1', [system.roles.service]);

/** Every test leaves the database migrated, and the passwords of the roles as the secrets have them. */
describe('after the first deployment', () => {
  let before: unknown;
  let created: unknown[];
  beforeAll(async () => {
    await start();
    before = await serviceRole();
    await migrate('Create');
    created = [...cloudFormation.responses];
    system.simulator.seed(3);
  }, 30_000);
  beforeEach(async () => {
    cloudFormation.responses.length = 0;
    await system.roles.dropConnections();
  });
  afterAll(close);

  test('an empty database is up to date, and the second changes nothing', async () => {
    expect(created).toMatchObject([
      { Status: 'SUCCESS', Data: { applied: expect.stringContaining('0001-interviewer') } },
    ]);
    await migrate('Update');
    expect(cloudFormation.responses).toMatchObject([{ Status: 'SUCCESS', Data: { applied: '' } }]);
    expect((await system.request(SYNC)).status).toBe(200);
  });

  test('[S32] all functions connect with the role that it created', async () => {
    const seen = new Set<number>();
    /** Expects one connection of the function just called; functions called before may have closed their idle ones. */
    const expectNewConnection = async () => {
      const connections = await system.database.query<{ pid: number; usename: string }>(
        `select pid, usename from pg_stat_activity
         where datname = current_database() and application_name like 'voice-agent-sync%'`,
      );
      const added = connections.filter(({ pid }) => !seen.has(pid));
      expect(added).toEqual([{ pid: expect.any(Number), usename: system.roles.service }]);
      for (const { pid } of added) seen.add(pid);
    };
    expect(before).toEqual([]);
    expect(await serviceRole()).toEqual([{ rolcanlogin: true, rolsuper: false }]);
    for (const request of [SYNC, AUDIT, CLEANUP, HEALTH]) {
      expect((await system.request(request)).status).toBe(200);
      await expectNewConnection();
    }
    const webhook = { type: 'agent.created', data: { agent_id: 'agent_lisa' } };
    expect((await system.webhook(webhook)).status).toBe(200);
    await expectNewConnection();
    const scheduled = await system.container('ScheduledSyncFunction');
    expect(await scheduled.invoke(schedulerEvent())).toMatchObject({ kind: 'response', payload: { success: true } });
    await expectNewConnection();
  });

  test('[F4] its log has the database, the table, and whether the table was created', () => {
    const [database, role] = [databaseName(), system.roles.owner];
    for (const part of [
      `"message":"The table in use is public.interviewer in the database ${database}"`,
      `"database":"${database}"`,
      `"schema":"public"`,
      `"role":"${role}"`,
      `"created":true`,
    ])
      expect(system.output()).toContain(part);
  });

  test('its rollback leaves the tables', async () => {
    await migrate('Delete');
    expect(cloudFormation.responses).toMatchObject([SUCCESS]);
    expect(await system.database.query(`select to_regclass('interviewer') as found`)).toEqual([
      { found: 'interviewer' },
    ]);
  });

  test('the role of the functions has no more rights than they use', async () => {
    await system.database.query('create table invoice (id integer)');
    const text = system.aws.secrets.get(system.secretArn(ENVIRONMENT.databaseSecretArn)) ?? '';
    const { username, password } = v.parse(Secret, JSON.parse(text));
    expect(username).toBe(system.roles.service);
    const client = new Client(databaseUrl(databaseName(), { name: username, password }));
    await client.connect();
    // The search path of the role itself leads nowhere.
    await client.query('set search_path = public');
    for (const statement of [
      'drop table public.interviewer',
      'create table public.mine (id integer)',
      'select * from public.invoice',
      'delete from voice_agent_sync.audit_log',
      'create role mine',
    ]) {
      await expect(client.query(statement)).rejects.toMatchObject({ code: '42501' });
    }
    await client.end();
  });

  test("[S66] the service's password may be rotated: the next deployment keeps it", async () => {
    const kept = async () =>
      (await adminQuery('select rolpassword from pg_authid where rolname = $1', [system.roles.service]))[0];
    await system.roles.rotate();
    const rotated = await kept();
    await migrate('Update');
    expect(await kept()).toEqual(rotated);
    expect((await system.request(HEALTH)).status).toBe(200);
  });

  test("the secret's password may differ from the role's: the next deployment sets it", async () => {
    await adminQuery(`alter role ${system.roles.service} password 'another'`);
    expect((await system.request(HEALTH)).status).toBe(503);
    await migrate('Update');
    expect(cloudFormation.responses).toMatchObject([SUCCESS]);
    expect((await system.request(HEALTH)).status).toBe(200);
  });

  test('the password may be set by hand: the functions use it', async () => {
    await adminQuery(`alter role ${system.roles.service} password 'another'`);
    const container = await system.container('MigrateFunction');
    expect(await container.invoke({})).toEqual({ kind: 'response', payload: { applied: [] } });
    expect((await system.request(HEALTH)).status).toBe(200);
  });

  test.each([
    // The number of reads of the secret until that password is used.
    ['owner', ENVIRONMENT.databaseOwnerSecretArn, 1],
    ['service', ENVIRONMENT.databaseSecretArn, 2],
  ] as const)(
    'the next one, while the password of the %s is being rotated, reads its secret again and sets nothing',
    async (name, variable, reads) => {
      const arn = system.secretArn(variable);
      const secret = system.aws.secrets.get(arn) ?? '';
      const role = system.roles[name];
      const kept = async () => (await adminQuery('select rolpassword from pg_authid where rolname = $1', [role]))[0];
      await adminQuery(`alter role ${role} password 'the-next-one'`);
      const rotated = await kept();
      const before = system.aws.calls.length;
      const migrated = migrate('Update');
      while (system.aws.calls.slice(before).filter((call) => call.includes(arn)).length < reads) await delay(5);
      system.aws.secrets.set(arn, JSON.stringify({ ...JSON.parse(secret), password: 'the-next-one' }));
      await migrated;
      expect(cloudFormation.responses).toMatchObject([SUCCESS]);
      expect(await kept()).toEqual(rotated);
    },
  );

  test("[S62] the role's rights may be changed: the next deployment restores exactly the granted ones", async () => {
    const { service } = system.roles;
    await system.database.query(`grant update on interviewer to ${service}`);
    await system.database.query(`revoke select on voice_agent_sync.run from ${service}`);
    await migrate('Update');
    const [rights] = await system.database.query(
      `select has_column_privilege($1, 'interviewer', 'description', 'update') as description,
         has_column_privilege($1, 'interviewer', 'name', 'update') as name,
         has_table_privilege($1, 'voice_agent_sync.run', 'select') as run`,
      [service],
    );
    expect(rights).toEqual({ description: false, name: true, run: true });
  });
});

describe('a deployment', () => {
  beforeEach(start, 30_000);
  afterEach(close);

  test('fails with the message of the migration that failed', async () => {
    await system.database.query(
      `create table interviewer (id serial primary key, agent_id text, name text, description text, image text, audio text,
         empathy integer, exploration integer, rapport integer, speed integer)`,
    );
    await migrate('Create');
    expect(cloudFormation.responses).toMatchObject([
      { Status: 'FAILED', Reason: expect.stringMatching(/^Migration 0001-interviewer failed and changed nothing: ./) },
    ]);
  });

  test('[S64] fails with the message of a grant that failed', async () => {
    await adminQuery(`alter role ${system.roles.owner} nocreaterole`);
    await migrate('Create');
    const reason = `The rights of the role ${system.roles.service} could not be granted, and none were changed: permission denied to create role.`;
    expect(cloudFormation.responses).toMatchObject([{ Status: 'FAILED', Reason: expect.stringContaining(reason) }]);
    await adminQuery(`alter role ${system.roles.owner} createrole`);
    await migrate('Create');
    expect(cloudFormation.responses).toMatchObject([{ Status: 'FAILED' }, SUCCESS]);
    expect((await system.request(HEALTH)).status).toBe(200);
  });

  test.each([ENVIRONMENT.databaseSecretArn, ENVIRONMENT.databaseOwnerSecretArn])(
    'fails with the reason when the secret in %s is not what it should be',
    async (variable) => {
      system.aws.secrets.set(system.secretArn(variable), 'not a connection string');
      await migrate('Create');
      expect(cloudFormation.responses).toMatchObject([{ Status: 'FAILED', Reason: expect.stringContaining(variable) }]);
    },
  );

  test('waits for a secret that cannot be read yet', async () => {
    system.aws.fault = { kind: 'error', type: 'AccessDeniedException' };
    const migrated = migrate('Create');
    while (system.aws.calls.length === 0) await delay(5);
    system.aws.fault = null;
    await migrated;
    expect(cloudFormation.responses).toMatchObject([SUCCESS]);
    expect(system.output()).toContain('The database or its secret is not reachable yet');
  }, 30_000);

  test('[S125] whose response would go to another host is refused, and nothing is sent or migrated', async () => {
    const container = await system.container('MigrateFunction');
    for (const ResponseURL of [
      'https://example.com/?X-Amz-Signature=test',
      'http://cloudformation-custom-resource-response-eucentral1.s3.eu-central-1.amazonaws.com/',
      'https://cloudformation-custom-resource-response-eucentral1.s3.amazonaws.com.example.com/',
      'https://other-bucket.s3.eu-central-1.amazonaws.com/',
    ]) {
      const result = await container.invoke({ ...cloudFormation.event('Create'), ResponseURL });
      expect(result).toMatchObject({ kind: 'error', payload: { errorMessage: 'must be a URL of CloudFormation' } });
    }
    expect(cloudFormation.responses).toEqual([]);
    expect(await serviceRole()).toEqual([]);
  });

  test('of an earlier version, after a later one, applies nothing, and the functions work on the later tables', async () => {
    await migrate('Create');
    await system.database.query(
      `insert into voice_agent_sync.migration (name, run_on) values ('9999-of-a-later-version', now())`,
    );
    await system.database.query('alter table interviewer add column of_a_later_version integer');
    await migrate('Create');
    expect(cloudFormation.responses).toMatchObject([SUCCESS, { Status: 'SUCCESS', Data: { applied: '' } }]);
    system.simulator.seed(1);
    expect((await system.request(SYNC)).status).toBe(200);
  });

  test('with one secret for owner and service creates no role; with a second secret, the functions use the same tables as the new role', async () => {
    const deployed = synthesized.functions.get('MigrateFunction');
    if (deployed === undefined) throw new Error('There is a function that migrates');
    const { [ENVIRONMENT.databaseOwnerSecretArn]: _, ...environment } = deployed.environment;
    const [service, owner] = [ENVIRONMENT.databaseSecretArn, ENVIRONMENT.databaseOwnerSecretArn].map((variable) =>
      system.secretArn(variable),
    );
    const ofService = system.aws.secrets.get(service ?? '') ?? '';
    system.aws.secrets.set(service ?? '', system.aws.secrets.get(owner ?? '') ?? '');
    const container = await startContainer(
      { ...deployed, environment },
      { ...system.aws.environment, ...cloudFormation.environment, [ENVIRONMENT.createInterviewerTable]: 'true' },
    );
    await container.invoke(cloudFormation.event('Create'));
    await container.stop();
    system.simulator.seed(2);
    expect((await system.request(SYNC)).status).toBe(200);
    expect(await serviceRole()).toEqual([]);

    system.aws.secrets.set(service ?? '', ofService);
    await migrate('Update');
    expect(cloudFormation.responses).toMatchObject([SUCCESS, { Status: 'SUCCESS', Data: { applied: '' } }]);
    const cold = await system.startContainer('ScheduledSyncFunction');
    expect(await cold.invoke(schedulerEvent())).toMatchObject({ kind: 'response', payload: { success: true } });
    expect(await system.runs()).toMatchObject([{ status: 'succeeded' }, { status: 'succeeded' }]);
  });
});
