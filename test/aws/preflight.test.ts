/** `npm run preflight`: its checks of an account, here moto, and its output. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CreateLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateSubnetCommand, CreateVpcCommand } from '@aws-sdk/client-ec2';
import { CreateSecretCommand } from '@aws-sdk/client-secrets-manager';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readAccountPlan } from '../../infra/aws/preflight/account-plan.ts';
import type { Aws } from '../../infra/aws/preflight/clients.ts';
import { addressIn } from '../../infra/aws/preflight/reach-checks.ts';
import { COMPILE_CACHE } from '../support/child-environment.ts';
import { withOneSecret, withOwnPostgres, withPrivatePostgres, withRds } from '../support/deployment-settings.ts';
import { motoIsInstalled } from '../support/moto.ts';
import { CREDENTIALS, type Preflight, startEndpoint, startPreflight } from '../support/preflight.ts';

const PROJECT = join(import.meta.dirname, '..', '..');
const describeWithMoto = motoIsInstalled() ? describe : describe.skip;

describeWithMoto('the preflight', () => {
  let preflight: Preflight;
  let aws: Aws;
  const find: Preflight['find'] = async (...args) => await preflight.find(...args);
  beforeAll(async () => {
    preflight = await startPreflight();
    ({ aws } = preflight);
  }, 60_000);
  afterAll(() => preflight.stop());

  test('refuses credentials of another account', async () => {
    expect(await find(withRds(), 'account')).toMatchObject({
      status: 'passed',
      text: expect.stringMatching(/^123456789012, as /),
    });
    expect(await find(withRds({}, { account: '999999999999' }), 'account')).toMatchObject({
      status: 'failed',
      text: 'The credentials are of 123456789012, the settings of 999999999999.',
    });
  });

  test('says how to bootstrap an account that is not bootstrapped', async () => {
    expect(await find(withRds(), 'bootstrap')).toMatchObject({
      status: 'failed',
      remedy: 'npx cdk bootstrap -c deployment=test',
    });
    await aws.ssm.send(
      new PutParameterCommand({ Name: '/cdk-bootstrap/hnb659fds/version', Value: '27', Type: 'String' }),
    );
    expect(await find(withRds(), 'bootstrap')).toEqual({ status: 'passed', text: 'version 27' });
  });

  test.each([
    [10, true, { status: 'failed', remedy: 'Set reservedConcurrency to false.' }],
    [10, false, { status: 'passed', text: '10' }],
    [1_000, true, { status: 'passed', text: '1000' }],
    [1_000, false, { status: 'passed', text: expect.stringContaining('may be set to true') }],
  ] as const)(
    'compares a limit of %i concurrent executions with reservedConcurrency %s',
    async (limit, reservedConcurrency, expected) => {
      expect(
        await find(withRds({}, { reservedConcurrency }), 'concurrent executions', { concurrency: limit }),
      ).toMatchObject(expected);
    },
  );

  test.each([
    [{}, 'FREE', { status: 'failed', remedy: 'Set database.backupDays to 1.' }],
    [
      { natInstanceType: 't4g.nano' },
      'FREE',
      { status: 'failed', remedy: 'Set database.backupDays to 1, and database.natInstanceType to t4g.micro.' },
    ],
    [{}, 'PAID', { status: 'passed', text: 'a paid plan' }],
    [{ backupDays: 1 }, 'FREE', { status: 'passed', text: "nothing that AWS's free plan refuses" }],
  ] as const)("says what to set on AWS's free plan: %j, %s", async (database, accountPlan, expected) => {
    expect(await find(withRds(database), 'plan', { plan: accountPlan })).toMatchObject(expected);
  });

  test('finds a leftover log group of an earlier deployment of the same name', async () => {
    expect(await find(withRds({}, { name: 'left-over' }), 'log groups')).toMatchObject({ status: 'passed' });
    const logGroupName = '/aws/rds/instance/left-over-database/postgresql';
    await aws.logs.send(new CreateLogGroupCommand({ logGroupName }));
    expect(await find(withRds({}, { name: 'left-over' }), 'log groups')).toMatchObject({
      status: 'failed',
      remedy: `aws logs delete-log-group --log-group-name ${logGroupName}`,
    });
  });

  test('says how to remove a stack whose first deployment was rolled back, protected or not', async () => {
    const stack = (status: string, isProtected: boolean) =>
      `<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>a-data</StackName><StackStatus>${status}</StackStatus><EnableTerminationProtection>${isProtected}</EnableTerminationProtection></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`;
    const ask = async (status: string, isProtected: boolean) => {
      const { client, close } = await startEndpoint(stack(status, isProtected));
      const finding = await preflight.findWith(
        { cloudFormation: new CloudFormationClient(client) },
        withRds(),
        'stacks',
      );
      close();
      return finding;
    };
    const remove = 'aws cloudformation delete-stack --stack-name a-data';
    expect(await ask('ROLLBACK_COMPLETE', false)).toMatchObject({ status: 'failed', remedy: remove });
    expect(await ask('ROLLBACK_COMPLETE', true)).toMatchObject({
      remedy: `aws cloudformation update-termination-protection --no-enable-termination-protection --stack-name a-data && ${remove}`,
    });
    expect(await ask('UPDATE_ROLLBACK_FAILED', false)).toMatchObject({
      status: 'failed',
      remedy: 'docs/runbook.md, "A deployment that is stuck"',
    });
    expect(await ask('UPDATE_ROLLBACK_COMPLETE', true)).toMatchObject({ status: 'passed' });
  });

  test('reads each secret in the settings, and prints none of them', async () => {
    expect(await find(withOneSecret(), 'secrets')).toMatchObject({
      status: 'failed',
      text: expect.stringMatching(/^team\/postgres \(database.secret\) cannot be read/),
    });
    await aws.secrets.send(
      new CreateSecretCommand({ Name: 'team/postgres', SecretString: 'postgres://me:pass@127.0.0.1:1/platform' }),
    );
    expect(await find(withOneSecret(), 'secrets')).toEqual({ status: 'passed', text: 'team/postgres' });
    await aws.secrets.send(new CreateSecretCommand({ Name: 'half', SecretString: '{"username":"me","password":"x"}' }));
    const half = withOneSecret({ database: { kind: 'public', secret: 'half' } });
    expect(await find(half, 'secrets')).toMatchObject({
      status: 'failed',
      text: 'half (database.secret) names no host.',
      remedy: "Leave it as it is, because RDS manages it, and set DATABASE_HOST (on AWS: the deployment's settings).",
    });
    expect(await find(half, 'database')).toEqual({ status: 'skipped', text: 'half names no host.' });
    await aws.secrets.send(new CreateSecretCommand({ Name: 'keys', SecretString: '{"one":"x","other":"y"}' }));
    expect(await find(withOneSecret({ retellApiKeySecret: 'keys' }), 'secrets')).toMatchObject({
      text: 'keys (retellApiKeySecret) has several keys, none of which is api_key.',
    });
    await aws.secrets.send(new CreateSecretCommand({ Name: 'empty', SecretString: 'not-set-yet' }));
    expect(await find(withOneSecret({ retellApiKeySecret: 'empty' }), 'secrets')).toMatchObject({
      text: 'empty (retellApiKeySecret) is empty.',
    });
  });

  test('connects to a public database', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const secret = `postgres://me:pass@127.0.0.1:${port}/platform`;
    await aws.secrets.send(new CreateSecretCommand({ Name: 'reachable', SecretString: secret }));
    const database = { kind: 'public', secret: 'reachable' };
    expect(await find(withOwnPostgres({ database }), 'database')).toEqual({
      status: 'passed',
      text: `127.0.0.1:${port} answers`,
    });
    server.close();
    await once(server, 'close');
    expect(await find(withOwnPostgres({ database }), 'database')).toMatchObject({
      status: 'failed',
      text: `127.0.0.1:${port} does not answer from here: ECONNREFUSED.`,
    });
  });

  test('checks that the subnets of a private database route to a NAT', async () => {
    const { Vpc } = await aws.ec2.send(new CreateVpcCommand({ CidrBlock: '10.9.0.0/16' }));
    const { Subnet } = await aws.ec2.send(new CreateSubnetCommand({ VpcId: Vpc?.VpcId, CidrBlock: '10.9.1.0/24' }));
    const network = { vpcId: Vpc?.VpcId, subnetIds: [Subnet?.SubnetId], securityGroupIds: ['sg-0123456789abcdef0'] };
    const database = { kind: 'private', secret: 'team/postgres', network };
    expect(await find(withPrivatePostgres({ database }), 'network')).toMatchObject({
      status: 'failed',
      text: expect.stringContaining(`${Subnet?.SubnetId} has no route to a NAT`),
    });
    expect(await find(withPrivatePostgres(), 'network')).toMatchObject({
      status: 'failed',
      text: expect.stringContaining(
        'subnet-0123456789abcdef0, subnet-0123456789abcdef1 is not in vpc-0123456789abcdef0',
      ),
    });
  });

  test('as a command prints each finding with its remedy, and fails if a check failed', async () => {
    const run = promisify(execFile)(
      process.execPath,
      [join('infra', 'aws', 'preflight', 'main.ts'), 'examples/private-postgres'],
      {
        cwd: PROJECT,
        env: { ...COMPILE_CACHE, ...preflight.moto.environment },
      },
    );
    await expect(run).rejects.toMatchObject({
      code: 1,
      stdout: expect.stringMatching(
        /^passed {3}account .*\n(.*\n)*FAILED {3}network .*\n {10,}-> Set database\.network\.subnetIds\.\n/,
      ),
    });
  }, 30_000);
});

test('reads the plan with a signed request, and says if it is refused', async () => {
  const free = await startEndpoint('{"accountPlanType":"FREE","accountPlanStatus":"ACTIVE"}');
  expect(await readAccountPlan({ ...CREDENTIALS, sessionToken: 'session' }, free.endpoint)).toBe('FREE');
  free.close();
  expect(free.received).toMatchObject([
    {
      headers: {
        'x-amz-target': 'AWSFreeTierService.GetAccountPlanState',
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-security-token': 'session',
        authorization: expect.stringMatching(
          /^AWS4-HMAC-SHA256 Credential=test\/\d{8}\/us-east-1\/freetier\/aws4_request/,
        ),
      },
      body: '{}',
    },
  ]);
  const refused = await startEndpoint('{}', 400);
  await expect(readAccountPlan(CREDENTIALS, refused.endpoint)).rejects.toThrow('GetAccountPlanState: status 400');
  refused.close();
});

/** Of a machine that has neither credentials nor a region. */
const NO_ACCOUNT = { ...COMPILE_CACHE, HOME: '/nonexistent', AWS_EC2_METADATA_DISABLED: 'true' };

