/** Checks what the functions will use: secrets, the network, the database, Retell. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { DescribeRouteTablesCommand, DescribeSubnetsCommand } from '@aws-sdk/client-ec2';
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { ENVIRONMENT, SECRET_PLACEHOLDER } from '../../../shared/contract.ts';
import { parseConnectionString } from '../../../shared/db/connection-string.ts';
import { parseSecret } from '../../../shared/secrets/secret-value.ts';
import type { ExistingDatabaseSettings } from '../database-settings.ts';
import { type Check, type CheckContext, failed, passed, reasonOf, skipped } from './check.ts';
import { ZONES_WITHOUT_LAMBDA } from './region-checks.ts';

const TIMEOUT_MS = 5_000;
const RETELL = 'https://api.retellai.com';

/** The secrets that these settings name. */
function secretNames({ deployment: { settings } }: CheckContext): ReadonlyMap<string, string> {
  const { database, retellApiKeySecret, retellWebhookSecret, slackWebhookSecret } = settings;
  const named = {
    ...(database.kind === 'rds'
      ? {}
      : { 'database.secret': database.secret, 'database.ownerSecret': database.ownerSecret }),
    retellApiKeySecret,
    retellWebhookSecret,
    slackWebhookSecret,
  };
  return new Map(Object.entries(named).flatMap(([setting, name]) => (name === undefined ? [] : [[setting, name]])));
}

async function readSecret({ aws }: CheckContext, name: string): Promise<string> {
  const { SecretString = '' } = await aws.secrets.send(new GetSecretValueCommand({ SecretId: name }));
  return SecretString.trim();
}

const secrets: Check = {
  name: 'secrets',
  async run(context) {
    const names = secretNames(context);
    for (const [setting, name] of names) {
      const problem = await problemOf(context, setting, name);
      if (problem !== null) return failed(`${name} (${setting}) ${problem.text}.`, problem.remedy);
    }
    return passed(names.size === 0 ? 'all are made by the deployment' : [...names.values()].join(', '));
  },
};

/** null: the functions can use the secret. */
async function problemOf(
  context: CheckContext,
  setting: string,
  name: string,
): Promise<{ readonly text: string; readonly remedy: string } | null> {
  const remedy = `aws secretsmanager create-secret or put-secret-value, for ${name}`;
  try {
    const text = await readSecret(context, name);
    if (text === '' || text === SECRET_PLACEHOLDER) return { text: 'is empty', remedy };
    const { database } = context.deployment.settings;
    const isOfDatabase = setting.startsWith('database.') && database.kind !== 'rds';
    const read = isOfDatabase ? addressIn(text, name, database) : keyIn(text, name);
    return read.ok ? null : { text: read.why, remedy: read.hint };
  } catch (error) {
    return { text: `cannot be read (${reasonOf(error)})`, remedy };
  }
}

const network: Check = {
  name: 'network',
  async run({ deployment: { settings }, aws }) {
    if (settings.database.kind !== 'private') return skipped('Only for a private database of your own.');
    const { vpcId, subnetIds } = settings.database.network;
    const { Subnets = [] } = await aws.ec2.send(
      new DescribeSubnetsCommand({ Filters: [{ Name: 'subnet-id', Values: subnetIds }] }),
    );
    const inside = new Set(Subnets.filter(({ VpcId }) => VpcId === vpcId).map(({ SubnetId }) => SubnetId));
    const elsewhere = subnetIds.filter((id) => !inside.has(id));
    if (elsewhere.length > 0)
      return failed(`${elsewhere.join(', ')} is not in ${vpcId}.`, 'Set database.network.subnetIds.');
    const withoutLambda = Subnets.filter(({ AvailabilityZoneId = '' }) => ZONES_WITHOUT_LAMBDA.has(AvailabilityZoneId));
    if (withoutLambda.length > 0)
      return failed(
        `${withoutLambda.map(({ SubnetId }) => SubnetId).join(', ')} is in a zone without Lambda.`,
        'Name subnets of other zones in database.network.subnetIds.',
      );
    const { RouteTables = [] } = await aws.ec2.send(
      new DescribeRouteTablesCommand({ Filters: [{ Name: 'vpc-id', Values: [vpcId] }] }),
    );
    const tableOf = (subnetId: string) =>
      RouteTables.find(({ Associations = [] }) => Associations.some((one) => one.SubnetId === subnetId)) ??
      RouteTables.find(({ Associations = [] }) => Associations.some(({ Main }) => Main === true));
    const closed = subnetIds.filter(
      (id) =>
        !tableOf(id)?.Routes?.some(
          ({ DestinationCidrBlock, GatewayId = '' }) =>
            DestinationCidrBlock === '0.0.0.0/0' && !GatewayId.startsWith('igw-'),
        ),
    );
    return closed.length === 0
      ? passed('each subnet has a route to a NAT')
      : failed(
          `${closed.join(', ')} has no route to a NAT, without which the functions reach neither Retell nor Secrets Manager.`,
          'Name private subnets with a NAT in database.network.subnetIds.',
        );
  },
};

