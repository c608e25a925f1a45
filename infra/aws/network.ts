/** The networks of functions: our own, with a new RDS, or the team's. */
import { Annotations, RemovalPolicy, type Stack } from 'aws-cdk-lib';
import {
  CfnRoute,
  CfnVPCPeeringConnection,
  FlowLogDestination,
  GatewayVpcEndpointAwsService,
  IpAddresses,
  type ISecurityGroup,
  type ISubnet,
  type IVpc,
  NatProvider,
  Peer,
  Port,
  SecurityGroup,
  Subnet,
  type SubnetSelection,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { acknowledgeWarning } from './acknowledge.ts';
import type { RdsSettings } from './database-settings.ts';
import { NatInstance } from './nat-instance.ts';
import type { Settings } from './settings.ts';

/** The network of a function. */
export interface Network {
  readonly vpc: IVpc;
  readonly vpcSubnets: SubnetSelection;
  readonly securityGroups: ISecurityGroup[];
}

export interface OwnNetwork {
  readonly vpc: IVpc;
  readonly functions: Network & { readonly group: SecurityGroup };
  /** null: a NAT gateway. */
  readonly natInstance: NatInstance | null;
}

export const DATABASE_SUBNETS: SubnetSelection = { subnetGroupName: 'database' };
const FUNCTION_SUBNETS: SubnetSelection = { subnetGroupName: 'functions' };

/** The team's VPC by its ids, without a look-up, which would need credentials. */
export function existingNetwork(
  stack: Stack,
  { vpcId, subnetIds, securityGroupIds }: { vpcId: string; subnetIds: string[]; securityGroupIds: string[] },
): Network {
  return {
    vpc: Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId, availabilityZones: stack.availabilityZones }),
    vpcSubnets: { subnets: subnetIds.map((id) => existingSubnet(stack, id)) },
    securityGroups: securityGroupIds.map((id) => SecurityGroup.fromSecurityGroupId(stack, id, id, { mutable: false })),
  };
}

function existingSubnet(stack: Stack, id: string): ISubnet {
  const subnet = Subnet.fromSubnetId(stack, id, id);
  Annotations.of(subnet).acknowledgeWarning('@aws-cdk/aws-ec2:noSubnetRouteTableId', 'Its routes are not touched.');
  return subnet;
}

export function addNetwork(stack: Stack, settings: Settings, database: RdsSettings): OwnNetwork {
  const natInstance = database.nat === 'instance' ? new NatInstance(database) : null;
  const made = new Vpc(stack, 'Vpc', {
    ipAddresses: IpAddresses.cidr(database.vpcCidr),
    maxAzs: 2,
    natGateways: 1,
    natGatewayProvider: natInstance ?? NatProvider.gateway(),
    natGatewaySubnets: { subnetGroupName: 'public' },
    restrictDefaultSecurityGroup: true,
    subnetConfiguration: [
      { name: 'public', subnetType: SubnetType.PUBLIC, cidrMask: 24, mapPublicIpOnLaunch: false },
      { name: 'functions', subnetType: SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 22 },
      // The same subnets with or without public access, because another subnet group would replace the database.
      {
        name: 'database',
        subnetType: database.publiclyAccessible ? SubnetType.PUBLIC : SubnetType.PRIVATE_ISOLATED,
        cidrMask: 24,
        ...(database.publiclyAccessible ? { mapPublicIpOnLaunch: false } : {}),
      },
    ],
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- CDK's classes break exactOptionalPropertyTypes
  const vpc = made as IVpc;
  // Free of charge. The migrations' response reaches CloudFormation through it even if the NAT is down.
  vpc.addGatewayEndpoint('S3', { service: GatewayVpcEndpointAwsService.S3, subnets: [FUNCTION_SUBNETS] });
  addFlowLogs(stack, vpc, settings);
  acknowledgeWarning(vpc, 'W3010', 'A person named the zones, as the first two of the region lack something.');
  const group = functionsGroup(stack, vpc);
  return {
    vpc,
    natInstance,
    functions: { vpc, vpcSubnets: FUNCTION_SUBNETS, securityGroups: [group], group },
  };
}

function addFlowLogs(stack: Stack, vpc: IVpc, settings: Settings): void {
  const logGroup = new LogGroup(stack, 'FlowLogs', {
    retention: settings.logRetentionDays,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  vpc.addFlowLog('FlowLog', { destination: FlowLogDestination.toCloudWatchLogs(logGroup) });
}

function functionsGroup(stack: Stack, vpc: IVpc): SecurityGroup {
  const group = new SecurityGroup(stack, 'FunctionsGroup', {
    vpc,
    description: 'The functions: out to HTTPS and to the database, in from nowhere',
    allowAllOutbound: false,
  });
  group.addEgressRule(Peer.anyIpv4(), Port.tcp(443), 'Retell and the AWS services');
  return group;
}

/** Peers with the platform's VPC, in both directions. Within one account the request is accepted automatically. */
export function addPeering(stack: Stack, vpc: IVpc, database: RdsSettings): CfnVPCPeeringConnection | null {
  const { peering, vpcCidr } = database;
  if (peering === undefined) return null;
  const connection = new CfnVPCPeeringConnection(stack, 'Peering', { vpcId: vpc.vpcId, peerVpcId: peering.vpcId });
  const addRoute = (id: string, routeTableId: string, destinationCidrBlock: string) =>
    new CfnRoute(stack, id, { routeTableId, destinationCidrBlock, vpcPeeringConnectionId: connection.attrId });
  for (const [index, { routeTable }] of vpc.selectSubnets(DATABASE_SUBNETS).subnets.entries())
    addRoute(`ToPlatform${index + 1}`, routeTable.routeTableId, peering.cidr);
  for (const [index, routeTableId] of peering.routeTableIds.entries())
    addRoute(`FromPlatform${index + 1}`, routeTableId, vpcCidr);
  return connection;
}
