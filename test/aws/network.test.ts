/** The network of a new database: what each subnet contains, and which connections are allowed. */
import { spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { natCommands } from '../../infra/aws/nat-instance.ts';
import { propertiesOf, type Templates, templatesOf } from '../support/templates.ts';

type Kind = 'instance' | 'gateway';
let made: Record<Kind, Templates>;
let publicRds: Templates;
let privatePostgres: Templates;
beforeAll(async () => {
  const [instance, gateway] = await Promise.all([templatesOf('rds'), templatesOf('natGateway')]);
  made = { instance, gateway };
  [publicRds, privatePostgres] = await Promise.all([templatesOf('publicRds'), templatesOf('privatePostgres')]);
}, 180_000);

/** The names of the subnets in a reference of any form. */
const subnetsIn = (value: unknown) =>
  [...JSON.stringify(value).matchAll(/Vpc([a-z]+)Subnet\dSubnet/g)].map(([, name]) => name);
/** The id of a security group of this stack, or of another one. */
const groupIn = (value: unknown) => /(\w+Group)[0-9A-F]{8}/.exec(JSON.stringify(value))?.[1]?.replace(/^.*GetAtt/, '');

describe.each<[Kind, string]>([
  ['instance', 'InstanceId'],
  ['gateway', 'NatGatewayId'],
])('with a NAT %s', (kind, target) => {
  test("the functions' subnets route to the NAT, and the database's subnets only to the platform", () => {
    const ways = propertiesOf(made[kind], 'AWS::EC2::Route').map((route) => [
      /Vpc([a-z]+)Subnet/.exec(route.RouteTableId.Ref ?? '')?.[1],
      Object.keys(route).find((key) => /^(Gateway|Instance|NatGateway|VpcPeeringConnection)Id$/.test(key)),
      route.DestinationCidrBlock,
    ]);
    expect(ways).toEqual([
      ['public', 'GatewayId', '0.0.0.0/0'],
      ['public', 'GatewayId', '0.0.0.0/0'],
      ['functions', target, '0.0.0.0/0'],
      ['functions', target, '0.0.0.0/0'],
      ['database', 'VpcPeeringConnectionId', '10.0.0.0/16'],
      ['database', 'VpcPeeringConnectionId', '10.0.0.0/16'],
      // A route of the platform's route table.
      [undefined, 'VpcPeeringConnectionId', '10.42.0.0/16'],
    ]);

    const inFunctions = ['functions', 'functions'];
    const lambdas = made[kind].service.properties('AWS::Lambda::Function');
    expect(lambdas.map(({ VpcConfig }) => subnetsIn(VpcConfig.SubnetIds))).toEqual(lambdas.map(() => inFunctions));
    const databases = propertiesOf(made[kind], 'AWS::RDS::DBSubnetGroup');
    expect(databases.map(({ SubnetIds }) => subnetsIn(SubnetIds))).toEqual([['database', 'database']]);
  });
});

describe('a NAT instance', () => {
  const [id, nat] = [() => Object.keys(natResources())[0] ?? '', () => Object.values(natResources())[0]];
  const natResources = () => made.instance.data?.findResources('AWS::EC2::Instance') ?? {};

  test('gets its route only after it has signalled that it forwards', () => {
    expect(nat()).toMatchObject({ CreationPolicy: { ResourceSignal: { Count: 1, Timeout: 'PT10M' } } });
    const script = JSON.stringify(nat()?.Properties.UserData);
    for (const part of [
      'swapon /swapfile',
      'for attempt in $(seq 1 12); do dnf install -y nftables',
      '> /etc/sysconfig/nftables.conf',
      'ip saddr 10.42.0.0/16 ip daddr != 10.42.0.0/16 masquerade',
      'systemctl enable nftables',
      '/etc/sysctl.d/90-nat.conf',
    ])
      expect(script).toContain(part);
    expect(script).toMatch(/then result=0; fi.*cfn-signal --exit-code .*--resource VpcNat\w+ --region/);
    expect(script).toContain(`--resource ${id()} --region`);
    const routes = propertiesOf(made.instance, 'AWS::EC2::Route').filter(({ InstanceId }) => InstanceId !== undefined);
    expect(routes.map(({ InstanceId }) => InstanceId)).toEqual([{ Ref: id() }, { Ref: id() }]);
    // It needs the internet for its script.
    expect(nat()?.DependsOn).toContainEqual(expect.stringMatching(/^VpcpublicSubnet1DefaultRoute/));
  });

  test('has a script without syntax errors', () => {
    const { status, stderr } = spawnSync('bash', ['-n'], { input: natCommands('10.42.0.0/16').join('\n') });
    expect({ status, stderr: String(stderr) }).toEqual({ status: 0, stderr: '' });
  });

  test('is replaced when its script changes, because the script runs only once, and keeps its address', () => {
    expect(id()).toMatch(/^VpcNat[0-9A-F]{8}[0-9a-f]{16}$/);
    const [address] = Object.keys(made.instance.data?.findResources('AWS::EC2::EIP') ?? {});
    made.instance.data?.hasResourceProperties('AWS::EC2::EIPAssociation', {
      AllocationId: { 'Fn::GetAtt': [address, 'AllocationId'] },
      InstanceId: { Ref: id() },
    });
  });

  test('takes over the address once everything is routed to it', () => {
    const [association] = Object.values(made.instance.data?.findResources('AWS::EC2::EIPAssociation') ?? {});
    const routes = Object.entries(made.instance.data?.findResources('AWS::EC2::Route') ?? {}).flatMap(
      ([route, { Properties }]) => (Properties.InstanceId === undefined ? [] : [route]),
    );
    expect(association?.DependsOn).toEqual(routes);
  });

  test('is accessible only by Session Manager', () => {
    made.instance.data?.hasResourceProperties('AWS::IAM::Role', {
      ManagedPolicyArns: [
        { 'Fn::Join': ['', expect.arrayContaining([':iam::aws:policy/AmazonSSMManagedInstanceCore'])] },
      ],
    });
    expect(nat()?.Properties).not.toHaveProperty('KeyName');
    expect(nat()?.Properties.MetadataOptions).toEqual({ HttpTokens: 'required' });
  });
});

test('a NAT instance is small and encrypted, has a public address, and allows only HTTPS in and everything out', () => {
  const [nat, ...others] = propertiesOf(made.instance, 'AWS::EC2::Instance');
  expect(others).toEqual([]);
  expect(nat).toMatchObject({
    InstanceType: 't4g.micro',
    SourceDestCheck: false,
    BlockDeviceMappings: [{ Ebs: { Encrypted: true } }],
    NetworkInterfaces: [{ AssociatePublicIpAddress: true }],
  });
  const [card] = nat.NetworkInterfaces;
  expect(subnetsIn(card.SubnetId)).toEqual(['public']);
  expect(card.GroupSet.map(groupIn)).toEqual(['VpcNatGroup']);
  expect(out('VpcNatGroup')).toEqual([{ to: '0.0.0.0/0', protocol: '-1', ports: [undefined, undefined] }]);
  expect(ingress()).toContainEqual(expect.objectContaining({ CidrIp: '10.42.0.0/16', FromPort: 443, ToPort: 443 }));
});

test('the functions reach HTTPS and the database, and nothing else', () => {
  const groups = made.instance.service
    .properties('AWS::Lambda::Function')
    .map(({ VpcConfig }) => VpcConfig.SecurityGroupIds.map(groupIn));
  expect(groups).toEqual(groups.map(() => ['FunctionsGroup']));
  const port = { 'Fn::GetAtt': [expect.stringMatching(/^Database[0-9A-F]{8}$/), 'Endpoint.Port'] };
  expect(out('FunctionsGroup')).toEqual([
    { to: '0.0.0.0/0', protocol: 'tcp', ports: [443, 443] },
    { to: 'DatabaseSecurityGroup', protocol: 'tcp', ports: [port, port] },
  ]);
});

test('only the functions and the platform may connect to the database, and only the VPC to the NAT', () => {
  const from = ingress().map(({ CidrIp, SourceSecurityGroupId: group }) => String(CidrIp ?? groupIn(group) ?? group));
  expect(from.sort()).toEqual(['10.42.0.0/16', 'FunctionsGroup', 'sg-0123456789abcdef0']);
});

test('a rule for a security group of the other VPC depends on the peering', () => {
  const rules = Object.values(made.instance.data?.findResources('AWS::EC2::SecurityGroupIngress') ?? {});
  const platform = rules.find(({ Properties }) => Properties.SourceSecurityGroupId === 'sg-0123456789abcdef0');
  expect(platform?.DependsOn).toContain('Peering');
  made.instance.data?.hasResourceProperties('AWS::EC2::VPCPeeringConnection', { PeerVpcId: 'vpc-0123456789abcdef0' });
});

test('[S124] the default security group, which nothing uses, allows no traffic', () => {
  expect(propertiesOf(made.instance, 'Custom::VpcRestrictDefaultSG')).toHaveLength(1);
});

test("S3, to which the migrations' response goes, is reachable without the NAT", () => {
  const [endpoint, ...others] = propertiesOf(made.instance, 'AWS::EC2::VPCEndpoint');
  expect(others).toEqual([]);
  expect(JSON.stringify(endpoint.ServiceName)).toMatch(/\.s3"/);
  const tables = endpoint.RouteTableIds.map(({ Ref }: { Ref: string }) => /Vpc([a-z]+)Subnet/.exec(Ref)?.[1]);
  expect(tables).toEqual(['functions', 'functions']);
});

describe('for a platform outside AWS', () => {
  test('the database has a public address in the same subnets, and allows only the ranges in the settings', () => {
    expect(propertiesOf(publicRds, 'AWS::RDS::DBInstance')).toMatchObject([{ PubliclyAccessible: true }]);
    const groupsOf = (templates: Templates) => JSON.stringify(templates.data?.findResources('AWS::RDS::DBSubnetGroup'));
    expect(groupsOf(publicRds)).toBe(groupsOf(made.instance));
    const ways = propertiesOf(publicRds, 'AWS::EC2::Route').filter(({ RouteTableId }) =>
      /database/.test(RouteTableId.Ref),
    );
    expect(ways).toMatchObject([{ GatewayId: expect.anything() }, { GatewayId: expect.anything() }]);
    const rules = propertiesOf(publicRds, 'AWS::EC2::SecurityGroup').flatMap(
      (group) => group.SecurityGroupIngress ?? [],
    );
    const beside = propertiesOf(publicRds, 'AWS::EC2::SecurityGroupIngress');
    const from = [...rules, ...beside].filter(({ Description }) => Description === 'The platform');
    expect(from.map(({ CidrIp }) => CidrIp)).toEqual(['0.0.0.0/0']);
  });

  test('a deployment with a region needs no look-up, and uses the zones in the settings', () => {
    const zones = propertiesOf(publicRds, 'AWS::EC2::Subnet').map(({ AvailabilityZone }) => AvailabilityZone);
    expect(new Set(zones)).toEqual(new Set(['eu-central-1b', 'eu-central-1c']));
  });
});

describe("with the team's own private Postgres", () => {
  test("the functions are in the team's subnets and security groups, and no other EC2 resource changes", () => {
    const lambdas = privatePostgres.service.properties('AWS::Lambda::Function');
    expect(lambdas).toHaveLength(7);
    for (const { VpcConfig } of lambdas)
      expect(VpcConfig).toEqual({
        SubnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
        SecurityGroupIds: ['sg-0123456789abcdef0'],
      });
    expect(privatePostgres.data).toBeNull();
    const types = Object.values(privatePostgres.service.content.Resources).map(({ Type }) => Type);
    expect(types.filter((type) => type.startsWith('AWS::EC2::'))).toEqual([]);
  });
});

test("the VPC's traffic is logged", () => {
  expect(propertiesOf(made.instance, 'AWS::EC2::FlowLog')).toMatchObject([{ TrafficType: 'ALL' }]);
});

function ingress() {
  const groups = propertiesOf(made.instance, 'AWS::EC2::SecurityGroup');
  return [
    ...groups.flatMap(({ SecurityGroupIngress = [] }) => SecurityGroupIngress),
    ...propertiesOf(made.instance, 'AWS::EC2::SecurityGroupIngress'),
  ];
}

/** The egress rules of a security group, inline or separate. */
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