const database: Check = {
  name: 'database',
  async run(context) {
    const { database } = context.deployment.settings;
    if (database.kind !== 'public') return skipped('It is private: only the functions can reach it.');
    const address = addressIn(await readSecret(context, database.secret), database.secret, database);
    if (!address.ok) return skipped(`${database.secret} ${address.why}.`);
    const { host, port } = address;
    const error = await connectionError(host, port);
    return error === null
      ? passed(`${host}:${port} answers`)
      : failed(
          `${host}:${port} does not answer from here: ${error}.`,
          'Check the host, and which addresses its firewall admits.',
        );
  },
};

type Address =
  | { readonly ok: true; readonly host: string; readonly port: number }
  | { readonly ok: false; readonly why: string; readonly hint: string };

/**
 * Reads a secret like the functions, so that a secret that they would refuse fails here. The settings take precedence.
 */
export function addressIn(
  text: string,
  secret: string,
  { host, port, name, schema }: Pick<ExistingDatabaseSettings, 'host' | 'port' | 'name' | 'schema'>,
): Address {
  const given = Object.entries({ host, port, dbname: name, schema });
  const database = new Map(given.flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]])));
  const read = parseSecret({ kind: 'arn', arn: secret, variable: ENVIRONMENT.databaseSecretArn, database }, text);
  if (!read.ok) return read;
  const parsed = parseConnectionString(read.value);
  if (!parsed.ok) return { ...parsed, hint: '' };
  const { parameters } = parsed;
  return { ok: true, host: parameters.get('host') ?? '', port: Number(parameters.get('port') ?? 5432) };
}

async function connectionError(host: string, port: number): Promise<string | null> {
  const socket = connect({ host, port });
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return null;
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'ABORT_ERR';
    return code === 'ABORT_ERR' ? 'timeout' : code;
  } finally {
    socket.destroy();
  }
}

const retellKey: Check = {
  name: 'Retell key',
  async run(context) {
    const { retellApiKeySecret, retellBaseUrl = RETELL } = context.deployment.settings;
    if (retellApiKeySecret === undefined) return skipped('The deployment makes a secret to put it in.');
    const key = keyIn(await readSecret(context, retellApiKeySecret), retellApiKeySecret);
    if (!key.ok) return skipped(`${retellApiKeySecret} ${key.why}.`);
    const { status } = await fetch(`${retellBaseUrl}/get-api-key-info`, {
      headers: { authorization: `Bearer ${key.value}` },
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return status === 401 || status === 403
      ? failed(`Retell refuses the key (${status}).`, `Put the valid one into ${retellApiKeySecret}.`)
      : passed('accepted');
  },
};

function keyIn(text: string, secret: string): ReturnType<typeof parseSecret> {
  return parseSecret({ kind: 'arn', arn: secret, variable: '' }, text);
}

export const REACH_CHECKS: readonly Check[] = [secrets, network, database, retellKey];
