/** Replaces the service's password and ends its connections before each statement of a sync in turn. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
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
/** Statements interrupted so far, each with the number of equal ones that the sync sent before it. */
const interrupted = new Set<string>();
/** Statements of this sync; null when none is to be interrupted. */
let sent: string[] | null = null;
let rotation: Promise<void> = Promise.resolve();

beforeEach(async () => {
  interrupted.clear();
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

/** Whether no earlier round interrupted this statement, and this round has not interrupted any. */
function isToBeInterrupted(message: Buffer): boolean {
  if (sent === null || !STATEMENTS.has(message.toString('latin1', 0, 1))) return false;
  const text = message.toString('latin1', 5).split('\0').find(Boolean) ?? '';
  const statement = `${text} ${sent.filter((earlier) => earlier === text).length}`;
  sent.push(text);
  if (interrupted.has(statement)) return false;
  interrupted.add(statement);
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

/** Interrupts one more statement each round, until a sync has no new one. */
async function interruptEachStatement(check: (answer: TestResponse) => Promise<void>): Promise<void> {
  for (let round = 1; ; round += 1) {
    await change(round);
    sent = [];
    const answer = await system.call(SYNC);
    if (sent !== null) break;
    await rotation;
    await check(answer);
  }
  for (const part of ['BEGIN', 'creation set agent_id', 'COMMIT']) {
    expect([...interrupted]).toContainEqual(expect.stringContaining(part));
  }
}

async function expectNothingTwice(): Promise<void> {
  const rows = await system.rows();
  const names = system.simulator.account.inOrder().map((agent) => latestVersion(agent).settings.agent_name);
  for (const values of [names, rows.map(({ agent_id }) => agent_id), rows.map(({ name }) => name)]) {
    expect(values).toHaveLength(new Set(values).size);
  }
}

describe('when the database password is replaced before any statement of a sync', () => {
  test('[O1] the sync succeeds with the new one, if the secret has it', async () => {
    secretIsUpdated = true;
    await interruptEachStatement(async (answer) => expect(answer).toMatchObject(IN_SYNC));
    await expectNothingTwice();
  });

  test('[O1] the sync is 503 until the secret has the new one, and then the next sync leaves both sides in sync', async () => {
    secretIsUpdated = false;
    const failures: string[] = [];
    await interruptEachStatement(async ({ status, body }) => {
      if (status !== 200) failures.push(`${status} ${body.code}`);
      updateSecret();
      await expireClaims();
      expect(await system.call(SYNC)).toMatchObject(IN_SYNC);
    });
    expect(failures.length).toBeGreaterThan(30);
    expect([...new Set(failures)]).toEqual(['503 database_unavailable']);
    await expectNothingTwice();
  });
});
