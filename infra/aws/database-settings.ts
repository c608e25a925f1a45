/** The choice of a database: the team's own, public or private, or a new RDS instance that the platform can connect to. */
import * as v from 'valibot';
import { Cidr, ec2Id, overlap, SecretName, Text, whole } from './setting-values.ts';

const SECRETS = {
  secret: v.pipe(SecretName, v.description('Name or full ARN of the secret with which the functions connect.')),
  ownerSecret: v.optional(
    v.pipe(
      SecretName,
      v.description(
        "Secret of the tables' owner, only for the migrations, which then create the role in the other secret.",
      ),
    ),
  ),
  caFile: v.optional(
    v.pipe(
      Text,
      v.description("Path within the project to the PEM of the database's CA, if its certificate has no public CA."),
    ),
  ),
  host: v.optional(v.pipe(Text, v.description('Host, if the secret lacks it, such as an RDS-managed secret.'))),
  port: v.optional(v.pipe(whole(1, 65_535), v.description('Port. Default: 5432.'))),
  name: v.optional(v.pipe(Text, v.description('Name of the database, if the secret lacks it.'))),
  schema: v.optional(
    v.pipe(Text, v.description('Schema of the table `interviewer`, if the search path does not lead to it.')),
  ),
} as const;

const Public = v.strictObject({ kind: v.literal('public'), ...SECRETS });

const Private = v.strictObject({
  kind: v.literal('private'),
  ...SECRETS,
  network: v.pipe(
    v.strictObject({
      vpcId: ec2Id('vpc'),
      subnetIds: v.pipe(
        v.array(ec2Id('subnet')),
        v.minLength(1, 'must name a subnet'),
        v.maxLength(16, 'may name 16 at most'),
        v.description('Private subnets with a route to a NAT: the functions also reach Retell and AWS.'),
      ),
      securityGroupIds: v.pipe(
        v.array(ec2Id('sg')),
        v.minLength(1, 'must name a security group'),
        v.maxLength(5, 'may name 5 at most'),
        v.description("Security groups of the functions. The database's security group must allow one of them."),
      ),
    }),
    v.description('The network of the functions. Nothing in it is changed.'),
  ),
});

const Peering = v.strictObject({
  vpcId: ec2Id('vpc'),
  cidr: v.pipe(Cidr, v.description('IPv4 range of that VPC.')),
  routeTableIds: v.pipe(
    v.array(ec2Id('rtb')),
    v.minLength(1, 'must name a route table'),
    v.description("Route tables of the platform's subnets: each gets a route to the database."),
  ),
});

const Rds = v.strictObject({
  kind: v.literal('rds'),
  allowFrom: v.pipe(
    v.strictObject({
      cidrs: v.optional(v.array(Cidr), []),
      securityGroupIds: v.optional(v.array(ec2Id('sg')), []),
    }),
    v.check(({ cidrs, securityGroupIds }) => cidrs.length + securityGroupIds.length > 0, 'must let the platform in'),
    v.description('Who may connect in addition to the functions: the platform.'),
  ),
  peering: v.optional(v.pipe(Peering, v.description("The platform's VPC, in the same account and region."))),
  publiclyAccessible: v.optional(
    v.pipe(
      v.boolean('must be true or false'),
      v.description(
        'For a platform outside AWS: a public address, only for the ranges in allowFrom and only with TLS.',
      ),
    ),
    false,
  ),
  vpcCidr: v.optional(v.pipe(Cidr, v.description('IPv4 range of the new VPC, a /16.')), '10.42.0.0/16'),
  nat: v.optional(
    v.pipe(
      v.picklist(['instance', 'gateway'], 'must be instance or gateway'),
      v.description('How the functions reach the internet.'),
    ),
    'instance',
  ),
  natInstanceType: v.optional(
    v.pipe(
      v.picklist(['t4g.nano', 't4g.micro', 't4g.small'], 'must be t4g.nano, t4g.micro or t4g.small'),
      v.description("t4g.nano is 3 $ a month cheaper, and refused on AWS's free plan."),
    ),
    't4g.micro',
  ),
  instanceType: v.optional(
    v.pipe(
      v.picklist(['t4g.micro', 't4g.small', 't4g.medium'], 'must be t4g.micro, t4g.small or t4g.medium'),
      v.description('Class of the database, without `db.`.'),
    ),
    't4g.micro',
  ),
  backupDays: v.optional(
    v.pipe(whole(1, 35), v.description("Days of automated backups. AWS's free plan allows at most 1.")),
    14,
  ),
  multiAz: v.optional(
    v.pipe(v.boolean('must be true or false'), v.description('A standby in another zone: twice the price.')),
    false,
  ),
});

export const DatabaseSettings = v.pipe(
  v.variant('kind', [Public, Private, Rds], 'must have a kind: public, private or rds'),
  v.rawCheck(({ dataset, addIssue }) => {
    const problem = dataset.typed ? problemOf(dataset.value) : null;
    if (problem !== null) addIssue({ message: problem });
  }),
  v.description('The database. Required.'),
);
export type DatabaseSettings = v.InferOutput<typeof DatabaseSettings>;
export type ExistingDatabaseSettings = v.InferOutput<typeof Public> | v.InferOutput<typeof Private>;
export type RdsSettings = v.InferOutput<typeof Rds>;

function problemOf(database: DatabaseSettings): string | null {
  if (database.kind === 'rds') return rdsProblem(database);
  return database.ownerSecret === database.secret ? 'must have an ownerSecret that differs from its secret' : null;
}

function rdsProblem({ allowFrom, peering, publiclyAccessible, vpcCidr }: RdsSettings): string | null {
  if (!vpcCidr.endsWith('/16')) return 'must have a vpcCidr that is a /16';
  if (peering === undefined && !publiclyAccessible)
    return 'must have peering (a platform in a VPC) or publiclyAccessible (a platform outside AWS), otherwise allowFrom allows no connection';
  if (peering !== undefined && publiclyAccessible)
    return 'must have either peering or publiclyAccessible: from a peered VPC the name of a public instance leads outside';
  if (allowFrom.securityGroupIds.length > 0 && peering === undefined)
    return 'must have peering with the VPC of the securityGroupIds in allowFrom';
  if (peering !== undefined && overlap(peering.cidr, vpcCidr))
    return `must have another vpcCidr: ${vpcCidr} overlaps with ${peering.cidr}, which is peered`;
  return null;
}
