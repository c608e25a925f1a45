/** Clients for the account, with the credentials and region of the environment. */
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { EC2Client } from '@aws-sdk/client-ec2';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { RDSClient } from '@aws-sdk/client-rds';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { SSMClient } from '@aws-sdk/client-ssm';
import { STSClient } from '@aws-sdk/client-sts';
import { readAccountPlan } from './account-plan.ts';

export type Aws = ReturnType<typeof createClients>;

export function createClients(region: string | undefined) {
  const options = { maxAttempts: 2, ...(region === undefined ? {} : { region }) };
  const sts = new STSClient(options);
  return {
    cloudFormation: new CloudFormationClient(options),
    logs: new CloudWatchLogsClient(options),
    ec2: new EC2Client(options),
    lambda: new LambdaClient(options),
    quotas: new ServiceQuotasClient(options),
    rds: new RDSClient(options),
    secrets: new SecretsManagerClient(options),
    ssm: new SSMClient(options),
    sts,
    accountPlan: async () => await readAccountPlan(await sts.config.credentials()),
  };
}
