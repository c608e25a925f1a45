import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { App } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import * as v from 'valibot';
import { parseSettings } from '../../infra/aws/settings.ts';
import { createStacks } from '../../infra/aws/stacks.ts';
import { ENDPOINTS } from '../../shared/api/endpoints.ts';
import { ENVIRONMENT, SECRET_PLACEHOLDER } from '../../shared/contract.ts';
import { type Templates, templatesOf } from '../support/templates.ts';

/** Throwing in here, these also say that cdk-nag finds nothing else. */
let own: Templates;
let existing: Templates;

beforeAll(() => {
  own = templatesOf({});
  const arn = (name: string) => `arn:aws:secretsmanager:eu-central-1:123456789012:secret:${name}-a1B2c3`;
  existing = templatesOf({
    existingDatabaseSecret: 'team/postgres',
    retellApiKeySecret: arn('retell/key'),
    retellWebhookSecret: arn('retell/webhook'),
  });
}, 180_000);

const FUNCTION_NAMES = ['Audit', 'Cleanup', 'Console', 'Migrate', 'ScheduledSync', 'Sync', 'Webhook'];
const ROUTE_PATHS = ['DefaultRoute', ...ENDPOINTS.map(({ method, path }) => `${method}${path.replaceAll('/', '--')}`)];

describe('[S55] findings of cdk-nag that are acknowledged', () => {
  test('are exactly these with a database of our own', () => {
    expect(own.acknowledged).toEqual(
      [
        'Data/Database RDS3',
        'Data/Vpc/publicSubnet1/NatInstance EC28',
        'Data/Vpc/publicSubnet1/NatInstance EC29',
        ...ROUTE_PATHS.map((path) => `Service/Api/${path}/Resource APIG4`),
        ...FUNCTION_NAMES.map((name) => `Service/${name}/Role IAM5[Resource::*]`),
        'Service/DeadLetters SQS3',
        'Service/RetellApiKey SMG4',
        'Service/SyncToken SMG4',
      ].sort(),
    );
  });

  test("are fewer with the team's", () => {
    const suffix = 'arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:team/postgres-??????';
    expect(existing.acknowledged.filter((entry) => !entry.endsWith('APIG4'))).toEqual(
      [
        ...FUNCTION_NAMES.map((name) => `Service/${name}/Role IAM5[Resource::${suffix}]`),
        'Service/DeadLetters SQS3',
        'Service/SyncToken SMG4',
      ].sort(),
    );
  });
});

test('a finding of cdk-nag that is not acknowledged ends the synthesis', () => {
  const outdir = mkdtempSync(join(process.env['TEST_SYNTHESIS'] ?? tmpdir(), 'offending-'));
  const app = new App({ outdir, context: { 'aws:cdk:bundling-stacks': [] } });
  const { monitoring } = createStacks(app, parseSettings({ existingDatabaseSecret: 'team/postgres' }));
  const { node } = new Topic(monitoring.stack, 'Open');
  expect(() => app.synth()).toThrow(new RegExp(`${node.path}.*AwsSolutions-SNS3`, 's'));
});

const Statements = v.array(
  v.object({
    Action: v.union([v.string(), v.array(v.string())]),
    Resource: v.unknown(),
    Effect: v.string(),
  }),
);

/** As `allowed` has it. */
const arnOf = (id: string) => JSON.stringify({ 'Fn::GetAtt': [id, 'Arn'] });

/** What each role may do, by the beginning of its id. */
function allowed(templates: Templates, name: string): readonly { action: string; resource: string }[] {
  const policies = Object.entries(templates.service.findResources('AWS::IAM::Policy'));
  return policies
    .filter(([id]) => id.startsWith(`${name}Role`))
    .flatMap(([, policy]) => v.parse(Statements, policy['Properties'].PolicyDocument.Statement))
    .flatMap(({ Action, Resource }) =>
      [Action].flat().map((action) => ({ action, resource: JSON.stringify(Resource) })),
    );
}

