/** `npm run deploy:init`: the file that it writes, and the commands that it prints. */
import { describe, expect, test } from '@jest/globals';
import { type Answers, commandsOf, type DatabaseAnswers, fileOf } from '../../infra/aws/deployment-answers.ts';
import { parseSettings } from '../../infra/aws/settings.ts';

const OWN = { secret: 'team/postgres-service', ownerSecret: 'team/postgres-owner' };
const NETWORK = {
  vpcId: 'vpc-0123456789abcdef0',
  subnetIds: ['subnet-0123456789abcdef0'],
  securityGroupIds: ['sg-0123456789abcdef0'],
};
const VPC = {
  place: 'vpc',
  vpcId: 'vpc-0123456789abcdef0',
  cidr: '10.0.0.0/16',
  routeTableIds: ['rtb-0123456789abcdef0'],
} as const;

function answersWith(database: DatabaseAnswers, changes: Partial<Answers> = {}): Answers {
  return {
    name: 'production',
    account: '123456789012',
    region: 'eu-central-1',
    database,
    alarmEmail: 'team@example.com',
    runbookUrl: 'https://example.com/runbook.md',
    hasUsualConcurrency: true,
    ...changes,
  };
}

describe('the file', () => {
  test.each<[string, DatabaseAnswers, object]>([
    ['public', { kind: 'public', ...OWN }, { kind: 'public', ...OWN }],
    [
      'public, with one secret',
      { kind: 'public', secret: 'team/postgres', ownerSecret: '' },
      { kind: 'public', secret: 'team/postgres' },
    ],
    ['private', { kind: 'private', ...OWN, network: NETWORK }, { kind: 'private', ...OWN, network: NETWORK }],
    [
      'rds, for a group of a VPC',
      {
        kind: 'rds',
        platform: { ...VPC, routeTableIds: [...VPC.routeTableIds], securityGroupIds: ['sg-0123456789abcdef0'] },
        isFreePlan: false,
      },
      { kind: 'rds', allowFrom: { securityGroupIds: ['sg-0123456789abcdef0'] }, peering: { vpcId: VPC.vpcId } },
    ],
    [
      'rds, for a whole VPC, on the free plan',
      {
        kind: 'rds',
        platform: { ...VPC, routeTableIds: [...VPC.routeTableIds], securityGroupIds: [] },
        isFreePlan: true,
      },
      { kind: 'rds', allowFrom: { cidrs: ['10.0.0.0/16'] }, backupDays: 1 },
    ],
    [
      'rds, for a platform elsewhere',
      { kind: 'rds', platform: { place: 'elsewhere', cidrs: ['203.0.113.7/32'] }, isFreePlan: false },
      { kind: 'rds', allowFrom: { cidrs: ['203.0.113.7/32'] }, publiclyAccessible: true },
    ],
  ])('is accepted: %s', (_, database, expected) => {
    const file = fileOf(answersWith(database));
    expect(file).toMatchObject({ account: '123456789012', database: expected, reservedConcurrency: true });
    expect(parseSettings(file, 'production')).toMatchObject({ name: 'voice-agent-sync-production' });
  });

  test('omits empty answers', () => {
    const changes = { account: '', alarmEmail: '', runbookUrl: '', hasUsualConcurrency: false };
    expect(fileOf(answersWith({ kind: 'public', ...OWN }, changes))).toEqual({
      $schema: './schema.json',
      region: 'eu-central-1',
      database: { kind: 'public', ...OWN },
    });
  });
});

test('the commands create the secrets of an existing database, and deploy', () => {
  const commands = commandsOf(answersWith({ kind: 'public', ...OWN }));
  const programs = commands.map((command) =>
    command
      .replace(/^printf .* \| /, '')
      .split(' ')
      .slice(0, 3)
      .join(' '),
  );
  expect(programs).toEqual([
    'aws secretsmanager create-secret',
    'aws secretsmanager create-secret',
    'npm run preflight',
    'npx cdk bootstrap',
    'npx cdk deploy',
    'aws secretsmanager put-secret-value',
    'npm run verify:deployed',
  ]);
  const rds = { kind: 'rds', platform: { place: 'elsewhere', cidrs: ['203.0.113.7/32'] }, isFreePlan: false } as const;
  expect(commandsOf(answersWith({ ...rds, platform: { ...rds.platform, cidrs: [...rds.platform.cidrs] } }))[0]).toBe(
    'npm run preflight -- production',
  );
});

test('the commands name the deployment, because there may be several', () => {
  const commands = commandsOf(answersWith({ kind: 'public', ...OWN }, { name: 'staging' }));
  for (const command of commands.filter((one) => /^(npx|npm run)/.test(one))) expect(command).toContain('staging');
});
