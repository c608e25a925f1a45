/** Clients for the account, with the credentials and region of the environment. */
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { EC2Client } from '@aws-sdk/client-ec2';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SSMClient } from '@aws-sdk/client-ssm';
import { STSClient } from '@aws-sdk/client-sts';

export type Aws = ReturnType<typeof createClients>;

export function createClients(region: string | undefined) {
  const options = { maxAttempts: 2, ...(region === undefined ? {} : { region }) };
  return {
    cloudFormation: new CloudFormationClient(options),
    logs: new CloudWatchLogsClient(options),
    ec2: new EC2Client(options),
    lambda: new LambdaClient(options),
    secrets: new SecretsManagerClient(options),
    ssm: new SSMClient(options),
    sts: new STSClient(options),
  };
}
