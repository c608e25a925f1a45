/** `npm run preflight`: its checks of an account and its region, here moto, and its output. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CreateLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  AllocateAddressCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeAvailabilityZonesCommand,
} from '@aws-sdk/client-ec2';
import { RDSClient } from '@aws-sdk/client-rds';
import { CreateSecretCommand } from '@aws-sdk/client-secrets-manager';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Aws, createClients } from '../../infra/aws/preflight/clients.ts';
import { COMPILE_CACHE } from '../support/child-environment.ts';
import { withOneSecret, withOwnPostgres, withPrivatePostgres, withRds } from '../support/deployment-settings.ts';
import { motoIsInstalled } from '../support/moto.ts';
import { orderableIn, type Preflight, startPreflight } from '../support/preflight.ts';
import { startEndpoint } from '../support/stub-endpoint.ts';

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

  test("knows whether the region has the services' endpoints", async () => {
    expect(await find(withRds(), 'services')).toEqual({ status: 'passed', text: 'eu-central-1 has all 9' });
    expect(await find(withOneSecret(), 'services')).toEqual({ status: 'passed', text: 'eu-central-1 has all 8' });
    const few = await startEndpoint('{"Parameters":[{"Value":"lambda"},{"Value":"sqs"}]}');
    const finding = await preflight.findWith({ ssm: new SSMClient(few.client) }, withOneSecret(), 'services');
    few.close();
    expect(finding).toEqual({
      status: 'failed',
      text: 'eu-central-1 has no apigateway, eventbridge, scheduler, secretsmanager, sns, cloudwatch.',
      remedy: 'Set region to another one.',
    });
  });

  test('looks for both instance types in the zones, chosen or not', async () => {
    expect(await find(withRds(), 'zones')).toEqual({ status: 'passed', text: 'eu-central-1a and eu-central-1b' });
    expect(await find(withRds({}, { availabilityZones: ['eu-central-1a', 'eu-central-1z'] }), 'zones')).toEqual({
      status: 'failed',
      text: 'eu-central-1z has no t4g.micro and no db.t4g.micro.',
      remedy: 'Set availabilityZones to ["eu-central-1a","eu-central-1b"].',
    });
    expect(await find(withRds(), 'zones', { databaseZones: ['eu-central-1b', 'eu-central-1c'] })).toEqual({
      status: 'failed',
      text: 'eu-central-1a has no db.t4g.micro.',
      remedy: 'Set availabilityZones to ["eu-central-1b","eu-central-1c"].',
    });
    expect(await find(withRds(), 'zones', { databaseZones: [] })).toMatchObject({ remedy: 'Use another region.' });
  });

  test('avoids the zone in which Lambda places no function', async () => {
    const inVirginia = createClients('us-east-1');
    const { AvailabilityZones = [] } = await inVirginia.ec2.send(new DescribeAvailabilityZonesCommand({}));
    const without = AvailabilityZones.find(({ ZoneId }) => ZoneId === 'use1-az3')?.ZoneName;
    const orderable = await startEndpoint(orderableIn(AvailabilityZones.flatMap(({ ZoneName }) => ZoneName ?? [])));
    const finding = await preflight.findWith(
      { ec2: inVirginia.ec2, rds: new RDSClient(orderable.client) },
      withRds({}, { availabilityZones: [without, 'us-east-1b'] }),
      'zones',
    );
    orderable.close();
    expect(finding).toMatchObject({
      status: 'failed',
      text: expect.stringMatching(/ has no (.* and no )?Lambda\.$/),
    });
  });

  test('compares what the network needs with the quotas of the account', async () => {
    expect(await find(withRds(), 'quotas')).toMatchObject({
      status: 'passed',
      text: expect.stringMatching(/^\d of 100 VPCs, 0 of 100 elastic addresses, 0 of 100 vCPUs of standard instances$/),
    });
    await aws.ec2.send(new AllocateAddressCommand({ Domain: 'vpc' }));
    expect(await find(withRds({ nat: 'gateway' }), 'quotas', { quota: 1 })).toMatchObject({
      status: 'failed',
      text: expect.stringContaining('1 of 1 elastic addresses are used'),
      remedy: expect.stringContaining(
        'aws service-quotas request-service-quota-increase --service-code ec2 --quota-code L-0263D0A3 --desired-value 2',
      ),
    });
    expect(await find(withRds(), 'quotas', { quota: 1 })).toMatchObject({
      text: expect.stringContaining('0 of 1 vCPUs of standard instances are used'),
    });
    expect(await find(withOneSecret(), 'quotas')).toMatchObject({ status: 'skipped' });
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
