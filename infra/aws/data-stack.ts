/** A new RDS Postgres with its network, which the platform can connect to. Omitted if the team brings its own database. */
import { CfnOutput, CrossStackReferences, Duration, ReferenceStrength, RemovalPolicy } from 'aws-cdk-lib';
import {
  type CfnSecurityGroupIngress,
  InstanceType,
  type ISecurityGroup,
  Peer,
  Port,
  SecurityGroup,
} from 'aws-cdk-lib/aws-ec2';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import {
  Credentials,
  DatabaseInstance,
  DatabaseInstanceEngine,
  ParameterGroup,
  PostgresEngineVersion,
  StorageType,
} from 'aws-cdk-lib/aws-rds';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { acknowledge, acknowledgeWarning } from './acknowledge.ts';
import type { RdsSettings } from './database-settings.ts';
import type { Deployment } from './deployment.ts';
import { DeploymentStack } from './deployment-stack.ts';
import { addNetwork, addPeering, DATABASE_SUBNETS, type Network, type OwnNetwork } from './network.ts';
import type { Settings } from './settings.ts';

export interface Data {
  readonly stack: DeploymentStack;
  readonly instance: DatabaseInstance;
  /** The secret of the master user, who owns the tables. RDS creates it, and replaces the password every week. */
  readonly ownerSecret: ISecret;
  readonly network: Network;
  /** The log group of the server's log. */
  readonly logGroupName: string;
}

export const DATABASE_NAME = 'voice_agent_sync';
const OWNER = 'voice_agent_sync';
/** Not Postgres' default port, which scanners try first. */
export const DATABASE_PORT = 15_432;
const STORAGE_GB = 20;