async function runWithoutAccount(program: string, ...args: readonly string[]): Promise<unknown> {
  const run = promisify(execFile)(process.execPath, [join('infra', 'aws', program, 'main.ts'), ...args], {
    cwd: PROJECT,
    env: NO_ACCOUNT,
  });
  return await run.catch((error: unknown) => error);
}

test('without an account, the preflight fails in one finding that says what to set', async () => {
  expect(await runWithoutAccount('preflight', 'examples/own-postgres')).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/^FAILED {3}account {2}AWS cannot be asked .*\n.*-> .*AWS_PROFILE.*AWS_REGION.*\n$/),
  });
}, 30_000);

test.each(['preflight', 'verify'])(
  '%s --help prints how to use it, and succeeds',
  async (program) => {
    expect(await runWithoutAccount(program, '--help')).toMatchObject({
      stdout: expect.stringMatching(/^Usage: npm run .*\n$/),
      stderr: '',
    });
  },
  30_000,
);

test.each([
  ['preflight', '--hlep'],
  ['verify', '--rotat'],
  ['verify', 'examples/own-postgres'],
])(
  '%s %s, without an account, says in one line what is missing',
  async (program, argument) => {
    expect(await runWithoutAccount(program, argument)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^(Usage: npm run |Unknown option |Region is missing: ).*\n$/),
    });
  },
  30_000,
);

