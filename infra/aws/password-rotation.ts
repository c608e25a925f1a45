import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { SubnetType } from 'aws-cdk-lib/aws-ec2';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnApplication } from 'aws-cdk-lib/aws-sam';
import type { SecretRotation } from 'aws-cdk-lib/aws-secretsmanager';
import type { Settings } from './settings.ts';

/** Characters that other programs, which take the password into a URL or a shell, would stumble over. */
export const EXCLUDED_CHARACTERS = ' %+~`#$&*()|[]{}:;<>?!\'/@"\\^,=';

/** A user may change its own password, so neither secret needs the other for its rotation. */
export const ROTATION = {
  automaticallyAfter: Duration.days(30),
  excludeCharacters: EXCLUDED_CHARACTERS,
  vpcSubnets: { subnetType: SubnetType.PRIVATE_WITH_EGRESS },
} as const;

/** CDK would name the function after the stack's id, which is the same for every deployment in an account. */
export function nameRotation(rotation: SecretRotation, role: 'owner' | 'service', settings: Settings): void {
  const application = rotation.node.defaultChild;
  if (!(application instanceof CfnApplication)) throw new Error('A rotation is an application of the repository');
  const functionName = `${settings.name}-rotate-${role}`;
  application.addPropertyOverride('Parameters.functionName', functionName);
  const logs = new LogGroup(rotation, 'Logs', {
    logGroupName: `/aws/lambda/${functionName}`,
    retention: settings.logRetentionDays,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  // Its first invocation would make the group, which would keep what is in it for ever.
  application.node.addDependency(logs);
}
