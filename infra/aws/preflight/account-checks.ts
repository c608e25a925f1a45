/** Whether the account and region can hold the stacks. */

import { DescribeAvailabilityZonesCommand, DescribeInstanceTypeOfferingsCommand } from '@aws-sdk/client-ec2';
import { GetAccountSettingsCommand } from '@aws-sdk/client-lambda';
import { GetParameterCommand, ParameterNotFound } from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { type Check, failed, passed, skipped } from './check.ts';

const BOOTSTRAP_PARAMETER = '/cdk-bootstrap/hnb659fds/version';
const LEAST_BOOTSTRAP = 6;
/** Our functions reserve 33, and Lambda keeps 100 unreserved. */
const LEAST_CONCURRENCY = 150;

const identity: Check = {
  name: 'account',
  async run({ deployment: { settings }, aws }) {
    const { Account = '', Arn } = await aws.sts.send(new GetCallerIdentityCommand({}));
    return settings.account === undefined || settings.account === Account
      ? passed(`${Account}, as ${Arn}`)
      : failed(`The credentials are of ${Account}, the settings of ${settings.account}.`, 'Use the other credentials.');
  },
};

const bootstrap: Check = {
  name: 'bootstrap',
  async run({ aws }) {
    try {
      const { Parameter } = await aws.ssm.send(new GetParameterCommand({ Name: BOOTSTRAP_PARAMETER }));
      const version = Number(Parameter?.Value);
      if (version >= LEAST_BOOTSTRAP) return passed(`version ${version}`);
      return failed(`Version ${version} is too old.`, 'npx cdk bootstrap');
    } catch (error) {
      if (!(error instanceof ParameterNotFound)) throw error;
      return failed('This account and region are not bootstrapped.', 'npx cdk bootstrap');
    }
  },
};

const concurrency: Check = {
  name: 'concurrent executions',
  async run({ deployment: { settings }, aws }) {
    const { AccountLimit } = await aws.lambda.send(new GetAccountSettingsCommand({}));
    const limit = AccountLimit?.ConcurrentExecutions ?? 0;
    if (settings.reservedConcurrency && limit < LEAST_CONCURRENCY)
      return failed(
        `The limit is ${limit}; to reserve some it must be ${LEAST_CONCURRENCY}.`,
        'Set reservedConcurrency to false.',
      );
    if (!settings.reservedConcurrency && limit >= LEAST_CONCURRENCY)
      return passed(`${limit}: reservedConcurrency may be set to true, so that webhooks cannot use up all connections`);
    return passed(`${limit}`);
  },
};

const zones: Check = {
  name: 'zones',
  async run({ deployment: { settings }, aws }) {
    const { database } = settings;
    if (database.kind !== 'rds') return skipped('Only a new RDS has a network of its own.');
    const chosen = settings.availabilityZones ?? (await firstZones(aws.ec2));
    const { natInstanceType: type } = database;
    const { InstanceTypeOfferings = [] } = await aws.ec2.send(
      new DescribeInstanceTypeOfferingsCommand({
        LocationType: 'availability-zone',
        Filters: [{ Name: 'instance-type', Values: [type] }],
      }),
    );
    const offering = InstanceTypeOfferings.flatMap(({ Location }) => Location ?? []).sort();
    const without = chosen.filter((zone) => !offering.includes(zone));
    return without.length === 0
      ? passed(chosen.join(' and '))
      : failed(
          `${without.join(' and ')} has no ${type}.`,
          offering.length < 2
            ? 'Use another region.'
            : `Set availabilityZones to ${JSON.stringify(offering.slice(0, 2))}.`,
        );
  },
};

async function firstZones(ec2: Parameters<Check['run']>[0]['aws']['ec2']): Promise<string[]> {
  const { AvailabilityZones = [] } = await ec2.send(new DescribeAvailabilityZonesCommand({}));
  return AvailabilityZones.flatMap(({ ZoneName, ZoneType }) =>
    ZoneType === undefined || ZoneType === 'availability-zone' ? (ZoneName ?? []) : [],
  )
    .sort()
    .slice(0, 2);
}

const plan: Check = {
  name: 'plan',
  async run({ deployment: { settings } }) {
    const { database } = settings;
    if (database.kind !== 'rds' || (database.backupDays === 1 && database.natInstanceType !== 't4g.nano'))
      return passed("nothing that AWS's free plan refuses");
    return skipped(
      "Whether the account is on AWS's free plan is shown in Billing. If it is: set database.backupDays to 1, and database.natInstanceType to t4g.micro.",
    );
  },
};

export const ACCOUNT_CHECKS: readonly Check[] = [identity, bootstrap, concurrency, zones, plan];
