/** What each setting adds to the templates, or removes. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { propertiesOf, type Templates, templatesOf } from '../support/templates.ts';

const TYPES = {
  vpc: 'AWS::EC2::VPC',
  peerings: 'AWS::EC2::VPCPeeringConnection',
  nat_gateways: 'AWS::EC2::NatGateway',
  nat_instances: 'AWS::EC2::Instance',
  databases: 'AWS::RDS::DBInstance',
  secrets: 'AWS::SecretsManager::Secret',
  alarms: 'AWS::CloudWatch::Alarm',
  subscriptions: 'AWS::SNS::Subscription',
  dashboards: 'AWS::CloudWatch::Dashboard',
  budgets: 'AWS::Budgets::Budget',
  slack: 'AWS::Events::ApiDestination',
} as const;

const numbers = (templates: Templates) =>
  Object.fromEntries(Object.entries(TYPES).map(([name, type]) => [name, propertiesOf(templates, type).length]));

const RDS = {
  vpc: 1,
  peerings: 1,
  nat_gateways: 0,
  nat_instances: 1,
  databases: 1,
  // The API key and the token.
  secrets: 2,
  alarms: 19,
  subscriptions: 1,
  dashboards: 1,
  budgets: 1,
  slack: 0,
};
const OWN = { ...RDS, vpc: 0, peerings: 0, nat_instances: 0, databases: 0, alarms: 13, dashboards: 0 };

test.each([
  ['rds', RDS],
  ['natGateway', { ...RDS, nat_gateways: 1, nat_instances: 0 }],
  ['publicRds', { ...RDS, peerings: 0 }],
  ['ownPostgres', OWN],
  ['privatePostgres', OWN],
  ['fullAlarms', { ...RDS, slack: 1 }],
  ['silent', { ...OWN, alarms: 12, subscriptions: 0, budgets: 0 }],
  ['existingSecrets', { ...OWN, secrets: 1 }],
] as const)(
  '%s',
  async (name, expected) => {
    expect(numbers(await templatesOf(name))).toEqual(expected);
  },
  180_000,
);

test('logRetentionDays applies to every log group', async () => {
  const groups = propertiesOf(await templatesOf('torndown'), 'AWS::Logs::LogGroup');
  expect(groups.map(({ RetentionInDays }) => RetentionInDays)).toEqual(groups.map(() => 90));
  // Seven functions, the API, the database and the network.
  expect(groups).toHaveLength(10);
});

test('the token is generated', async () => {
  expect(propertiesOf(await templatesOf('rds'), 'AWS::SecretsManager::Secret')).toContainEqual(
    expect.objectContaining({ GenerateSecretString: { ExcludePunctuation: true, PasswordLength: 48 } }),
  );
});

describe('settings are passed to', () => {
  const everywhere = {
    POWERTOOLS_SERVICE_NAME: 'interviews-prod',
    LOG_LEVEL: 'debug',
    DATABASE_HOST: 'proxy.example.com',
    DATABASE_PORT: '6432',
    DATABASE_NAME: 'platform',
    DATABASE_SCHEMA: 'foloup',
  };
  const policy = {
    INTERVIEW_NAME_PATTERNS: 'coach, guide',
    SYNC_DIRECTION: 'pull',
    RETELL_TEMPLATE_AGENT_ID: 'agent_template',
    RETELL_AGENT_VERSION: 'latest_published',
    RETELL_CONCURRENCY: '5',
    FULL_REFRESH_HOURS: '12',
    HISTORY_DAYS: '30',
    SYNC_SCHEDULE: 'rate(1 hour)',
  };
  let given: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
  beforeAll(async () => {
    const { service } = await templatesOf('everySetting');
    given = new Map(
      Object.entries(service.findResources('AWS::Lambda::Function')).map(([id, { Properties }]) => [
        id.replace(/Function[0-9A-F]{8}$/, ''),
        Properties.Environment.Variables,
      ]),
    );
  }, 180_000);

  test('all functions', () => {
    expect(given.size).toBe(7);
    for (const variables of given.values()) expect(variables).toMatchObject(everywhere);
  });

  test('the functions that sync', () => {
    for (const name of ['Sync', 'Audit', 'Cleanup', 'Webhook', 'ScheduledSync', 'Console'])
      expect(given.get(name)).toMatchObject(policy);
    for (const name of ['Sync', 'Audit', 'Cleanup', 'Webhook', 'ScheduledSync'])
      expect(given.get(name)).toMatchObject({ RETELL_BASE_URL: 'https://retell.example' });
  });

  test('the migrations', () => {
    expect(given.get('Migrate')).toMatchObject({ CREATE_INTERVIEWER_TABLE: 'true' });
  });
});
