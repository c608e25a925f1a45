/** Findings of cdk-nag that stay, each with what a reviewer should know. A test keeps the list exact. */
import { Validations } from 'aws-cdk-lib';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { IConstruct } from 'constructs';

export function acknowledge(construct: IConstruct, id: string, reason: string): void {
  Validations.of(construct).acknowledge({ id: `AwsSolutions-${id}`, reason });
}

export function acknowledgeNetworkInterfaces(role: IConstruct): void {
  acknowledge(
    role,
    'IAM5[Resource::*]',
    'Lambda makes and removes the network interfaces by which a function is in a VPC; EC2 supports no resource for these ' +
      'actions, and the role has no other action with this resource.',
  );
}

/** A secret that is named without the six characters at the end of its ARN can only be granted with a pattern for them. */
export function acknowledgeSecretSuffix(role: IConstruct, secrets: readonly ISecret[]): void {
  for (const secret of secrets.filter(({ secretFullArn }) => secretFullArn === undefined)) {
    acknowledge(
      role,
      `IAM5[Resource::arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:${secret.secretName}-??????]`,
      'The setting names the secret, and Secrets Manager itself ends the ARN with six characters; give the whole ARN in ' +
        'the setting to grant that one alone.',
    );
  }
}

export function acknowledgeRotation(secret: IConstruct, reason: string): void {
  acknowledge(secret, 'SMG4', reason);
}
