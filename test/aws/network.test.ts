/** The network of an own database: what lies in which of its subnets, whom that may reach, and who may reach it. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { propertiesOf, type Templates, templatesOf } from '../support/templates.ts';

type Kind = 'instance' | 'gateway';
let made: Record<Kind, Templates>;
beforeAll(() => {
  made = { instance: templatesOf(), gateway: templatesOf({ nat: 'gateway' }) };
}, 180_000);

/** Of the subnets that are referred to, in any way. */
const subnetsIn = (value: unknown) =>
  [...JSON.stringify(value).matchAll(/Vpc([a-z]+)Subnet\dSubnet/g)].map(([, name]) => name);
/** The id of a group of this stack, or of another one. */
const groupIn = (value: unknown) => /(\w+Group)[0-9A-F]{8}/.exec(JSON.stringify(value))?.[1]?.replace(/^.*GetAtt/, '');

describe.each<[Kind, string]>([
  ['instance', 'InstanceId'],
  ['gateway', 'NatGatewayId'],
])('with a NAT %s', (kind, target) => {
  test('the functions and both rotations are where the way out is the NAT, and the database is where there is none', () => {
    const ways = propertiesOf(made[kind], 'AWS::EC2::Route').map((route) => [
      /Vpc([a-z]+)Subnet/.exec(route.RouteTableId.Ref)?.[1],
      Object.keys(route).find((key) => /^(Gateway|Instance|NatGateway)Id$/.test(key)),
      route.DestinationCidrBlock,
    ]);
    expect(ways).toEqual([
      ['public', 'GatewayId', '0.0.0.0/0'],
      ['public', 'GatewayId', '0.0.0.0/0'],
      ['functions', target, '0.0.0.0/0'],
      ['functions', target, '0.0.0.0/0'],
    ]);

    const inFunctions = ['functions', 'functions'];
    const lambdas = propertiesOf(made[kind], 'AWS::Lambda::Function');
    expect(lambdas.map(({ VpcConfig }) => subnetsIn(VpcConfig.SubnetIds))).toEqual(lambdas.map(() => inFunctions));
    const rotations = propertiesOf(made[kind], 'AWS::Serverless::Application');
    expect(rotations.map(({ Parameters }) => subnetsIn(Parameters.vpcSubnetIds))).toEqual([inFunctions, inFunctions]);
    const databases = propertiesOf(made[kind], 'AWS::RDS::DBSubnetGroup');
    expect(databases.map(({ SubnetIds }) => subnetsIn(SubnetIds))).toEqual([['database', 'database']]);
  });
});

test('a NAT instance is small, encrypted, has a public address, lets HTTPS in alone and everything out', () => {
  const [nat, ...others] = propertiesOf(made.instance, 'AWS::EC2::Instance');
  expect(others).toEqual([]);
  expect(nat).toMatchObject({
    InstanceType: 't4g.nano',
    SourceDestCheck: false,
    BlockDeviceMappings: [{ Ebs: { Encrypted: true } }],
    NetworkInterfaces: [{ AssociatePublicIpAddress: true }],
  });
  const [card] = nat.NetworkInterfaces;
  expect(subnetsIn(card.SubnetId)).toEqual(['public']);
  expect(card.GroupSet.map(groupIn)).toEqual(['VpcNatSecurityGroup']);
  expect(out('VpcNatSecurityGroup')).toEqual([{ to: '0.0.0.0/0', protocol: '-1', ports: [undefined, undefined] }]);
  expect(ingress()).toContainEqual(expect.objectContaining({ CidrIp: '10.42.0.0/16', FromPort: 443, ToPort: 443 }));
});

test('the functions reach HTTPS and the database, and nothing else', () => {
  const groups = propertiesOf(made.instance, 'AWS::Lambda::Function').map(({ VpcConfig }) =>
    VpcConfig.SecurityGroupIds.map(groupIn),
  );
  expect(groups).toEqual(groups.map(() => ['FunctionsGroup']));
  const port = { 'Fn::GetAtt': [expect.stringMatching(/^Database[0-9A-F]{8}$/), 'Endpoint.Port'] };
  expect(out('FunctionsGroup')).toEqual([
    { to: '0.0.0.0/0', protocol: 'tcp', ports: [443, 443] },
    { to: 'DatabaseSecurityGroup', protocol: 'tcp', ports: [port, port] },
  ]);
});

test('nobody is let in but the functions and the rotation to the database, and the VPC to the NAT', () => {
  const from = ingress().map(({ CidrIp, SourceSecurityGroupId }) => String(CidrIp ?? groupIn(SourceSecurityGroupId)));
  expect(from.sort()).toEqual(['10.42.0.0/16', 'DatabaseRotationSingleUserSecurityGroup', 'FunctionsGroup']);
});

test('what goes through it is logged', () => {
  expect(propertiesOf(made.instance, 'AWS::EC2::FlowLog')).toMatchObject([{ TrafficType: 'ALL' }]);
});

function ingress() {
  const groups = propertiesOf(made.instance, 'AWS::EC2::SecurityGroup');
  return [
    ...groups.flatMap(({ SecurityGroupIngress = [] }) => SecurityGroupIngress),
    ...propertiesOf(made.instance, 'AWS::EC2::SecurityGroupIngress'),
  ];
}

/** Where a group lets traffic out to, by rules in it or beside it. */
function out(group: string) {
  const inside = made.instance.all.flatMap((template) =>
    Object.entries(template.findResources('AWS::EC2::SecurityGroup'))
      .filter(([id]) => id.replace(/[0-9A-F]{8}$/, '') === group)
      .flatMap(([, { Properties }]) => Properties.SecurityGroupEgress ?? []),
  );
  const beside = propertiesOf(made.instance, 'AWS::EC2::SecurityGroupEgress').filter(
    ({ GroupId }) => groupIn(GroupId) === group,
  );
  return [...inside, ...beside].map(({ CidrIp, DestinationSecurityGroupId, IpProtocol, FromPort, ToPort }) => ({
    to: CidrIp ?? groupIn(DestinationSecurityGroupId),
    protocol: IpProtocol,
    ports: [FromPort, ToPort],
  }));
}
