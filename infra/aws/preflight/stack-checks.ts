/** Checks for existing resources of the account that conflict with the deployment. */
import { CloudFormationServiceException, DescribeStacksCommand, type Stack } from '@aws-sdk/client-cloudformation';
import { DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { type Check, type CheckContext, failed, passed } from './check.ts';

const STACKS = ['data', 'service', 'monitoring'] as const;

/** null: the stack does not exist. */
export async function findStack(
  { deployment, aws }: CheckContext,
  part: (typeof STACKS)[number],
): Promise<Stack | null> {
  const StackName = `${deployment.settings.name}-${part}`;
  try {
    const { Stacks = [] } = await aws.cloudFormation.send(new DescribeStacksCommand({ StackName }));
    return Stacks[0] ?? null;
  } catch (error) {
    if (error instanceof CloudFormationServiceException && /does not exist/.test(error.message)) return null;
    throw error;
  }
}

const stacks: Check = {
  name: 'stacks',
  async run(context) {
    const found = await Promise.all(STACKS.map((part) => findStack(context, part)));
    const there = found.filter((stack) => stack !== null);
    const first = there.find(({ StackStatus = '' }) => isStuck(StackStatus));
    if (first === undefined)
      return passed(there.length === 0 ? 'none yet' : there.map(({ StackName }) => StackName).join(', '));
    return failed(
      `${first.StackName} is ${first.StackStatus}, and cannot be updated.`,
      first.StackStatus === 'ROLLBACK_COMPLETE' ? deletionOf(first) : 'docs/runbook.md, "A deployment that is stuck"',
    );
  },
};

function deletionOf({ StackName, EnableTerminationProtection }: Stack): string {
  const commands = [
    ...(EnableTerminationProtection === true
      ? [
          `aws cloudformation update-termination-protection --no-enable-termination-protection --stack-name ${StackName}`,
        ]
      : []),
    `aws cloudformation delete-stack --stack-name ${StackName}`,
  ];
  return commands.join(' && ');
}

function isStuck(status: string): boolean {
  return status !== 'UPDATE_ROLLBACK_COMPLETE' && /(ROLLBACK_COMPLETE|_FAILED|_IN_PROGRESS)$/.test(status);
}

const sameDatabase: Check = {
  name: 'same database as before',
  async run(context) {
    const service = await findStack(context, 'service');
    const used = service?.Parameters?.find(({ ParameterKey }) => ParameterKey === 'DatabaseInUse')?.ParameterValue;
    const kind = context.deployment.settings.database.kind === 'rds' ? 'rds' : 'own';
    if (used === undefined || used === kind) return passed(used ?? 'the first deployment');
    return failed(
      `The deployment works on a database of the kind ${used}, the settings name ${kind}; no rows move with it.`,
      `If that is meant, deploy with --parameters ${service?.StackName}:DatabaseInUse=${kind}`,
    );
  },
};

/** Log groups with fixed names: an existing group of the same name would fail the deployment. */
const logGroups: Check = {
  name: 'log groups',
  async run(context) {
    const { deployment, aws } = context;
    const { name, database } = deployment.settings;
    const ours = [
      { part: 'service', group: `/aws/vendedlogs/apis/${name}` },
      ...(database.kind === 'rds'
        ? [{ part: 'data', group: `/aws/rds/instance/${name}-database/postgresql` } as const]
        : []),
    ] as const;
    const left = [];
    for (const { part, group } of ours) {
      if ((await findStack(context, part)) !== null) continue;
      const { logGroups: found = [] } = await aws.logs.send(
        new DescribeLogGroupsCommand({ logGroupNamePrefix: group }),
      );
      if (found.some(({ logGroupName }) => logGroupName === group)) left.push(group);
    }
    return left.length === 0
      ? passed('none is left over')
      : failed(
          `${left.join(' and ')} is left over from a deployment of the same name.`,
          left.map((group) => `aws logs delete-log-group --log-group-name ${group}`).join(' && '),
        );
  },
};

export const STACK_CHECKS: readonly Check[] = [stacks, sameDatabase, logGroups];