const ADDRESS = { host: 'db.example', port: 5432 };

test.each([
  ['postgres://me:pass@db.example:6543/platform', {}, { ...ADDRESS, port: 6543 }],
  ['postgresql://me:pass@db.example/platform', {}, ADDRESS],
  ['host=db.example port=5433 user=me password=pass dbname=platform', {}, { ...ADDRESS, port: 5433 }],
  ['{"host":"db.example","port":"5433","username":"me","password":"x","dbname":"d"}', {}, { ...ADDRESS, port: 5433 }],
  ['{"DB_HOST":"db.example","DB_USER":"me","DB_PASS":"x","DB_NAME":"platform"}', {}, ADDRESS],
  ['{"url":"postgres://me:pass@db.example/platform"}', {}, ADDRESS],
  ['{"username":"me","password":"pass"}', { host: 'db.example', name: 'platform' }, ADDRESS],
  [
    'postgres://me:pass@db.example/platform',
    { host: 'proxy.example', port: 15432 },
    { host: 'proxy.example', port: 15432 },
  ],
])('a secret of the database is read as the functions read it: %s', (secret, settings, expected) => {
  expect(addressIn(secret, 'team/postgres', settings)).toEqual({ ok: true, ...expected });
});

test.each([
  ['{"username":"me","password":"pass"}', 'names no host'],
  ['{"username":"me","password":"pass","host":"db.example"}', 'names no database'],
  ['postgres://db.example/platform', 'names no user'],
  ['nonsense', 'is not of the form'],
])('a secret of the database that the functions would refuse is refused: %s', (secret, why) => {
  expect(addressIn(secret, 'team/postgres', {})).toMatchObject({ ok: false, why: expect.stringContaining(why) });
});
