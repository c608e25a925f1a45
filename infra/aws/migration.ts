import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CustomResource, Duration } from 'aws-cdk-lib';
import type { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { ENVIRONMENT } from '../../shared/contract.ts';
import { addFunction, copyCommand, type FunctionOptions, PROJECT } from './function.ts';

const MIGRATIONS = 'shared/db/migrations';
const TIMEOUT_SECONDS = 300;

export interface Migration {
  readonly migrate: NodejsFunction;
  /** Whatever depends on it is made or updated after the migrations; when they fail, so does the deployment. */
  readonly migration: CustomResource;
}

/** Answers CloudFormation itself: CDK's framework for custom resources would add a function, a role and wildcards. */
export function addMigration(
  scope: Construct,
  common: Pick<FunctionOptions, 'folder' | 'network' | 'databaseCaFile' | 'logRetentionDays' | 'environment'>,
  database: ISecret,
): Migration {
  const migrate = addFunction(scope, 'Migrate', {
    ...common,
    description: 'Brings the database up to date during a deployment',
    memoryMb: 512,
    timeoutSeconds: TIMEOUT_SECONDS,
    concurrency: undefined,
    secrets: { [ENVIRONMENT.databaseSecretArn]: database },
    putBeside: (directory) => [copyCommand(MIGRATIONS, join(directory, 'migrations'))],
    // CloudFormation would not hear of a second try.
    asynchronous: { retryAttempts: 0 },
  });
  const migration = new CustomResource(scope, 'Migrations', {
    serviceToken: migrate.functionArn,
    resourceType: 'Custom::Migrations',
    serviceTimeout: Duration.seconds(TIMEOUT_SECONDS + 30),
    properties: { digest: digestOf(join(PROJECT, MIGRATIONS)) },
  });
  // Not before it may write its log and reach its secret and its network.
  migration.node.addDependency(migrate);
  return { migrate, migration };
}

/** Changes when there is something new to apply. */
function digestOf(directory: string): string {
  const hash = createHash('sha256');
  for (const file of readdirSync(directory).sort()) hash.update(file).update(readFileSync(join(directory, file)));
  return hash.digest('hex').slice(0, 16);
}
