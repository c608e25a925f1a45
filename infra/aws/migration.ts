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

/** Files beside the bundle that the code reads. */
const SCRIPTS = ['migrations', 'service-role.sql'] as const;
const SCRIPTS_HOME = 'shared/db';
/** Three minutes of waiting for a database that is not reachable yet, and five for the migrations. */
const TIMEOUT_SECONDS = 480;

export interface Migration {
  readonly migrate: NodejsFunction;
  /** Constructs that depend on it are created or updated after the migrations; if these fail, so does the deployment. */
  readonly migration: CustomResource;
}

/**
 * Responds to CloudFormation itself: CDK's framework for custom resources would add a function, a role and wildcards. Each
 * set of migrations is its own resource, never updated or deleted, so that a rollback does not need the function, which may
 * be what failed.
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
    // CloudFormation would ignore the response of a second try.
    asynchronous: { retryAttempts: 0 },
  });
  const properties = { digest: digestOf(join(PROJECT, SCRIPTS_HOME)), createInterviewerTable };
  // Not the secrets themselves: a restored database has another secret, and a rollback of the update would invoke the
  // function.
  const roles = secrets.map(({ secretArn }) => secretArn);
  const migration = new CustomResource(scope, `Migrations${fingerprint(scope, { ...properties, roles })}`, {
    serviceToken: migrate.functionArn,
    resourceType: 'Custom::Migrations',
    serviceTimeout: Duration.seconds(TIMEOUT_SECONDS + 30),
    removalPolicy: RemovalPolicy.RETAIN,
    properties,
  });
  // Only after retries are off; the function itself waits for everything else that it needs.
  migration.node.addDependency(migrate);
  return { migrate, migration };
}

/** Changes with the files to apply and the role to create. */
function fingerprint(scope: Construct, properties: object): string {
  const text = JSON.stringify(Stack.of(scope).resolve(properties));
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

/** A digest of the applied files' names and contents. */
export function digestOf(home: string): string {
  const files = SCRIPTS.flatMap((name) =>
    name.endsWith('.sql') ? [name] : readdirSync(join(home, name)).map((file) => join(name, file)),
  );
  const hash = createHash('sha256');
  for (const file of files.sort()) hash.update(file).update(readFileSync(join(home, file)));
  return hash.digest('hex').slice(0, 16);
}
