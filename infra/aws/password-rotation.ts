import { Duration } from 'aws-cdk-lib';
import { SubnetType } from 'aws-cdk-lib/aws-ec2';
import { CfnApplication } from 'aws-cdk-lib/aws-sam';
import type { SecretRotation } from 'aws-cdk-lib/aws-secretsmanager';

/** Characters that other programs, which take the password into a URL or a shell, would stumble over. */
export const EXCLUDED_CHARACTERS = ' %+~`#$&*()|[]{}:;<>?!\'/@"\\^,=';

/** A user may change its own password, so neither secret needs the other for its rotation. */
export const ROTATION = {
  automaticallyAfter: Duration.days(30),
  excludeCharacters: EXCLUDED_CHARACTERS,
  vpcSubnets: { subnetType: SubnetType.PRIVATE_WITH_EGRESS },
} as const;

/** CDK would name the function after the stack's id, which is the same for every deployment in an account. */
export function nameRotation(rotation: SecretRotation, name: string): void {
  const application = rotation.node.defaultChild;
  if (!(application instanceof CfnApplication)) throw new Error('A rotation is an application of the repository');
  application.addPropertyOverride('Parameters.functionName', name);
}
