import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CustomResource, Duration } from 'aws-cdk-lib';
import type { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import type { Construct } from 'constructs';
import { ENVIRONMENT } from '../../shared/contract.ts';
import type { DatabaseSecrets } from './database-secret.ts';
import { addFunction, copyCommand, type FunctionOptions, PROJECT } from './function.ts';

/** What the code finds beside itself. */
const SCRIPTS = ['migrations', 'service-role.sql'] as const;
const SCRIPTS_HOME = 'shared/db';
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
  secrets: DatabaseSecrets,
): Migration {
  const migrate = addFunction(scope, 'Migrate', {
    ...common,
    description: 'Brings the database up to date during a deployment',
    memoryMb: 512,
    timeoutSeconds: TIMEOUT_SECONDS,
    concurrency: undefined,
    secrets: {
      [ENVIRONMENT.databaseSecretArn]: secrets.service,
      ...(secrets.owner === null ? {} : { [ENVIRONMENT.databaseOwnerSecretArn]: secrets.owner }),
    },
    putBeside: (directory) => SCRIPTS.map((name) => copyCommand(join(SCRIPTS_HOME, name), join(directory, name))),
    // CloudFormation would not hear of a second try.
    asynchronous: { retryAttempts: 0 },
  });
  const migration = new CustomResource(scope, 'Migrations', {
    serviceToken: migrate.functionArn,
    resourceType: 'Custom::Migrations',
    serviceTimeout: Duration.seconds(TIMEOUT_SECONDS + 30),
    // Invoked again when one of them changes: there is something new to apply, or another role to make.
    properties: {
      digest: digestOf(join(PROJECT, SCRIPTS_HOME)),
      secrets: [secrets.service, secrets.owner].flatMap((secret) => secret?.secretArn ?? []),
    },
  });
  // Not before it is set that one try is all; what else it needs, the function itself waits for.
  migration.node.addDependency(migrate);
  return { migrate, migration };
}

/** Of what is applied, names and contents. */
export function digestOf(home: string): string {
  const files = SCRIPTS.flatMap((name) =>
    name.endsWith('.sql') ? [name] : readdirSync(join(home, name)).map((file) => join(name, file)),
  );
  const hash = createHash('sha256');
  for (const file of files.sort()) hash.update(file).update(readFileSync(join(home, file)));
  return hash.digest('hex').slice(0, 16);
}
