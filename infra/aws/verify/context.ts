/** What the steps use: the stacks' outputs and AWS clients. */
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { EC2Client } from '@aws-sdk/client-ec2';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { RDSClient } from '@aws-sdk/client-rds';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { parseSecret } from '../../../shared/secrets/secret-value.ts';
import type { Deployment } from '../deployment.ts';

export interface StepOptions {
  readonly restartNat: boolean;
  readonly rotate: boolean;
  /** The pause between two checks of something that is waited for. */
  readonly pauseMs: number;
  /** The time until a restart has begun. */
  readonly settleMs: number;
}

export interface StepContext {
  readonly deployment: Deployment;
  readonly options: StepOptions;
  /** The outputs of all stacks, by name. */
  readonly outputs: ReadonlyMap<string, string>;
  readonly clients: ReturnType<typeof createClients>;
  /** The value of the secret that this output names. */
  secret(output: string): Promise<string>;
  /** The value of the secret of this name or ARN. */
  secretNamed(name: string): Promise<string>;
}

export function createClients(region: string | undefined) {
  const options = region === undefined ? {} : { region };
  return {
    cloudFormation: new CloudFormationClient(options),
    cloudWatch: new CloudWatchClient(options),
    ec2: new EC2Client(options),
    lambda: new LambdaClient(options),
    rds: new RDSClient(options),
    scheduler: new SchedulerClient(options),
    secrets: new SecretsManagerClient(options),
  };
}

export async function createStepContext(deployment: Deployment, options: StepOptions): Promise<StepContext> {
  const { name, region, database } = deployment.settings;
  const clients = createClients(region);
  const parts = [...(database.kind === 'rds' ? ['data'] : []), 'service', 'monitoring'];
  const outputs = new Map<string, string>();
  for (const part of parts) {
    const { Stacks = [] } = await clients.cloudFormation.send(
      new DescribeStacksCommand({ StackName: `${name}-${part}` }),
    );
    for (const { OutputKey = '', OutputValue = '' } of Stacks.flatMap(({ Outputs = [] }) => Outputs))
      outputs.set(OutputKey, OutputValue);
  }
  const secretNamed = (name: string) => readKey(clients.secrets, name);
  return {
    deployment,
    options,
    outputs,
    clients,
    secretNamed,
    secret: async (output) => await secretNamed(required(outputs, output)),
  };
}

/** The key or token in a secret, read as the functions read it: it may be JSON. */
export async function readKey(secrets: SecretsManagerClient, SecretId: string): Promise<string> {
  const { SecretString = '' } = await secrets.send(new GetSecretValueCommand({ SecretId }));
  const read = parseSecret({ kind: 'arn', arn: SecretId, variable: '' }, SecretString);
  if (!read.ok) throw new Error(`The secret ${SecretId} ${read.why}`);
  return read.value;
}

export function required(outputs: ReadonlyMap<string, string>, name: string): string {
  const value = outputs.get(name);
  if (value === undefined) throw new Error(`The stacks have no output ${name}`);
  return value;
}
