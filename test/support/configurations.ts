/** The deployments that tests inspect, synthesized together, once for all test files. */
import {
  type SettingsFileContent,
  withOneSecret,
  withOwnPostgres,
  withPrivatePostgres,
  withRds,
} from './deployment-settings.ts';

const ARN = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:';
export const DOMAIN = {
  name: 'sync.example.com',
  certificateArn: 'arn:aws:acm:eu-central-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef',
};

export const CONFIGURATIONS = {
  rds: withRds(),
  ownPostgres: withOwnPostgres(),
  privatePostgres: withPrivatePostgres(),
  oneSecret: withOneSecret(),
  natGateway: withRds(
    { nat: 'gateway', multiAz: true },
    { retellWebhookSecret: 'retell/webhook', reservedConcurrency: true },
  ),
  publicRds: withRds(
    { peering: undefined, publiclyAccessible: true, allowFrom: { cidrs: ['0.0.0.0/0'] } },
    { account: '123456789012', region: 'eu-central-1', availabilityZones: ['eu-central-1b', 'eu-central-1c'] },
  ),
  smallAccount: withRds(
    { backupDays: 1, natInstanceType: 't4g.nano', instanceType: 't4g.small' },
    { dashboard: false },
  ),
  torndown: withRds({}, { terminationProtection: false, logRetentionDays: 90 }),
  fullAlarms: withRds(
    {},
    {
      name: 'interviews-prod',
      runbookUrl: 'https://example.com/runbook.md',
      slackWebhookSecret: 'team/slack',
      domain: DOMAIN,
    },
  ),
  silent: withOneSecret({ alarmEmail: undefined, runbookUrl: undefined, monthlyBudget: undefined, schedule: 'off' }),
  hourly: withOneSecret({ schedule: 'rate(1 hour)', dashboard: true }),
  reserved: withOwnPostgres({ reservedConcurrency: true }),
  existingSecrets: withOneSecret({
    retellApiKeySecret: `${ARN}retell/key-a1B2c3`,
    retellWebhookSecret: `${ARN}retell/webhook-a1B2c3`,
  }),
  everySetting: withOwnPostgres({
    name: 'interviews-prod',
    database: {
      kind: 'public',
      secret: 'team/postgres-service',
      ownerSecret: 'team/postgres-owner',
      host: 'proxy.example.com',
      port: 6432,
      name: 'platform',
      schema: 'foloup',
    },
    createInterviewerTable: true,
    retellBaseUrl: 'https://retell.example',
    retellTemplateAgentId: 'agent_template',
    retellAgentVersion: 'latest_published',
    retellConcurrency: 5,
    interviewNamePatterns: 'coach, guide',
    syncDirection: 'pull',
    fullRefreshHours: 12,
    historyDays: 30,
    logLevel: 'debug',
    schedule: 'rate(1 hour)',
  }),
} as const satisfies Record<string, SettingsFileContent>;

export type ConfigurationName = keyof typeof CONFIGURATIONS;
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of the object above
export const CONFIGURATION_NAMES = Object.keys(CONFIGURATIONS) as ConfigurationName[];

/** As in a file: without undefined values. */
export function fileOf(name: ConfigurationName): SettingsFileContent {
  return JSON.parse(JSON.stringify(CONFIGURATIONS[name]));
}