export function dataStack(scope: Construct, deployment: Deployment, database: RdsSettings): Data {
  const { settings } = deployment;
  const stack = new DeploymentStack(scope, 'Data', deployment, {
    description: 'voice-agent-sync: Postgres and its network',
    terminationProtection: settings.terminationProtection,
  });
  const network = addNetwork(stack, settings, database);
  const logGroupName = `/aws/rds/instance/${instanceName(settings)}/postgresql`;
  const logGroup = new LogGroup(stack, 'DatabaseLogs', {
    logGroupName,
    retention: settings.logRetentionDays,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const instance = addDatabase(stack, network, { settings, database });
  // Otherwise RDS creates the group itself, and keeps its entries forever.
  instance.node.addDependency(logGroup);
  instance.connections.allowDefaultPortFrom(network.functions.group, 'The functions');
  letPlatformIn(stack, network, instance, database);
  const data = { stack, instance, ownerSecret: managedSecret(instance), network: network.functions, logGroupName };
  addOutputs(data, network);
  return data;
}

/** Fixed, because the log group's name contains it, and because no update can replace an instance with a fixed name. */
function instanceName({ name }: Settings): string {
  return `${name}-database`;
}

function addDatabase(
  stack: DeploymentStack,
  { vpc }: OwnNetwork,
  { settings, database }: { settings: Settings; database: RdsSettings },
): DatabaseInstance {
  const engine = DatabaseInstanceEngine.postgres({ version: PostgresEngineVersion.VER_17 });
  const instance = new DatabaseInstance(stack, 'Database', {
    engine,
    vpc,
    vpcSubnets: DATABASE_SUBNETS,
    instanceIdentifier: instanceName(settings),
    instanceType: new InstanceType(database.instanceType),
    databaseName: DATABASE_NAME,
    credentials: Credentials.fromUsername(OWNER),
    manageMasterUserPassword: true,
    iamAuthentication: true,
    port: DATABASE_PORT,
    storageType: StorageType.GP3,
    allocatedStorage: STORAGE_GB,
    maxAllocatedStorage: 100,
    storageEncrypted: true,
    publiclyAccessible: database.publiclyAccessible,
    multiAz: database.multiAz,
    backupRetention: Duration.days(database.backupDays),
    cloudwatchLogsExports: ['postgresql'],
    copyTagsToSnapshot: true,
    deleteAutomatedBackups: false,
    // The stack has termination protection. If the instance also had deletion protection, deleting the stack would stop
    // half-way, and the rest would continue to cost money.
    deletionProtection: false,
    removalPolicy: RemovalPolicy.SNAPSHOT,
    autoMinorVersionUpgrade: true,
    parameterGroup: new ParameterGroup(stack, 'Parameters', { engine, parameters: { 'rds.force_ssl': '1' } }),
  });
  // After a restore another instance has the name; an export in use could not change to its id and secret.
  CrossStackReferences.of(instance).produce(ReferenceStrength.WEAK);
  acknowledgeChoices(instance, database);
  return instance;
}

function managedSecret({ secret }: DatabaseInstance): ISecret {
  if (secret === undefined) throw new Error('RDS manages the password, so there is a secret');
  return secret;
}

function letPlatformIn(
  stack: DeploymentStack,
  { vpc }: OwnNetwork,
  instance: DatabaseInstance,
  database: RdsSettings,
): void {
  const peering = addPeering(stack, vpc, database);
  const { cidrs, securityGroupIds } = database.allowFrom;
  for (const cidr of cidrs) instance.connections.allowDefaultPortFrom(Peer.ipv4(cidr), 'The platform');
  const [group] = instance.connections.securityGroups;
  for (const id of securityGroupIds) {
    const platform: ISecurityGroup = SecurityGroup.fromSecurityGroupId(stack, id, id, { mutable: false });
    group?.addIngressRule(platform, Port.tcp(DATABASE_PORT), 'The platform', true);
  }
  // A security group of another VPC can be referenced only once the two are peered.
  if (peering !== null && group !== undefined) {
    for (const rule of group.node.findAll().filter(isIngressRule)) rule.addResourceDependency(peering);
  }
  if (cidrs.includes('0.0.0.0/0'))
    acknowledge(
      instance,
      'EC23',
      'A person let every address in, for a platform without fixed ones. What is left: TLS only, a password that RDS makes and ' +
        'replaces, IAM tokens for the functions, and an alarm on refused sign-ins.',
    );
}

function isIngressRule(construct: object): construct is CfnSecurityGroupIngress {
  return 'cfnResourceType' in construct && construct.cfnResourceType === 'AWS::EC2::SecurityGroupIngress';
}

function acknowledgeChoices(instance: DatabaseInstance, { multiAz, publiclyAccessible }: RdsSettings): void {
  acknowledge(
    instance,
    'RDS10',
    "The stack's termination protection takes its place, and the instance is deleted with a final snapshot; its automated " +
      'backups stay.',
  );
  if (publiclyAccessible)
    acknowledgeWarning(
      instance,
      'W9011',
      'For a platform outside AWS a person chose publiclyAccessible; only the ranges of allowFrom may connect, by TLS only.',
    );
  if (!multiAz)
    acknowledge(
      instance,
      'RDS3',
      'A choice between cost and minutes of downtime, and no risk to data: backups restore to any moment of their days, and ' +
        'a sync that failed is made up by the next. The setting multiAz=true turns the standby on.',
    );
}

function addOutputs({ stack, instance, ownerSecret, network }: Data, { vpc, natInstance }: OwnNetwork): void {
  const add = (id: string, value: string, description: string) => new CfnOutput(stack, id, { value, description });
  add('DatabaseHost', instance.dbInstanceEndpointAddress, 'The host that the platform connects to');
  add('DatabasePort', instance.dbInstanceEndpointPort, 'Its port');
  add('DatabaseOwnerSecretArn', ownerSecret.secretArn, 'Secret of the owner, whose password RDS replaces every week');
  add('VpcId', vpc.vpcId, 'For a CloudShell that reaches the database');
  add('SubnetIds', vpc.selectSubnets(network.vpcSubnets).subnetIds.join(','), 'The subnets of the functions');
  add('FunctionsGroupId', network.securityGroups[0]?.securityGroupId ?? '', 'The security group of the functions');
  if (natInstance !== null) add('NatInstanceId', natInstance.instance.instanceId, 'The NAT');
}