describe('grants', () => {
  const secretsOf = (templates: Templates, name: string) =>
    allowed(templates, name)
      .filter(({ action }) => action === 'secretsmanager:GetSecretValue')
      .flatMap(({ resource }) => resource.match(/team\/\w+|Data:|ServiceRoleSecret|RetellApiKey|SyncToken/gi) ?? [])
      .map((found) => (found.endsWith(':') ? 'OwnerSecret' : found))
      .sort();

  test.each([
    ['Sync', ['RetellApiKey', 'ServiceRoleSecret', 'SyncToken']],
    ['Audit', ['RetellApiKey', 'ServiceRoleSecret', 'SyncToken']],
    ['Cleanup', ['RetellApiKey', 'ServiceRoleSecret', 'SyncToken']],
    ['ScheduledSync', ['RetellApiKey', 'ServiceRoleSecret', 'SyncToken']],
    ['Webhook', ['RetellApiKey', 'ServiceRoleSecret']],
    ['Console', ['ServiceRoleSecret', 'SyncToken']],
    ['Migrate', ['OwnerSecret', 'ServiceRoleSecret']],
  ])('[S35] %s reads only its own secrets', (name, secrets) => {
    expect(secretsOf(own, name)).toEqual(secrets);
  });

  test("the owner's secret of a team's Postgres is the migrations' alone, and without one nothing is different", () => {
    const databaseSecrets = (templates: Templates) =>
      Object.fromEntries(
        FUNCTION_NAMES.map((name) => [name, secretsOf(templates, name).filter((id) => id.startsWith('team/'))]),
      );
    const all = Object.fromEntries(FUNCTION_NAMES.map((name) => [name, ['team/postgres']]));
    expect(databaseSecrets(existing)).toEqual(all);
    const both = { existingDatabaseSecret: 'team/postgres', existingDatabaseOwnerSecret: 'team/owner' };
    expect(databaseSecrets(templatesOf(both))).toEqual({ ...all, Migrate: ['team/owner', 'team/postgres'] });
  });

  test('publishing is for those that change something or score it, to the bus that they are told of', () => {
    const [bus = ''] = Object.keys(own.service.findResources('AWS::Events::EventBus'));
    const publishing = FUNCTION_NAMES.map((name) => [name, allowed(own, name)] as const).flatMap(([name, grants]) =>
      grants.filter(({ action }) => action === 'events:PutEvents').map(({ resource }) => ({ name, resource })),
    );
    const names = ['Audit', 'Cleanup', 'ScheduledSync', 'Sync', 'Webhook'];
    expect(publishing).toEqual(names.map((name) => ({ name, resource: arnOf(bus) })));
    const told = Object.entries(own.service.findResources('AWS::Lambda::Function')).flatMap(([id, { Properties }]) => {
      const { [ENVIRONMENT.eventBusName]: name } = Properties.Environment.Variables;
      return name === undefined ? [] : [[id.replace(/Function[0-9A-F]{8}$/, ''), name]];
    });
    expect(Object.fromEntries(told)).toEqual(Object.fromEntries(names.map((name) => [name, { Ref: bus }])));
  });

  test('[S43] name actions, and name resources wherever AWS knows any', () => {
    const names = [...FUNCTION_NAMES, 'Schedule'];
    const grants = [own, existing].flatMap((templates) => names.flatMap((name) => allowed(templates, name)));
    expect(grants.filter(({ action }) => action.includes('*'))).toEqual([]);
    const everywhere = new Set(grants.filter(({ resource }) => resource === '"*"').map(({ action }) => action));
    expect(everywhere).toEqual(
      new Set([
        'ec2:CreateNetworkInterface',
        'ec2:DescribeNetworkInterfaces',
        'ec2:DescribeSubnets',
        'ec2:DeleteNetworkInterface',
        'ec2:AssignPrivateIpAddresses',
        'ec2:UnassignPrivateIpAddresses',
      ]),
    );
  });

  test('the schedule may invoke its function and leave dead letters, and nothing else', () => {
    const [queue = ''] = Object.keys(own.service.findResources('AWS::SQS::Queue'));
    const ids = Object.keys(own.service.findResources('AWS::Lambda::Function'));
    const lambda = ids.find((id) => id.startsWith('ScheduledSync')) ?? '';
    expect(allowed(own, 'Schedule')).toEqual([
      { action: 'lambda:InvokeFunction', resource: arnOf(lambda) },
      { action: 'sqs:SendMessage', resource: arnOf(queue) },
    ]);
    // What it did before it may would be a dead letter.
    const DependsOn = Match.arrayWith([Match.stringLikeRegexp('^ScheduleRoleDefaultPolicy')]);
    own.service.hasResource('AWS::Scheduler::Schedule', { DependsOn });
  });

  test('no schedule and no alarm but those of the account use what ours may', () => {
    const Condition = { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } };
    own.service.hasResourceProperties('AWS::IAM::Role', {
      AssumeRolePolicyDocument: {
        Statement: [{ Action: 'sts:AssumeRole', Principal: { Service: 'scheduler.amazonaws.com' }, Condition }],
      },
    });
    const policies = Object.values(own.monitoring.findResources('AWS::SNS::TopicPolicy'));
    const statements = policies.flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
    expect(statements.filter(({ Effect }) => Effect === 'Allow')).toMatchObject([
      { Action: 'sns:Publish', Principal: { Service: 'cloudwatch.amazonaws.com' }, Condition },
    ]);
  });

  test('nobody invokes a function but the API and the bus', () => {
    const permissions = Object.values(own.service.findResources('AWS::Lambda::Permission'));
    const principals = new Set(permissions.map(({ Properties }) => Properties.Principal));
    expect(principals).toEqual(new Set(['apigateway.amazonaws.com', 'events.amazonaws.com']));
    for (const { Properties } of permissions) expect(Properties).toHaveProperty('SourceArn');
  });
});

test('[S61] no template holds a secret', () => {
  const secretsOf = ({ all }: Templates) =>
    all.flatMap((template) => Object.entries(template.findResources('AWS::SecretsManager::Secret')));
  const written = [own, existing].flatMap(secretsOf).map(([id, { Properties }]) => ({
    id: id.replace(/[0-9A-Fa-f]+$/, ''),
    text: Properties.SecretString,
    is_generated: Properties.GenerateSecretString !== undefined,
  }));
  const generated = { text: undefined, is_generated: true };
  expect(written).toEqual([
    { id: 'DataDatabaseSecret', ...generated },
    { id: 'ServiceRoleSecret', ...generated },
    // For somebody to fill: what the functions refuse, where a generated text would be taken for a key.
    { id: 'RetellApiKey', text: SECRET_PLACEHOLDER, is_generated: false },
    { id: 'SyncToken', ...generated },
    { id: 'SyncToken', ...generated },
  ]);
});
