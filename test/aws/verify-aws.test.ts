/** The steps of `npm run verify:deployed` that call AWS, against moto. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DescribeInstancesCommand, EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { CreateDBInstanceCommand, RDSClient } from '@aws-sdk/client-rds';
import { CreateSecretCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import * as v from 'valibot';
import { parseSettings } from '../../infra/aws/settings.ts';
import { alarm, nat, people, rotation, watchAlarm } from '../../infra/aws/verify/aws-steps.ts';
import { createClients, readKey, type StepContext, type StepOptions } from '../../infra/aws/verify/context.ts';
import { runSteps, type Step } from '../../infra/aws/verify/step.ts';
import { smokeSteps } from '../../infra/aws/verify/steps.ts';
import { COMPILE_CACHE } from '../support/child-environment.ts';
import { withOneSecret, withRds } from '../support/deployment-settings.ts';
import { type Moto, motoIsInstalled, startMoto } from '../support/moto.ts';

const describeWithMoto = motoIsInstalled() ? describe : describe.skip;
const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' };
const NAME = 'voice-agent-sync-test';
const [LEADING, MEMBER] = [`${NAME}-needs-attention`, `${NAME}-sync-state`];

/** The response of a dry run, or of an invocation. */
async function startEndpoint(content: object, headers = {}) {
  const server = createServer((_, response) => response.writeHead(200, headers).end(JSON.stringify(content)));
  return { endpoint: await endpointOf(server), close: () => endAll(server) };
}

test.each([
  ['key_1', 'key_1'],
  ['{"RETELL_API_KEY":"key_1"}', 'key_1'],
])('a key is read from its secret as the functions read it: %s', async (SecretString, key) => {
  const { endpoint, close } = await startEndpoint({ SecretString });
  const secrets = new SecretsManagerClient({ endpoint, region: 'eu-central-1', credentials: CREDENTIALS });
  expect(await readKey(secrets, 'team/retell')).toBe(key);
  close();
});

test('a secret of a key that the functions would refuse is refused with its name', async () => {
  const { endpoint, close } = await startEndpoint({ SecretString: '{"one":"x","other":"y"}' });
  const secrets = new SecretsManagerClient({ endpoint, region: 'eu-central-1', credentials: CREDENTIALS });
  await expect(readKey(secrets, 'team/retell')).rejects.toThrow('The secret team/retell has several keys');
  close();
});

const Target = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ AlarmName: v.optional(v.string()), StateValue: v.optional(v.string()) }),
);

interface CloudWatchStandIn {
  readonly client: CloudWatchClient;
  /** The states that were set, in order. */
  readonly set: readonly string[];
  raise(): void;
  close(): void;
}

/** Two alarms, of which the leading one follows its member; moto has no composite alarms. */
async function startCloudWatch(): Promise<CloudWatchStandIn> {
  const set: string[] = [];
  let state = 'OK';
  let since = Date.now();
  const become = (value: string) => {
    state = value;
    since = Date.now();
  };
  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { AlarmName, StateValue = '' } = v.parse(Target, await text(request));
    if (String(request.headers['x-amz-target']).endsWith('.SetAlarmState')) {
      set.push(`${AlarmName} ${StateValue}`);
      become(StateValue);
    }
    const leading = { AlarmName: LEADING, StateValue: state, StateTransitionedTimestamp: since / 1_000 };
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify({ CompositeAlarms: [leading] }));
  }
  const server = createServer((request, response) => void respond(request, response));
  const endpoint = await endpointOf(server);
  return {
    client: new CloudWatchClient({ endpoint, region: 'eu-central-1', credentials: CREDENTIALS }),
    set,
    raise: () => become('ALARM'),
    close: () => endAll(server),
  };
}

/** Also ends the connections that clients keep open. */
function endAll(server: Server): void {
  server.close();
  server.closeAllConnections();
}

async function endpointOf(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
}

