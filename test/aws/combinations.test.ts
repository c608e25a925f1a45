/** What each choice of a team adds to the templates, or takes away. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { parseSettings } from '../../infra/aws/settings.ts';
import { propertiesOf, type Templates, templatesOf } from '../support/templates.ts';

const TYPES = {
  vpc: 'AWS::EC2::VPC',
  nat_gateways: 'AWS::EC2::NatGateway',
  nat_instances: 'AWS::EC2::Instance',
  databases: 'AWS::RDS::DBInstance',
  rotations: 'AWS::SecretsManager::RotationSchedule',
  secrets: 'AWS::SecretsManager::Secret',
  alarms: 'AWS::CloudWatch::Alarm',
  subscriptions: 'AWS::SNS::Subscription',
} as const;

const numbers = (templates: Templates) =>
  Object.fromEntries(Object.entries(TYPES).map(([name, type]) => [name, propertiesOf(templates, type).length]));

const OWN = {
  vpc: 1,
  nat_gateways: 0,
  nat_instances: 1,
  databases: 1,
  rotations: 2,
  // Of the owner, of the service's role, the API key, the token.
  secrets: 4,
  alarms: 14,
  subscriptions: 0,
};
const EXISTING = { ...OWN, vpc: 0, nat_instances: 0, databases: 0, rotations: 0, secrets: 2, alarms: 12 };
const existingDatabaseSecret = 'team/postgres';

test.each([
  [{}, OWN],
  [{ nat: 'gateway' }, { ...OWN, nat_gateways: 1, nat_instances: 0 }],
  [{ alarmEmail: 'team@example.com' }, { ...OWN, subscriptions: 1 }],
  [
    { retellApiKeySecret: 'team/key', retellWebhookSecret: 'team/webhooks' },
    { ...OWN, secrets: 3 },
  ],
  [{ schedule: 'off' }, { ...OWN, alarms: 13 }],
  [{ existingDatabaseSecret }, EXISTING],
  [{ existingDatabaseSecret, existingDatabaseOwnerSecret: 'team/owner' }, EXISTING],
  [
    { existingDatabaseSecret, nat: 'gateway', multiAz: true, alarmEmail: 'team@example.com' },
    { ...EXISTING, subscriptions: 1 },
  ],
])(
  '%j',
  (settings, expected) => {
    expect(numbers(templatesOf(settings))).toEqual(expected);
  },
  60_000,
);

describe('a deployment with a database of its own', () => {
  let templates: Templates;
  beforeAll(() => {
    templates = templatesOf({ logRetentionDays: 90, deletionProtection: false });
  }, 60_000);

  test('has it in one zone, with the password of its secret, and no protection once that is given up to tear it down', () => {
    expect(propertiesOf(templates, 'AWS::RDS::DBInstance')).toMatchObject([
      {
        MultiAZ: false,
        DeletionProtection: false,
        MasterUserPassword: { 'Fn::Join': ['', expect.arrayContaining(['{{resolve:secretsmanager:'])] },
      },
    ]);
  });

  test('generates the token', () => {
    expect(propertiesOf(templates, 'AWS::SecretsManager::Secret')).toContainEqual(
      expect.objectContaining({ GenerateSecretString: { ExcludePunctuation: true, PasswordLength: 48 } }),
    );
  });

  test('keeps every log as long as the setting says', () => {
    const groups = propertiesOf(templates, 'AWS::Logs::LogGroup');
    expect(groups.map(({ RetentionInDays }) => RetentionInDays)).toEqual(groups.map(() => 90));
    // Of seven functions, two rotations, the API and the network.
    expect(groups).toHaveLength(11);
  });
});

test('what a team sets reaches the functions that need it', () => {
  const templates = templatesOf({
    existingDatabaseSecret,
    name: 'interviews-prod',
    retellBaseUrl: 'https://retell.example',
    retellTemplateAgentId: 'agent_template',
    retellAgentVersion: 'latest_published',
    retellConcurrency: '5',
    interviewNamePatterns: 'coach, guide',
    syncDirection: 'pull',
    fullRefreshHours: '12',
    historyDays: '30',
    logLevel: 'debug',
    schedule: 'rate(1 hour)',
  });
  const functions = Object.entries(templates.service.findResources('AWS::Lambda::Function'));
  const given = new Map(
    functions.map(([id, { Properties }]) => [id.replace(/Function[0-9A-F]{8}$/, ''), Properties.Environment.Variables]),
  );
  const everywhere = { POWERTOOLS_SERVICE_NAME: 'interviews-prod', LOG_LEVEL: 'debug' };
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
  expect(given.size).toBe(7);
  for (const variables of given.values()) expect(variables).toMatchObject(everywhere);
  for (const name of ['Sync', 'Audit', 'Cleanup', 'Webhook', 'ScheduledSync', 'Console'])
    expect(given.get(name)).toMatchObject(policy);
  for (const name of ['Sync', 'Audit', 'Cleanup', 'Webhook', 'ScheduledSync'])
    expect(given.get(name)).toMatchObject({ RETELL_BASE_URL: 'https://retell.example' });
}, 60_000);

test('the docs list every setting, and no other', () => {
  const docs = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'aws.md'), 'utf8');
  const section = docs.split('\n## ').find((text) => text.startsWith('Settings\n')) ?? '';
  const listed = [...section.matchAll(/^\| (`.+?`) \|/gm)].flatMap(([, cell = '']) =>
    cell.replaceAll('`', '').split(', '),
  );
  expect(listed.sort()).toEqual(settingNames().sort());
});

function settingNames(): string[] {
  try {
    parseSettings({ none: 1 });
    return [];
  } catch (error) {
    return String(error).split('there are ')[1]?.split(', ') ?? [];
  }
}
