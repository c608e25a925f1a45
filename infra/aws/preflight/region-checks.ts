/** Whether the region has what the stacks need, with room for it. */
import {
  DescribeAddressesCommand,
  DescribeAvailabilityZonesCommand,
  DescribeInstancesCommand,
  DescribeInstanceTypeOfferingsCommand,
  DescribeVpcsCommand,
} from '@aws-sdk/client-ec2';
import { paginateDescribeOrderableDBInstanceOptions } from '@aws-sdk/client-rds';
import { GetServiceQuotaCommand } from '@aws-sdk/client-service-quotas';
import { GetParametersCommand } from '@aws-sdk/client-ssm';
import type { RdsSettings } from '../database-settings.ts';
import { type Check, type CheckContext, failed, passed, skipped } from './check.ts';
import type { Aws } from './clients.ts';
import { findStack } from './stack-checks.ts';

const SERVICES = ['lambda', 'apigateway', 'eventbridge', 'scheduler', 'secretsmanager', 'sqs', 'sns', 'cloudwatch'];
/** By their ids, because names differ between accounts. Lambda places no function of a VPC in these zones. */
export const ZONES_WITHOUT_LAMBDA: ReadonlySet<string> = new Set(['use1-az3']);

const services: Check = {
  name: 'services',
  async run({ deployment: { settings }, aws }) {
    const region = await aws.ssm.config.region();
    const needed = [...SERVICES, ...(settings.database.kind === 'rds' ? ['rds'] : [])];
    const prefix = `/aws/service/global-infrastructure/regions/${region}/services/`;
    const { Parameters = [] } = await aws.ssm.send(
      new GetParametersCommand({ Names: needed.map((name) => prefix + name) }),
    );
    const offered = new Set(Parameters.map(({ Value }) => Value));
    const missing = needed.filter((name) => !offered.has(name));
    return missing.length === 0
      ? passed(`${region} has all ${needed.length}`)
      : failed(`${region} has no ${missing.join(', ')}.`, 'Set region to another one.');
  },
};

const zones: Check = {
  name: 'zones',
  async run({ deployment: { settings }, aws }) {
    const { database } = settings;
    if (database.kind !== 'rds') return skipped('Only a new RDS has a network of its own.');
    const offered = await offeredZones(aws, database);
    const chosen = settings.availabilityZones ?? offered.all.slice(0, 2);
    const problem = chosen.flatMap((zone) => {
      const lacks = offered.lacking(zone);
      return lacks.length === 0 ? [] : [`${zone} has no ${lacks.join(' and no ')}.`];
    });
    const good = offered.all.filter((zone) => offered.lacking(zone).length === 0).slice(0, 2);
    return problem.length === 0
      ? passed(chosen.join(' and '))
      : failed(
          problem.join(' '),
          good.length < 2 ? 'Use another region.' : `Set availabilityZones to ${JSON.stringify(good)}.`,
        );
  },
};

/** The region's zones, sorted, and what each of them lacks. */
async function offeredZones(aws: Aws, { natInstanceType, nat, instanceType }: RdsSettings) {
  const [{ AvailabilityZones = [] }, ofNat, ofDatabase] = await Promise.all([
    aws.ec2.send(new DescribeAvailabilityZonesCommand({})),
    nat === 'gateway' ? null : zonesOfInstance(aws, natInstanceType),
    zonesOfDatabase(aws, `db.${instanceType}`),
  ]);
  const usual = AvailabilityZones.filter(({ ZoneType = 'availability-zone' }) => ZoneType === 'availability-zone');
  const ids = new Map(usual.map(({ ZoneName = '', ZoneId = '' }) => [ZoneName, ZoneId]));
  return {
    all: [...ids.keys()].sort(),
    lacking: (zone: string): string[] => [
      ...(ofNat?.has(zone) === false ? [natInstanceType] : []),
      ...(ofDatabase.has(zone) ? [] : [`db.${instanceType}`]),
      ...(ZONES_WITHOUT_LAMBDA.has(ids.get(zone) ?? '') ? ['Lambda'] : []),
    ],
  };
}

