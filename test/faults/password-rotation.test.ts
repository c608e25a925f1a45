/** Replaces the service's password and ends its connections before each statement of a sync in turn. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { latestVersion } from '../../infra/local/retell-simulator/account.ts';
import { ENVIRONMENT } from '../../shared/contract.ts';
import { eligibleAgent, interviewAgents, PLATFORM_COLUMNS, PLATFORM_VALUES } from '../support/agents.ts';
import { type AwsStandIn, startAwsStandIn } from '../support/aws-stand-in.ts';
import { createDeployedRoles, type DeployedRoles } from '../support/deployed-roles.ts';
import { adminQuery, createTestDatabase } from '../support/postgres.ts';
import { type PostgresProxy, startPostgresProxy } from '../support/postgres-proxy.ts';
import { startSystem, type TestResponse, type TestSystem } from '../support/system.ts';

const SYNC = 'POST /api/sync-retell-agents';
const SECRET = 'arn:aws:database';
const IN_SYNC = { status: 200, body: { errors: [], health_score: 100 } };
/** First letters of what a client sends: a statement without parameters, and one with. */
const STATEMENTS = new Set(['Q', 'P']);

let aws: AwsStandIn;
let proxy: PostgresProxy;
let roles: DeployedRoles;
let system: TestSystem;
/** The password after the latest rotation. */
let newest = '';
/** Whether the secret has a new password at once. */
let secretIsUpdated = true;
/**
 * Statements interrupted so far, each with the number of equal ones that the sync sent before it: while the secret had the
 * new password, and while it did not.
 */
const interrupted = { updated: new Set<string>(), outdated: new Set<string>() };
/** Statements of this sync; null when none is to be interrupted. */
let sent: string[] | null = null;
let rotation: Promise<void> = Promise.resolve();

beforeEach(async () => {
  for (const statements of Object.values(interrupted)) statements.clear();
  sent = null;
  aws = await startAwsStandIn();
  Object.assign(process.env, aws.environment);
  const database = await createTestDatabase();
  proxy = await startPostgresProxy(database.url, (client, server) => {
    server.pipe(client);
    client.on('data', (data) => {
      if (isToBeInterrupted(data)) rotation = rotate();
      else server.write(data);
    });
  });
  roles = await createDeployedRoles({ ...database, url: proxy.url }, true, {
    owner: () => {},
    service: (text) => {
      newest = text;
    },
  });
  updateSecret();
  system = await startSystem({
    database,
    agents: [...interviewAgents(3), { agent_id: 'agent_template', agent_name: 'Template', published: true }],
    env: {
      [ENVIRONMENT.databaseSecretArn]: SECRET,
      RETELL_TEMPLATE_AGENT_ID: 'agent_template',
      AWS_LAMBDA_FUNCTION_NAME: 'SyncFunction',
    },
  });
  await system.call(SYNC);
});
afterEach(async () => {
  await system.close();
  await Promise.all([proxy.close(), aws.close(), roles.drop()]);
});

const updateSecret = () => aws.secrets.set(SECRET, newest);

/** Whether no earlier sync was interrupted at this statement, and this one at none so far. */
function isToBeInterrupted(message: Buffer): boolean {
  if (sent === null || !STATEMENTS.has(message.toString('latin1', 0, 1))) return false;
  const text = message.toString('latin1', 5).split('\0').find(Boolean) ?? '';
  const statement = `${text} ${sent.filter((earlier) => earlier === text).length}`;
  sent.push(text);
  const statements = interrupted[secretIsUpdated ? 'updated' : 'outdated'];
  if (statements.has(statement)) return false;
  statements.add(statement);
  sent = null;
  return true;
}

async function rotate(): Promise<void> {
  await roles.rotate();
  if (secretIsUpdated) updateSecret();
  await adminQuery('select pg_terminate_backend(pid) from pg_stat_activity where usename = $1', [roles.service]);
}

/** A row to create, update and orphan, and an agent to rename and create. */
async function change(round: number): Promise<void> {
  const { account } = system.simulator;
  // Earlier rounds are more than an hour ago for the orphan guard.
  await system.database.query(`update interviewer set orphaned_at = orphaned_at - interval '2 hours'`);
  account.addAgent(eligibleAgent(10 + round));
  account.edit('agent_1', { agent_name: `Interview of round ${round}` }, { publish: true });
  if (round > 1) account.delete(`agent_${9 + round}`);
  await system.database.query(`update interviewer set name = 'Interview renamed ${round}' where agent_id = 'agent_2'`);
  await system.database.query(
    `insert into interviewer (name, ${PLATFORM_COLUMNS}) values ('Interview row ${round}', ${PLATFORM_VALUES})`,
  );
}

/** Lets the claims of a failed sync expire. */
async function expireClaims(): Promise<void> {
  await system.database.query(
    `update voice_agent_sync.agreement set push_started_at = push_started_at - interval '1 hour'`,
  );
  await system.database.query(`update voice_agent_sync.creation set started_at = started_at - interval '1 hour'`);
}

/** A sync that is interrupted at one more statement; `is_new`: there was one. */
async function interruptedSync(secret: 'updated' | 'outdated'): Promise<TestResponse & { is_new: boolean }> {
  secretIsUpdated = secret === 'updated';
  sent = [];
  const response = await system.call(SYNC);
  const is_new = sent === null;
  sent = null;
  await rotation;
  return { ...response, is_new };
}

async function expectNothingTwice(): Promise<void> {
  const rows = await system.rows();
  const names = system.simulator.account.inOrder().map((agent) => latestVersion(agent).settings.agent_name);
  for (const values of [names, rows.map(({ agent_id }) => agent_id), rows.map(({ name }) => name)]) {
    expect(values).toHaveLength(new Set(values).size);
  }
}

test('[O1] when the password is replaced before any statement, a sync succeeds once the secret has the new one, and is 503 until then', async () => {
  const failures: string[] = [];
  for (let round = 1, is_left = true, more = true; is_left || more; round += 1) {
    await change(round);
    more = is_left;
    if (is_left) {
      const { status, body, is_new } = await interruptedSync('outdated');
      is_left = is_new;
      if (status !== 200) failures.push(`${status} ${body.code}`);
      updateSecret();
      await expireClaims();
    }
    const later = await interruptedSync('updated');
    expect(later).toMatchObject(IN_SYNC);
    more ||= later.is_new;
  }
  expect(failures.length).toBeGreaterThan(30);
  expect([...new Set(failures)]).toEqual(['503 database_unavailable']);
  for (const statements of Object.values(interrupted)) {
    expect(statements.size).toBeGreaterThan(30);
    for (const part of ['BEGIN', 'creation set agent_id', 'COMMIT']) {
      expect([...statements]).toContainEqual(expect.stringContaining(part));
    }
  }
  await expectNothingTwice();
});
