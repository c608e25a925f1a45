/** `npm run preflight`: what it finds out about the region, and about the quotas that the account has left there. */
import { AllocateAddressCommand, DescribeAvailabilityZonesCommand } from '@aws-sdk/client-ec2';
import { RDSClient } from '@aws-sdk/client-rds';
import { SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createClients } from '../../infra/aws/preflight/clients.ts';
import { withOneSecret, withRds } from '../support/deployment-settings.ts';
import { motoIsInstalled } from '../support/moto.ts';
import { orderableIn, type Preflight, startEndpoint, startPreflight } from '../support/preflight.ts';

const describeWithMoto = motoIsInstalled() ? describe : describe.skip;

describeWithMoto('the preflight', () => {
  let preflight: Preflight;
  const find: Preflight['find'] = async (...args) => await preflight.find(...args);
  beforeAll(async () => {
    preflight = await startPreflight();
  }, 60_000);
  afterAll(() => preflight.stop());

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
    await preflight.aws.ec2.send(new AllocateAddressCommand({ Domain: 'vpc' }));
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
});