async function zonesOfInstance(aws: Aws, type: string): Promise<ReadonlySet<string>> {
  const { InstanceTypeOfferings = [] } = await aws.ec2.send(
    new DescribeInstanceTypeOfferingsCommand({
      LocationType: 'availability-zone',
      Filters: [{ Name: 'instance-type', Values: [type] }],
    }),
  );
  return new Set(InstanceTypeOfferings.flatMap(({ Location }) => Location ?? []));
}

async function zonesOfDatabase(aws: Aws, DBInstanceClass: string): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  const options = { Engine: 'postgres', DBInstanceClass, Vpc: true };
  for await (const { OrderableDBInstanceOptions = [] } of paginateDescribeOrderableDBInstanceOptions(
    { client: aws.rds },
    options,
  ))
    for (const { AvailabilityZones = [] } of OrderableDBInstanceOptions)
      for (const { Name } of AvailabilityZones) if (Name !== undefined) found.add(Name);
  return found;
}

interface Quota {
  readonly name: string;
  readonly service: string;
  readonly code: string;
  /** What a deployment adds. */
  readonly adds: number;
  readonly used: (aws: Aws) => Promise<number>;
}

const VPCS: Quota = {
  name: 'VPCs',
  service: 'vpc',
  code: 'L-F678F1CE',
  adds: 1,
  used: async (aws) => (await aws.ec2.send(new DescribeVpcsCommand({}))).Vpcs?.length ?? 0,
};
const ADDRESSES: Quota = {
  name: 'elastic addresses',
  service: 'ec2',
  code: 'L-0263D0A3',
  adds: 1,
  used: async (aws) => (await aws.ec2.send(new DescribeAddressesCommand({}))).Addresses?.length ?? 0,
};
const PROCESSORS: Quota = {
  name: 'vCPUs of standard instances',
  service: 'ec2',
  code: 'L-1216C47A',
  adds: 2,
  used: usedProcessors,
};

async function usedProcessors(aws: Aws): Promise<number> {
  const Filters = [{ Name: 'instance-state-name', Values: ['pending', 'running'] }];
  const { Reservations = [] } = await aws.ec2.send(new DescribeInstancesCommand({ Filters }));
  const options = Reservations.flatMap(({ Instances = [] }) => Instances.map(({ CpuOptions }) => CpuOptions));
  return options.reduce((sum, cpu) => sum + (cpu?.CoreCount ?? 1) * (cpu?.ThreadsPerCore ?? 1), 0);
}

const quotas: Check = {
  name: 'quotas',
  async run(context) {
    const { database } = context.deployment.settings;
    if (database.kind !== 'rds') return skipped('Only a new RDS has a network of its own.');
    if ((await findStack(context, 'data')) !== null) return passed('the network is there already');
    const needed = [VPCS, ADDRESSES, ...(database.nat === 'instance' ? [PROCESSORS] : [])];
    const found = await Promise.all(needed.map(async (quota) => ({ quota, ...(await roomFor(context, quota)) })));
    const full = found.filter(({ quota, used, limit }) => used + quota.adds > limit);
    return full.length === 0
      ? passed(found.map(({ quota, used, limit }) => `${used} of ${limit} ${quota.name}`).join(', '))
      : failed(
          `${full.map(({ quota, used, limit }) => `${used} of ${limit} ${quota.name} are used`).join(', ')}.`,
          full
            .map(
              ({ quota, limit }) =>
                `aws service-quotas request-service-quota-increase --service-code ${quota.service} --quota-code ${quota.code} --desired-value ${limit + quota.adds}`,
            )
            .join('; '),
        );
  },
};

async function roomFor(
  { aws }: CheckContext,
  { service, code, used }: Quota,
): Promise<{ used: number; limit: number }> {
  const command = new GetServiceQuotaCommand({ ServiceCode: service, QuotaCode: code });
  const [{ Quota: quota }, count] = await Promise.all([aws.quotas.send(command), used(aws)]);
  return { used: count, limit: quota?.Value ?? 0 };
}

export const REGION_CHECKS: readonly Check[] = [services, zones, quotas];
