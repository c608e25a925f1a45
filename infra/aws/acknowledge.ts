/** Acknowledged findings of cdk-nag, each with its reason for reviewers. A test keeps the list exact. */
import { Stack, Token, Validations } from 'aws-cdk-lib';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { IConstruct } from 'constructs';

export function acknowledge(construct: IConstruct, id: string, reason: string): void {
  Validations.of(construct).acknowledge({ id: `AwsSolutions-${id}`, reason });
}

/** A warning of CDK's own validation, not of cdk-nag. */
export function acknowledgeWarning(construct: IConstruct, id: string, reason: string): void {
  Validations.of(construct).acknowledge({ id: `CloudFormation-Validate::${id}`, reason });
}

export function acknowledgeNetworkInterfaces(role: IConstruct): void {
  acknowledge(
    role,
    'IAM5[Resource::*]',
    'EC2 knows no resource for the two Describe actions by which Lambda looks at the network interfaces of a function.',
  );
  const ownEc2 = ownArn(role, 'ec2');
  acknowledge(
    role,
    `IAM5[Resource::${ownEc2}*/*]`,
    'Lambda names its network interfaces itself, and documents this pattern for removing them. The code of a function is ' +
      'denied all of these actions.',
  );
  acknowledge(
    role,
    `IAM5[Resource::${ownEc2}network-interface/*]`,
    'A network interface that is being made has no id yet; its subnet and its security group are named.',
  );
}

/** The beginning of an ARN as cdk-nag writes it, for a deployment that names its account and region or does not. */
function ownArn(construct: IConstruct, service: string): string {
  const { partition, account, region } = Stack.of(construct);
  const names = [
    shown(partition, 'AWS::Partition'),
    service,
    shown(region, 'AWS::Region'),
    shown(account, 'AWS::AccountId'),
  ];
  return `arn:${names.join(':')}:`;
}

function shown(value: string, parameter: string): string {
  return Token.isUnresolved(value) ? `<${parameter}>` : value;
}

/** AWS-managed policies that are kept. */
export function acknowledgeManagedPolicy(construct: IConstruct, policy: string): void {
  acknowledge(
    construct,
    `IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/${policy}]`,
    'The policy that AWS maintains for Session Manager, which is the only way into the machine: no port and no key is open.',
  );
}

/** A secret named without the random suffix of its ARN can only be granted with a pattern for the suffix. */
export function acknowledgeSecretSuffix(role: IConstruct, secrets: readonly ISecret[]): void {
  for (const secret of secrets.filter(({ secretFullArn }) => secretFullArn === undefined)) {
    acknowledge(
      role,
      `IAM5[Resource::${ownArn(role, 'secretsmanager')}secret:${secret.secretName}-??????]`,
      'The setting names the secret, and Secrets Manager itself ends the ARN with six characters; give the whole ARN in ' +
        'the setting to grant that one alone.',
    );
  }
}

export function acknowledgeRotation(secret: IConstruct, reason: string): void {
  acknowledge(secret, 'SMG4', reason);
}
