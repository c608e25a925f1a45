import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CustomResource, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import type { Construct } from 'constructs';
import { ENVIRONMENT } from '../../shared/contract.ts';
import type { DatabaseAccess } from './database-access.ts';
import { addFunction, type CommonOptions, copyCommand, PROJECT } from './function.ts';
import type { Settings } from './settings.ts';

/** What the code finds beside itself. */
const SCRIPTS = ['migrations', 'service-role.sql'] as const;
const SCRIPTS_HOME = 'shared/db';
/** Three minutes of waiting for a database that is not reachable yet, and five for the migrations. */
const TIMEOUT_SECONDS = 480;

export interface Migration {
  readonly migrate: NodejsFunction;
  /** Whatever depends on it is made or updated after the migrations; when they fail, so does the deployment. */
  readonly migration: CustomResource;
}

/**
 * Responds to CloudFormation itself: CDK's framework for custom resources would add a function, a role and wildcards. Each
 * set of migrations is a resource of its own that is never updated or deleted: a rollback needs nothing of the function,
 * which may be what failed.
 */
export function addMigration(
  scope: Construct,
  common: CommonOptions,
  access: DatabaseAccess,
  { createInterviewerTable }: Settings,
): Migration {
  const secrets = [access.serviceSecret, access.ownerSecret].flatMap((secret) => secret ?? []);
  const migrate = addFunction(scope, 'Migrate', {
    ...common,
    description: 'Brings the database up to date during a deployment',
    memoryMb: 512,
    timeoutSeconds: TIMEOUT_SECONDS,
    concurrency: undefined,
    environment: { ...common.environment, [ENVIRONMENT.createInterviewerTable]: String(createInterviewerTable) },
    secrets: {
      ...(access.serviceSecret === null ? {} : { [ENVIRONMENT.databaseSecretArn]: access.serviceSecret }),
      ...(access.ownerSecret === null ? {} : { [ENVIRONMENT.databaseOwnerSecretArn]: access.ownerSecret }),
    },
    putBeside: (directory) => SCRIPTS.map((name) => copyCommand(join(SCRIPTS_HOME, name), join(directory, name))),
    // CloudFormation would not hear of a second try.
    asynchronous: { retryAttempts: 0 },
  });
  const properties = { digest: digestOf(join(PROJECT, SCRIPTS_HOME)), createInterviewerTable };
  // Not the secrets themselves: a restored database has another one, and an update would be rolled back by the function.
  const roles = secrets.map(({ secretArn }) => secretArn);
  const migration = new CustomResource(scope, `Migrations${fingerprint(scope, { ...properties, roles })}`, {
    serviceToken: migrate.functionArn,
    resourceType: 'Custom::Migrations',
    serviceTimeout: Duration.seconds(TIMEOUT_SECONDS + 30),
    removalPolicy: RemovalPolicy.RETAIN,
    properties,
  });
  // Not before it is set that one try is all; what else it needs, the function itself waits for.
  migration.node.addDependency(migrate);
  return { migrate, migration };
}

/** Differs when there is something else to apply, or another role to make. */
function fingerprint(scope: Construct, properties: object): string {
  const text = JSON.stringify(Stack.of(scope).resolve(properties));
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
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
