/** `npm run preflight` against moto, with endpoints of its own for what moto does not know. */
import { LambdaClient } from '@aws-sdk/client-lambda';
import { RDSClient } from '@aws-sdk/client-rds';
import { ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { identity } from '../../infra/aws/preflight/account-checks.ts';
import type { Finding } from '../../infra/aws/preflight/check.ts';
import { type Aws, createClients } from '../../infra/aws/preflight/clients.ts';
import { CHECKS, runCheck } from '../../infra/aws/preflight/run-checks.ts';
import { parseSettings } from '../../infra/aws/settings.ts';
import type { SettingsFileContent } from './deployment-settings.ts';
import { type Moto, startMoto } from './moto.ts';
import { REGION, startEndpoint } from './stub-endpoint.ts';

const ZONES = ['eu-central-1a', 'eu-central-1b', 'eu-central-1c'];

/** The response of RDS about the zones that have the requested class. */
export function orderableIn(zones: readonly string[]): string {
  const names = zones.map((zone) => `<AvailabilityZone><Name>${zone}</Name></AvailabilityZone>`).join('');
  const option = `<OrderableDBInstanceOption><AvailabilityZones>${names}</AvailabilityZones></OrderableDBInstanceOption>`;
  return `<DescribeOrderableDBInstanceOptionsResponse><DescribeOrderableDBInstanceOptionsResult><OrderableDBInstanceOptions>${option}</OrderableDBInstanceOptions></DescribeOrderableDBInstanceOptionsResult></DescribeOrderableDBInstanceOptionsResponse>`;
}

export interface Account {
  readonly concurrency?: number;
  readonly databaseZones?: readonly string[];
  readonly plan?: 'FREE' | 'PAID';
  /** Of VPCs, addresses and processors. */
  readonly quota?: number;
}

export interface Preflight {
  readonly moto: Moto;
  /** With which tests change the account. */
  readonly aws: Aws;
  /** The finding of the check of this name, which runs alone, for these settings. */
  find(settings: SettingsFileContent, name: string, account?: Account): Promise<Finding>;
  /** The same, with other clients in place of some. */
  findWith(clients: Partial<Aws>, settings: SettingsFileContent, name: string): Promise<Finding>;
  stop(): Promise<void>;
}

export async function startPreflight(): Promise<Preflight> {
  const moto = await startMoto();
  const before = { ...process.env };
  Object.assign(process.env, moto.environment);
  // The plan is not read from AWS itself.
  const aws: Aws = { ...createClients(REGION), accountPlan: async () => 'PAID' };
  async function findWith(clients: Partial<Aws>, content: SettingsFileContent, name: string) {
    const deployment = { name: 'test', settings: parseSettings(content, 'test'), isExample: false };
    const check = [identity, ...CHECKS].find((one) => one.name === name);
    if (check === undefined) throw new Error(`There is no check ${name}`);
    return (await runCheck(check, { deployment, aws: { ...aws, ...clients } })).finding;
  }
  return {
    moto,
    aws,
    findWith,
    async find(settings, name, { concurrency = 1_000, databaseZones = ZONES, plan = 'PAID', quota = 100 } = {}) {
      const limits = await startEndpoint(JSON.stringify({ AccountLimit: { ConcurrentExecutions: concurrency } }));
      const orderable = await startEndpoint(orderableIn(databaseZones));
      const quotas = await startEndpoint(JSON.stringify({ Quota: { Value: quota } }));
      const clients = {
        lambda: new LambdaClient(limits.client),
        rds: new RDSClient(orderable.client),
        quotas: new ServiceQuotasClient(quotas.client),
        accountPlan: async () => plan,
      };
      const finding = await findWith(clients, settings, name);
      for (const { close } of [limits, orderable, quotas]) close();
      return finding;
    },
    async stop() {
      for (const name of Object.keys(moto.environment)) {
        delete process.env[name];
        if (before[name] !== undefined) process.env[name] = before[name];
      }
      await moto.stop();
    },
  };
}
