/** A NAT on the smallest machine; CloudFormation waits until it forwards. */
import { Aws, Duration } from 'aws-cdk-lib';
import {
  AmazonLinuxCpuType,
  BlockDeviceVolume,
  CfnEIP,
  CfnEIPAssociation,
  CfnRoute,
  type ConfigureNatOptions,
  EbsDeviceVolumeType,
  type GatewayConfig,
  Instance,
  InstanceType,
  type IVpc,
  MachineImage,
  NatProvider,
  Peer,
  Port,
  type PrivateSubnet,
  RouterType,
  SecurityGroup,
  UserData,
} from 'aws-cdk-lib/aws-ec2';
import { acknowledge, acknowledgeManagedPolicy } from './acknowledge.ts';
import type { RdsSettings } from './database-settings.ts';

const SIGNAL_WITHIN = Duration.minutes(10);

/** CDK's own NAT instance races with the updates of its first boot, and nothing reports if it does not forward. */
export class NatInstance extends NatProvider {
  readonly #settings: RdsSettings;
  #instance: Instance | undefined;

  constructor(settings: RdsSettings) {
    super();
    this.#settings = settings;
  }

  get instance(): Instance {
    if (this.#instance === undefined) throw new Error('The VPC has not configured its NAT yet');
    return this.#instance;
  }

  override get configuredGateways(): GatewayConfig[] {
    return [{ az: this.instance.instanceAvailabilityZone, gatewayId: this.instance.instanceId }];
  }

  override configureNat({ vpc, natSubnets, privateSubnets }: ConfigureNatOptions): void {
    const [subnet] = natSubnets;
    if (subnet === undefined) throw new Error('The VPC has a public subnet for its NAT');
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- CDK's classes break exactOptionalPropertyTypes
    this.#instance = addInstance(vpc as IVpc, { subnets: [subnet] }, this.#settings);
    for (const privateSubnet of privateSubnets) this.configureSubnet(privateSubnet);
    const address = addAddress(vpc, this.#instance);
    // The old instance keeps the address as long as traffic is routed to it.
    const routes = privateSubnets.flatMap(({ node }) => node.findAll().filter((child) => child instanceof CfnRoute));
    for (const route of routes) address.addResourceDependency(route);
  }

  /** The reference to the instance makes the route wait for its signal. */
  override configureSubnet(subnet: PrivateSubnet): void {
    subnet.addRoute('DefaultRoute', {
      routerType: RouterType.INSTANCE,
      routerId: this.instance.instanceId,
      enablesInternetConnectivity: true,
    });
  }
}

function addInstance(vpc: IVpc, vpcSubnets: { subnets: PrivateSubnet[] }, settings: RdsSettings): Instance {
  const securityGroup = new SecurityGroup(vpc, 'NatGroup', {
    vpc,
    description: 'The NAT: HTTPS in from the VPC, all out',
  });
  securityGroup.addIngressRule(Peer.ipv4(settings.vpcCidr), Port.tcp(443), 'HTTPS of the functions');
  const instance = new Instance(vpc, 'Nat', {
    vpc,
    vpcSubnets,
    securityGroup,
    instanceType: new InstanceType(settings.natInstanceType),
    machineImage: MachineImage.latestAmazonLinux2023({ cpuType: AmazonLinuxCpuType.ARM_64 }),
    sourceDestCheck: false,
    ssmSessionPermissions: true,
    // Used until the elastic address is attached, which requires a running instance.
    associatePublicIpAddress: true,
    blockDevices: [
      {
        deviceName: '/dev/xvda',
        volume: BlockDeviceVolume.ebs(8, { encrypted: true, volumeType: EbsDeviceVolumeType.GP3 }),
      },
    ],
    userData: UserData.custom('#!/bin/bash'),
    userDataCausesReplacement: true,
  });
  waitForSignal(instance, settings.vpcCidr);
  acknowledgeNat(instance);
  return instance;
}

/** A replacement takes it over from the old instance, so that others always see the same address. */
function addAddress(vpc: ConfigureNatOptions['vpc'], instance: Instance): CfnEIPAssociation {
  const address = new CfnEIP(vpc, 'NatAddress', { domain: 'vpc' });
  return new CfnEIPAssociation(vpc, 'NatAddressOf', {
    allocationId: address.attrAllocationId,
    instanceId: instance.instanceId,
  });
}

function waitForSignal(instance: Instance, vpcCidr: string): void {
  const resource = instance.instance;
  instance.userData.addCommands(...natCommands(vpcCidr), signalCommand(resource.logicalId));
  // CDK's requireImdsv2 would give the launch templates of all deployments in an account the same name.
  resource.metadataOptions = { httpTokens: 'required' };
  resource.cfnOptions.creationPolicy = { resourceSignal: { count: 1, timeout: SIGNAL_WITHIN.toIsoString() } };
}

function signalCommand(logicalId: string): string {
  return `/opt/aws/bin/cfn-signal --exit-code "$result" --stack ${Aws.STACK_NAME} --resource ${logicalId} --region ${Aws.REGION}`;
}

/** Sets up persistent forwarding, checks it, and sets `result` to 0 on success. */
export function natCommands(vpcCidr: string): readonly string[] {
  return [
    'set -u',
    '# dnf needs more memory than the smallest instances have.',
    'dd if=/dev/zero of=/swapfile bs=1M count=1024 && chmod 600 /swapfile && mkswap /swapfile && swapon /swapfile',
    "echo '/swapfile none swap defaults 0 0' >> /etc/fstab",
    "# The first boot's own updates hold the lock of dnf, and the repositories may be slow to answer.",
    'for attempt in $(seq 1 12); do dnf install -y nftables aws-cfn-bootstrap && break; sleep 10; done',
    "echo 'net.ipv4.ip_forward = 1' > /etc/sysctl.d/90-nat.conf && sysctl --system",
    '# nftables.service loads this file at every start.',
    'cat > /etc/sysconfig/nftables.conf <<RULES',
    'flush ruleset',
    'table ip nat {',
    '  chain postrouting {',
    '    type nat hook postrouting priority 100; policy accept;',
    `    ip saddr ${vpcCidr} ip daddr != ${vpcCidr} masquerade`,
    '  }',
    '}',
    'RULES',
    'systemctl enable nftables && systemctl restart nftables',
    'result=1',
    'if nft list table ip nat | grep -q masquerade && [ "$(cat /proc/sys/net/ipv4/ip_forward)" = 1 ] &&',
    `  curl --silent --show-error --output /dev/null --max-time 10 --retry 6 --retry-all-errors https://sts.${Aws.REGION}.${Aws.URL_SUFFIX}`,
    'then result=0; fi',
  ];
}

function acknowledgeNat(instance: Instance): void {
  acknowledge(instance, 'EC28', 'It only forwards packets; the alarm on missing syncs notices when it does not.');
  acknowledge(
    instance,
    'EC29',
    'It holds no state, and protected from termination CloudFormation could neither replace nor remove it. docs/runbook.md ' +
      'says how a terminated one comes back.',
  );
  acknowledgeManagedPolicy(instance, 'AmazonSSMManagedInstanceCore');
}
