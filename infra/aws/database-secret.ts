/** The database's two secrets: of the owner, for the migrations alone, and of the role that the functions work as. */
import type { Stack } from 'aws-cdk-lib';
import { DatabaseSecret } from 'aws-cdk-lib/aws-rds';
import { type ISecret, SecretRotation, SecretRotationApplication } from 'aws-cdk-lib/aws-secretsmanager';
import { DATABASE_NAME, type Data } from './data-stack.ts';
import { EXCLUDED_CHARACTERS, nameRotation, ROTATION } from './password-rotation.ts';
import { existingSecret } from './secret.ts';
import type { Settings } from './settings.ts';

export interface DatabaseSecrets {
  /** What the functions connect with. */
  readonly service: ISecret;
  /** null: the team gave one secret for both. */
  readonly owner: ISecret | null;
}

/** Of the role that Migrate makes. */
const SERVICE_ROLE = 'voice_agent_sync_service';

export function existingDatabaseSecrets(stack: Stack, settings: Settings): DatabaseSecrets {
  const { existingDatabaseSecret = '', existingDatabaseOwnerSecret: owner } = settings;
  return {
    service: existingSecret(stack, 'DatabaseSecret', existingDatabaseSecret),
    owner: owner === undefined ? null : existingSecret(stack, 'DatabaseOwnerSecret', owner),
  };
}

export function ownDatabaseSecrets(stack: Stack, { instance, ownerSecret }: Data): DatabaseSecrets {
  const service = new DatabaseSecret(stack, 'ServiceRoleSecret', {
    username: SERVICE_ROLE,
    dbname: DATABASE_NAME,
    excludeCharacters: EXCLUDED_CHARACTERS,
  });
  return { service: service.attach(instance), owner: ownerSecret };
}

export function rotateServiceSecret(stack: Stack, data: Data, secret: ISecret, settings: Settings): SecretRotation {
  const { instance, network } = data;
  // The functions' own group: one of this stack would have to be let in by a rule of the other, which this one needs first.
  const [securityGroup] = network.securityGroups;
  if (securityGroup === undefined) throw new Error('The functions have a security group');
  const rotation = new SecretRotation(stack, 'ServiceRoleRotation', {
    ...ROTATION,
    application: SecretRotationApplication.POSTGRES_ROTATION_SINGLE_USER,
    secret,
    target: instance,
    vpc: network.vpc,
    securityGroup,
  });
  nameRotation(rotation, 'service', settings);
  return rotation;
}
