/** The service's password is replaced, and its connection ended, before each statement of a sync in turn. */
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
const IN_STEP = { status: 200, body: { errors: [], health_score: 100 } };
/** First letters of what a client sends: a statement without parameters, and one with. */
const STATEMENTS = new Set(['Q', 'P']);

let aws: AwsStandIn;
let proxy: PostgresProxy;
let roles: DeployedRoles;
let system: TestSystem;
/** As the rotation has it. */
let newest = '';
/** Whether the secret tells a new password at once. */
let told = true;
/** The statements that were hit so far, each with how many like it the sync had sent before. */
const hit = new Set<string>();
/** Those of this sync; null: none is to be hit. */
let sent: string[] | null = null;
let rotation: Promise<void> = Promise.resolve();

beforeEach(async () => {
  hit.clear();
  sent = null;
  aws = await startAwsStandIn();
  Object.assign(process.env, aws.environment);
  const database = await createTestDatabase();
  proxy = await startPostgresProxy(database.url, (client, server) => {
    server.pipe(client);
    client.on('data', (data) => {
      if (isToBeHit(data)) rotation = rotate();
      else server.write(data);
    });
  });
  roles = await createDeployedRoles({ ...database, url: proxy.url }, true, {
    owner: () => {},
    service: (text) => {
      newest = text;
    },
  });
  tellSecret();
  system = await startSystem({
    database,
    agents: [...interviewAgents(3), { agent_id: 'agent_template', agent_name: 'Nobody', published: true }],
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

const tellSecret = () => aws.secrets.set(SECRET, newest);

/** The first statement of a sync that no sync before was hit at. */
function isToBeHit(message: Buffer): boolean {
  if (sent === null || !STATEMENTS.has(message.toString('latin1', 0, 1))) return false;
  const text = message.toString('latin1', 5).split('\0').find(Boolean) ?? '';
  const statement = `${text} ${sent.filter((earlier) => earlier === text).length}`;
  sent.push(text);
  if (hit.has(statement)) return false;
  hit.add(statement);
  sent = null;
  return true;
}

async function rotate(): Promise<void> {
  await roles.rotate();
  if (told) tellSecret();
  await adminQuery('select pg_terminate_backend(pid) from pg_stat_activity where usename = $1', [roles.service]);
}

/** Something to create, to update, to orphan, to rename in Retell and to make there. */
async function change(round: number): Promise<void> {
  const { account } = system.simulator;
  account.addAgent(eligibleAgent(10 + round));
  account.edit('agent_1', { agent_name: `Interview of round ${round}` }, { publish: true });
  if (round > 1) account.delete(`agent_${9 + round}`);
  await system.database.query(`update interviewer set name = 'Interview renamed ${round}' where agent_id = 'agent_2'`);
  await system.database.query(
    `insert into interviewer (name, ${PLATFORM_COLUMNS}) values ('Interview row ${round}', ${PLATFORM_VALUES})`,
  );
}

/** What a run that ended half-way was about to do in Retell, another does after some minutes. */
async function letMinutesPass(): Promise<void> {
  await system.database.query(
    `update voice_agent_sync.agreement set push_started_at = push_started_at - interval '1 hour'`,
  );
  await system.database.query(`update voice_agent_sync.creation set started_at = started_at - interval '1 hour'`);
}

/** Hits a statement a round, until a sync has none that was not hit yet. */
async function hitEachStatement(judge: (answer: TestResponse) => Promise<void>): Promise<void> {
  for (let round = 1; ; round += 1) {
    await change(round);
    sent = [];
    const answer = await system.call(SYNC);
    if (sent !== null) break;
    await rotation;
    await judge(answer);
  }
  for (const part of ['BEGIN', 'creation set agent_id', 'COMMIT']) {
    expect([...hit]).toContainEqual(expect.stringContaining(part));
  }
}

async function expectNothingTwice(): Promise<void> {
  const rows = await system.rows();
  const names = system.simulator.account.inOrder().map((agent) => latestVersion(agent).settings.agent_name);
  for (const values of [names, rows.map(({ agent_id }) => agent_id), rows.map(({ name }) => name)]) {
    expect(values).toHaveLength(new Set(values).size);
  }
}

describe('the password of the database is replaced before any statement of a sync, whose connection is ended', () => {
  test('[O1] the secret has the new one: the sync goes on with it', async () => {
    told = true;
    await hitEachStatement(async (answer) => expect(answer).toMatchObject(IN_STEP));
    await expectNothingTwice();
  });

  test('[O1] the secret gets the new one later: 503 until then, and the next sync leaves everything in step', async () => {
    told = false;
    const failures: string[] = [];
    await hitEachStatement(async ({ status, body }) => {
      if (status !== 200) failures.push(`${status} ${body.code}`);
      tellSecret();
      await letMinutesPass();
      expect(await system.call(SYNC)).toMatchObject(IN_STEP);
    });
    expect(failures.length).toBeGreaterThan(30);
    expect([...new Set(failures)]).toEqual(['503 database_unavailable']);
    await expectNothingTwice();
  });
});
