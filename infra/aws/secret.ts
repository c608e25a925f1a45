import { RemovalPolicy, SecretValue, type Stack } from 'aws-cdk-lib';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { SECRET_PLACEHOLDER } from '../../shared/contract.ts';
import { acknowledgeRotation } from './acknowledge.ts';
import type { Settings } from './settings.ts';

export interface Secrets {
  readonly retell: ISecret;
  /** null: webhooks are signed with the API key. */
  readonly webhook: ISecret | null;
  readonly token: ISecret;
}

/** The secrets of the service; those of the database belong to its access. */
export function addSecrets(stack: Stack, { retellApiKeySecret, retellWebhookSecret }: Settings): Secrets {
  return {
    retell:
      retellApiKeySecret === undefined
        ? secretToFill(stack, 'RetellApiKey', 'The API key of the Retell account')
        : existingSecret(stack, 'RetellApiKey', retellApiKeySecret),
    webhook: retellWebhookSecret === undefined ? null : existingSecret(stack, 'WebhookKeys', retellWebhookSecret),
    token: generatedToken(stack, 'SyncToken'),
  };
}

/** A secret that already exists, by its name or its whole ARN. */
export function existingSecret(scope: Construct, id: string, nameOrArn: string): ISecret {
  return nameOrArn.startsWith('arn:')
    ? Secret.fromSecretCompleteArn(scope, id, nameOrArn)
    : Secret.fromSecretNameV2(scope, id, nameOrArn);
}

/** A secret for a person to fill: the functions refuse its placeholder until then. */
function secretToFill(scope: Construct, id: string, description: string): ISecret {
  const secret = new Secret(scope, id, {
    description,
    // Only a placeholder. Updates of the stack keep the value that a person sets.
    secretStringValue: SecretValue.unsafePlainText(SECRET_PLACEHOLDER),
    removalPolicy: RemovalPolicy.DESTROY,
  });
  acknowledgeRotation(
    secret,
    'Only Retell issues this key, and it has no API to replace it. People rotate it by the steps in docs/aws.md; functions ' +
      'that meet a refusal read the secret again at once.',
  );
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- CDK's classes break exactOptionalPropertyTypes
  return secret as ISecret;
}

/** The token of the API. */
function generatedToken(scope: Construct, id: string): ISecret {
  const secret = new Secret(scope, id, {
    description: 'Bearer token of the sync and audit endpoints',
    generateSecretString: { excludePunctuation: true, passwordLength: 48 },
    removalPolicy: RemovalPolicy.DESTROY,
  });
  acknowledgeRotation(
    secret,
    'Every caller of the API holds a copy of this token, so a scheduled rotation would lock callers out without warning. It is ' +
      'replaced on demand (docs/aws.md) and takes effect within the five minutes that functions keep it.',
  );
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- CDK's classes break exactOptionalPropertyTypes
  return secret as ISecret;
}
