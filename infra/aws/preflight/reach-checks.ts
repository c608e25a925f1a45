/** Checks what the functions will use: secrets, the network, the database, Retell. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { DescribeRouteTablesCommand, DescribeSubnetsCommand } from '@aws-sdk/client-ec2';
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { SECRET_PLACEHOLDER } from '../../../shared/contract.ts';
import { type Check, type CheckContext, failed, passed, reasonOf, skipped } from './check.ts';
import { ZONES_WITHOUT_LAMBDA } from './region-checks.ts';

const TIMEOUT_MS = 5_000;
const RETELL = 'https://api.retellai.com';

/** Named by this setting. */
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
      const problem = await readSecret(context, name).then(
        (text) => (text === '' || text === SECRET_PLACEHOLDER ? 'is empty' : null),
        (error: unknown) => `cannot be read (${reasonOf(error)})`,
      );
      if (problem !== null)
        return failed(
          `${name} (${setting}) ${problem}.`,
          `aws secretsmanager create-secret or put-secret-value, for ${name}`,
        );
    }
    return passed(names.size === 0 ? 'all are made by the deployment' : [...names.values()].join(', '));
  },
};

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
    const { settings } = context.deployment;
    if (settings.database.kind !== 'public') return skipped('It is private: only the functions can reach it.');
    const address = addressIn(await readSecret(context, settings.database.secret), settings.database);
    if (address === null)
      return failed(
        `${settings.database.secret} names no host.`,
        'Set database.host, or put a connection string into the secret.',
      );
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

/** The address in a connection string, or in JSON with host and port; the settings take precedence. */
export function addressIn(
  secret: string,
  settings: { host?: string | undefined; port?: number | undefined },
): { host: string; port: number } | null {
  const fields = fieldsOf(secret);
  const host = settings.host ?? fields['host'];
  const port = Number(settings.port ?? fields['port'] ?? 5432);
  return typeof host === 'string' && host !== '' ? { host, port: port === 0 ? 5432 : port } : null;
}

function fieldsOf(secret: string): Readonly<Record<string, unknown>> {
  const url = /^postgres(ql)?:\/\//.test(secret) ? URL.parse(secret) : null;
  if (url !== null) return { host: url.hostname, port: url.port || 5432 };
  try {
    const parsed: unknown = JSON.parse(secret);
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
  } catch {
    return {};
  }
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
    const key = keyIn(await readSecret(context, retellApiKeySecret));
    const { status } = await fetch(`${retellBaseUrl}/get-api-key-info`, {
      headers: { authorization: `Bearer ${key}` },
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return status === 401 || status === 403
      ? failed(`Retell refuses the key (${status}).`, `Put the valid one into ${retellApiKeySecret}.`)
      : passed('accepted');
  },
};

function keyIn(secret: string): string {
  const { api_key: key } = fieldsOf(secret);
  return typeof key === 'string' ? key : secret;
}

export const REACH_CHECKS: readonly Check[] = [secrets, network, database, retellKey];