describeWithMoto('a step', () => {
  let moto: Moto;
  let options: { endpoint: string; region: string; credentials: typeof CREDENTIALS };
  beforeAll(async () => {
    moto = await startMoto();
    const endpoint = moto.environment['AWS_ENDPOINT_URL'] ?? '';
    options = { endpoint, region: 'eu-central-1', credentials: CREDENTIALS };
  }, 60_000);
  afterAll(() => moto.stop());

  interface Given {
    readonly outputs?: Readonly<Record<string, string>>;
    readonly options?: Partial<StepOptions>;
    readonly lambda?: LambdaClient;
    readonly cloudWatch?: CloudWatchClient;
    readonly settings?: object;
  }

  async function run(step: Step, given: Given = {}): Promise<string> {
    const context: StepContext = {
      deployment: { name: 'test', settings: parseSettings(given.settings ?? withRds(), 'test'), isExample: false },
      options: { restartNat: true, rotate: true, pauseMs: 20, settleMs: 0, ...given.options },
      outputs: new Map(Object.entries({ AlarmName: LEADING, ...given.outputs })),
      clients: {
        ...createClients('eu-central-1'),
        ec2: new EC2Client(options),
        rds: new RDSClient(options),
        secrets: new SecretsManagerClient(options),
        ...(given.lambda === undefined ? {} : { lambda: given.lambda }),
        ...(given.cloudWatch === undefined ? {} : { cloudWatch: given.cloudWatch }),
      },
      secret: async () => 'token',
      secretNamed: async () => '',
    };
    const lines: string[] = [];
    await runSteps([step], context, (line) => void lines.push(line));
    return lines.join();
  }

  describe('of the alarms', () => {
    let cloudWatch: CloudWatchStandIn;
    beforeEach(async () => {
      cloudWatch = await startCloudWatch();
    });
    afterEach(() => cloudWatch.close());

    test('raises the leading one by a member, and clears it', async () => {
      expect(await run(alarm, { cloudWatch: cloudWatch.client })).toBe(
        `passed   alarm: ${LEADING} was raised and cleared`,
      );
      expect(cloudWatch.set).toEqual([`${MEMBER} ALARM`, `${MEMBER} OK`]);
    });

    test('keeps an alarm that is already raised', async () => {
      cloudWatch.raise();
      expect(await run(alarm, { cloudWatch: cloudWatch.client })).toBe(`skipped  alarm: ${LEADING} is raised already`);
      expect(cloudWatch.set).toEqual([]);
    });

    test('after a deployment fails only for an alarm that was raised since it began', async () => {
      const watch = async (since: number) =>
        await run(watchAlarm(new Date(Date.now() + since), 50), { cloudWatch: cloudWatch.client });
      expect(await watch(-60_000)).toMatch(/^passed {3}alarms: none was raised since /);
      cloudWatch.raise();
      expect(await watch(-60_000)).toMatch(new RegExp(`^FAILED {3}alarms: ${LEADING} was raised at 2`));
      // The deployment may be what fixes it.
      expect(await watch(60_000)).toMatch(/^passed {3}alarms: /);
    });

    test('is the last step after a deployment', () => {
      expect(smokeSteps(new Date()).map(({ name }) => name)).toEqual([
        'outputs',
        'health',
        'token',
        'status',
        'alarms',
      ]);
    });
  });

  describe('of the NAT', () => {
    test('restarts it, and passes once a dry run does', async () => {
      const ec2 = new EC2Client(options);
      const { Instances = [] } = await ec2.send(
        new RunInstancesCommand({ ImageId: 'ami-12c6146b', MinCount: 1, MaxCount: 1, InstanceType: 't4g.micro' }),
      );
      const id = Instances[0]?.InstanceId ?? '';
      const api = await startEndpoint({ success: true, message: 'Nothing to change.' });
      const outputs = { NatInstanceId: id, ApiUrl: api.endpoint };
      expect(await run(nat, { outputs })).toBe(`passed   restart of the NAT: ${id} forwards again: Nothing to change.`);
      api.close();
      const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
      expect(Reservations[0]?.Instances?.[0]?.State?.Name).toBe('running');
    }, 30_000);

    test('is skipped if it is not requested, or does not apply', async () => {
      expect(await run(nat, { outputs: { NatInstanceId: 'i-1' }, options: { restartNat: false } })).toBe(
        'skipped  restart of the NAT: only with --restart-nat',
      );
      expect(await run(nat)).toBe('skipped  restart of the NAT: there is no NAT instance');
    });
  });

  describe("of the owner's password", () => {
    let ownerSecret: string;
    beforeAll(async () => {
      await new RDSClient(options).send(
        new CreateDBInstanceCommand({
          DBInstanceIdentifier: `${NAME}-database`,
          DBInstanceClass: 'db.t4g.micro',
          Engine: 'postgres',
          MasterUsername: 'voice_agent_sync',
          ManageMasterUserPassword: true,
          AllocatedStorage: 20,
        }),
      );
      // Replaces moto's version, which has no value while it is rotated.
      const SecretString = '{"username":"voice_agent_sync","password":"the-first-one"}';
      const secrets = new SecretsManagerClient(options);
      const { ARN = '' } = await secrets.send(new CreateSecretCommand({ Name: 'owner', SecretString }));
      ownerSecret = ARN;
    }, 30_000);

    test('makes RDS replace it, and the migrations sign in with the new one', async () => {
      const invocation = await startEndpoint({ applied: [] });
      const lambda = new LambdaClient({ ...options, endpoint: invocation.endpoint });
      const outputs = { DatabaseOwnerSecretArn: ownerSecret, MigrateFunctionName: 'migrate' };
      const rotated = run(rotation, { outputs, lambda });
      // Done here, because RDS does it a moment later.
      await delay(200);
      const SecretString = '{"username":"voice_agent_sync","password":"the-next-one"}';
      await new SecretsManagerClient(options).send(new PutSecretValueCommand({ SecretId: ownerSecret, SecretString }));
      expect(await rotated).toBe('passed   another password: the migrations signed in with it');
      invocation.close();
    }, 30_000);

    test('fails with the message of the migrations', async () => {
      const failing = await startEndpoint({ errorMessage: 'refused' }, { 'x-amz-function-error': 'Unhandled' });
      const lambda = new LambdaClient({ ...options, endpoint: failing.endpoint });
      const secrets = new SecretsManagerClient(options);
      const outputs = { DatabaseOwnerSecretArn: ownerSecret, MigrateFunctionName: 'migrate' };
      const rotated = run(rotation, { outputs, lambda });
      await delay(200);
      await secrets.send(new PutSecretValueCommand({ SecretId: ownerSecret, SecretString: '{"password":"x"}' }));
      expect(await rotated).toBe('FAILED   another password: {"errorMessage":"refused"}');
      failing.close();
    }, 30_000);

    test("is skipped if it is not requested, and for a team's own database", async () => {
      expect(await run(rotation, { outputs: { DatabaseOwnerSecretArn: 'x' }, options: { rotate: false } })).toBe(
        'skipped  another password: only with --rotate',
      );
      expect(await run(rotation)).toBe('skipped  another password: the passwords of your own database are yours');
    });
  });

  test('names what a person must check', async () => {
    expect(await run(people, { settings: withRds({}, { slackWebhookSecret: 'team/slack' }) })).toBe(
      'passed   for a person to look at: two emails about the alarm to team@example.com, which has confirmed the subscription of SNS; two messages in Slack; the cost allocation tag "application", active in Billing',
    );
    expect(await run(people, { settings: withOneSecret({ alarmEmail: undefined, monthlyBudget: undefined }) })).toBe(
      'skipped  for a person to look at: no email address, no Slack and no budget is set',
    );
  });

  test.each([
    [['examples/own-postgres'], 'Stack with id voice-agent-sync-own-postgres-service does not exist\n'],
    [
      ['examples/own-postgres', '--smoke-since', 'yesterday'],
      '--smoke-since yesterday is no time; such as 2026-11-28T09:00:00Z\n',
    ],
  ])(
    'as a command fails with one line before it begins: %j',
    async (args, stderr) => {
      const main = join('infra', 'aws', 'verify', 'main.ts');
      const run = promisify(execFile)(process.execPath, ['--no-warnings', main, ...args], {
        cwd: join(import.meta.dirname, '..', '..'),
        env: { ...COMPILE_CACHE, ...moto.environment },
      });
      await expect(run).rejects.toMatchObject({ code: 1, stderr });
    },
    30_000,
  );
});
