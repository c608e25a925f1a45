/** RDS Postgres of our own, and the network that it and the functions need. Left out when the team brings a database. */
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  FlowLogDestination,
  InstanceClass,
  InstanceSize,
  InstanceType,
  IpAddresses,
  type IVpc,
  NatInstanceProviderV2,
  NatProvider,
  NatTrafficDirection,
  Peer,
  Port,
  SecurityGroup,
  SubnetType,
  Vpc,
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
import { acknowledge } from './acknowledge.ts';
import type { Network } from './function.ts';
import { EXCLUDED_CHARACTERS, nameRotation, ROTATION } from './password-rotation.ts';
import type { Settings } from './settings.ts';

export interface Data {
  readonly stack: Stack;
  readonly instance: DatabaseInstance;
  /** Of the master user, who owns the tables. */
  readonly ownerSecret: ISecret;
  readonly network: Network;
}

export const DATABASE_NAME = 'voice_agent_sync';
const ADDRESSES = '10.42.0.0/16';
/** Not Postgres' usual port, which scanners try first. */
const PORT = 15_432;
export function dataStack(scope: Construct, settings: Settings): Data {
  const stack = new Stack(scope, 'Data', {
    stackName: `${settings.name}-data`,
    description: 'voice-agent-sync: Postgres and its network',
  });
  const vpc = addVpc(stack, settings);
  const functions = new SecurityGroup(stack, 'FunctionsGroup', {
    vpc,
    description: 'The functions: out to HTTPS and to the database, in from nowhere',
    allowAllOutbound: false,
  });
  functions.addEgressRule(Peer.anyIpv4(), Port.tcp(443), 'Retell and the AWS services');
  const instance = addDatabase(stack, vpc, settings);
  instance.connections.allowDefaultPortFrom(functions, 'The functions');
  const ownerSecret = rotated(instance, settings);
  const network = { vpc, vpcSubnets: { subnetType: SubnetType.PRIVATE_WITH_EGRESS }, securityGroups: [functions] };
  return { stack, instance, ownerSecret, network };
}

function addVpc(stack: Stack, settings: Settings): IVpc {
  const nat = settings.nat === 'gateway' ? NatProvider.gateway() : natInstance();
  const vpc = new Vpc(stack, 'Vpc', {
    ipAddresses: IpAddresses.cidr(ADDRESSES),
    maxAzs: 2,
    natGateways: 1,
    natGatewayProvider: nat,
    restrictDefaultSecurityGroup: false,
    subnetConfiguration: [
      { name: 'public', subnetType: SubnetType.PUBLIC, cidrMask: 24, mapPublicIpOnLaunch: false },
      { name: 'functions', subnetType: SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 22 },
      { name: 'database', subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 24 },
    ],
  });
  const logGroup = new LogGroup(stack, 'FlowLogs', {
    retention: settings.logRetentionDays,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  vpc.addFlowLog('FlowLog', { destination: FlowLogDestination.toCloudWatchLogs(logGroup) });
  if (nat instanceof NatInstanceProviderV2) allowThrough(nat);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- CDK's classes break exactOptionalPropertyTypes
  return vpc as IVpc;
}

function natInstance(): NatInstanceProviderV2 {
  return NatProvider.instanceV2({
    instanceType: InstanceType.of(InstanceClass.T4G, InstanceSize.NANO),
    // Out is open and in is opened below, for the VPC alone.
    defaultAllowedTraffic: NatTrafficDirection.OUTBOUND_ONLY,
    associatePublicIpAddress: true,
  });
}

function allowThrough(nat: NatInstanceProviderV2): void {
  nat.connections.allowFrom(Peer.ipv4(ADDRESSES), Port.tcp(443), 'HTTPS of the functions');
  for (const gateway of nat.gatewayInstances) {
    gateway.instance.blockDeviceMappings = [{ deviceName: '/dev/xvda', ebs: { encrypted: true, volumeType: 'gp3' } }];
    acknowledge(gateway, 'EC28', 'It only forwards packets; the alarm on missing syncs notices when it does not.');
    acknowledge(
      gateway,
      'EC29',
      'It holds no state, and protected from termination CloudFormation could neither replace nor remove it. When it is gone, ' +
        'the alarm on missing syncs tells, and docs/runbook.md says how another one comes.',
    );
  }
}

function addDatabase(stack: Stack, vpc: IVpc, settings: Settings): DatabaseInstance {
  const engine = DatabaseInstanceEngine.postgres({ version: PostgresEngineVersion.VER_17 });
  const instance = new DatabaseInstance(stack, 'Database', {
    engine,
    vpc,
    vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
    instanceType: InstanceType.of(InstanceClass.T4G, InstanceSize.MICRO),
    databaseName: DATABASE_NAME,
    credentials: Credentials.fromGeneratedSecret('voice_agent_sync', { excludeCharacters: EXCLUDED_CHARACTERS }),
    port: PORT,
    storageType: StorageType.GP3,
    allocatedStorage: 20,
    maxAllocatedStorage: 100,
    storageEncrypted: true,
    publiclyAccessible: false,
    multiAz: settings.multiAz,
    backupRetention: Duration.days(14),
    copyTagsToSnapshot: true,
    deleteAutomatedBackups: false,
    deletionProtection: settings.deletionProtection,
    removalPolicy: RemovalPolicy.SNAPSHOT,
    autoMinorVersionUpgrade: true,
    parameterGroup: new ParameterGroup(stack, 'Parameters', { engine, parameters: { 'rds.force_ssl': '1' } }),
  });
  acknowledgeChoices(instance, settings);
  return instance;
}

function acknowledgeChoices(instance: DatabaseInstance, settings: Settings): void {
  if (!settings.deletionProtection)
    acknowledge(
      instance,
      'RDS10',
      'A person set deletionProtection=false, without which the stack could not be torn down (docs/aws.md); RDS still makes a ' +
        'final snapshot, and the automated backups stay.',
    );
  if (!settings.multiAz)
    acknowledge(
      instance,
      'RDS3',
      'A choice between cost and minutes of downtime, and no risk to data: backups restore to any moment of 14 days, and a ' +
        'sync that failed is made up by the next. The setting multiAz=true turns the standby on.',
    );
}

function rotated(instance: DatabaseInstance, settings: Settings): ISecret {
  if (instance.secret === undefined) throw new Error('The database has generated credentials, so it has a secret');
  const rotation = instance.addRotationSingleUser({ ...ROTATION });
  nameRotation(rotation, 'owner', settings);
  return instance.secret;
}
