import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from '@jest/globals';
import * as v from 'valibot';
import { ENDPOINTS } from '../../shared/api/endpoints.ts';
import { ENVIRONMENT, SECRET_PLACEHOLDER } from '../../shared/contract.ts';
import { type Templates, templatesOf } from '../support/templates.ts';

/** Throws if cdk-nag finds anything else. */
let own: Templates;
let existing: Templates;
let both: Templates;

beforeAll(async () => {
  [own, existing, both] = await Promise.all([
    templatesOf('rds'),
    templatesOf('existingSecrets'),
    templatesOf('ownPostgres'),
  ]);
}, 180_000);

const FUNCTION_NAMES = ['Audit', 'Cleanup', 'Console', 'Migrate', 'ScheduledSync', 'Sync', 'Webhook'];
const ROUTE_PATHS = ['DefaultRoute', ...ENDPOINTS.map(({ method, path }) => `${method}${path.replaceAll('/', '--')}`)];

const EC2 = 'arn:<AWS::Partition>:ec2:<AWS::Region>:<AWS::AccountId>:';

describe('[S55] findings of cdk-nag that are acknowledged', () => {
  test('are exactly those in this list with a new RDS', () => {
    expect(own.acknowledged).toEqual(
      [
        'Data/Database RDS10',
        'Data/Database RDS3',
        'Data/Vpc/Nat EC28',
        'Data/Vpc/Nat EC29',
        'Data/Vpc/Nat IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/AmazonSSMManagedInstanceCore]',
        ...ROUTE_PATHS.map((path) => `Service/Api/${path}/Resource APIG4`),
        ...FUNCTION_NAMES.flatMap((name) =>
          ['*', `${EC2}*/*`, `${EC2}network-interface/*`].map(
            (resource) => `Service/${name}/Role IAM5[Resource::${resource}]`,
          ),
        ),
        'Service/DeadLetters SQS3',
        'Service/RetellApiKey SMG4',
        'Service/SyncToken SMG4',
      ].sort(),
    );
  });

  test("are fewer with the team's own database", () => {
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

test('an unacknowledged finding of cdk-nag fails the synthesis', async () => {
  const script = join(import.meta.dirname, '..', 'support', 'synthesize-open-topic.ts');
  await expect(promisify(execFile)(process.execPath, [script])).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/AwsSolutions.*Monitoring\/Open.*AwsSolutions-SNS3/s),
  });
}, 60_000);

const Statements = v.array(
  v.object({
    Action: v.union([v.string(), v.array(v.string())]),
    Resource: v.unknown(),
    Effect: v.string(),
  }),
);

const Conditions = v.array(
  v.object({ Action: v.union([v.string(), v.array(v.string())]), Condition: v.optional(v.unknown()) }),
);

/** As `allowed` has it. */
const arnOf = (id: string) => JSON.stringify({ 'Fn::GetAtt': [id, 'Arn'] });

/** The rights of each role, by the beginning of its id. */
function allowed(templates: Templates, name: string): readonly { action: string; resource: string }[] {
  const policies = Object.entries(templates.service.findResources('AWS::IAM::Policy'));
  return policies
    .filter(([id]) => id.startsWith(`${name}Role`))
    .flatMap(([, policy]) => v.parse(Statements, policy.Properties.PolicyDocument.Statement))
    .filter(({ Effect }) => Effect === 'Allow')
    .flatMap(({ Action, Resource }) =>
      [Action].flat().map((action) => ({ action, resource: JSON.stringify(Resource) })),
    );
}

describe('grants', () => {
  const secretsOf = (templates: Templates, name: string) =>
    allowed(templates, name)
      .filter(({ action }) => action === 'secretsmanager:GetSecretValue')
      .flatMap(({ resource }) => resource.match(/team\/[\w-]+?(?=-\?)|MasterUserSecret|RetellApiKey|SyncToken/g) ?? [])
      .map((found) => (found === 'MasterUserSecret' ? 'OwnerSecret' : found))
      .sort();

  test.each([
    ['Sync', ['RetellApiKey', 'SyncToken']],
    ['Audit', ['RetellApiKey', 'SyncToken']],
    ['Cleanup', ['RetellApiKey', 'SyncToken']],
    ['ScheduledSync', ['RetellApiKey', 'SyncToken']],
    ['Webhook', ['RetellApiKey']],
    ['Console', ['SyncToken']],
    ['Migrate', ['OwnerSecret']],
  ])('[S35] %s reads only its own secrets', (name, secrets) => {
    expect(secretsOf(own, name)).toEqual(secrets);
  });

  test("only the migrations read the owner's secret of a team's Postgres; without it, no other right differs", () => {
    const databaseSecrets = (templates: Templates) =>
      Object.fromEntries(
        FUNCTION_NAMES.map((name) => [name, secretsOf(templates, name).filter((id) => id.startsWith('team/'))]),
      );
    const all = Object.fromEntries(FUNCTION_NAMES.map((name) => [name, ['team/postgres']]));
    expect(databaseSecrets(existing)).toEqual(all);
    expect(databaseSecrets(both)).toEqual({
      ...Object.fromEntries(FUNCTION_NAMES.map((name) => [name, ['team/postgres-service']])),
      Migrate: ['team/postgres-owner', 'team/postgres-service'],
    });
  });

  test('every function may sign in to an RDS only as the role of the service', () => {
    for (const name of FUNCTION_NAMES) {
      const connect = allowed(own, name).filter(({ action }) => action === 'rds-db:connect');
      expect(connect).toHaveLength(1);
      expect(connect[0]?.resource).toMatch(/:dbuser:.*DbiResourceId.*\/voice_agent_sync_service"/);
      expect(allowed(both, name).filter(({ action }) => action === 'rds-db:connect')).toEqual([]);
    }
  });

  test('only the functions that change or score something may publish, and only to their bus', () => {
    const [bus = ''] = Object.keys(own.service.findResources('AWS::Events::EventBus'));
    const publishing = FUNCTION_NAMES.map((name) => [name, allowed(own, name)] as const).flatMap(([name, grants]) =>
      grants.filter(({ action }) => action === 'events:PutEvents').map(({ resource }) => ({ name, resource })),
    );
    const names = ['Audit', 'Cleanup', 'ScheduledSync', 'Sync', 'Webhook'];
    expect(publishing).toEqual(names.map((name) => ({ name, resource: arnOf(bus) })));
    const buses = Object.entries(own.service.findResources('AWS::Lambda::Function')).flatMap(([id, { Properties }]) => {
      const { [ENVIRONMENT.eventBusName]: name } = Properties.Environment.Variables;
      return name === undefined ? [] : [[id.replace(/Function[0-9A-F]{8}$/, ''), name]];
    });
    expect(Object.fromEntries(buses)).toEqual(Object.fromEntries(names.map((name) => [name, { Ref: bus }])));
  });

  test('[S102] each function may publish its own events only, as this system', () => {
    const changes = ['AgentOrphaned', 'AgentRestored', 'OrphanGuardTripped'];
    const syncs = [...changes, 'HealthDegraded', 'SyncCompleted', 'SyncContinuationRequested'].sort();
    const expected = {
      Audit: ['HealthDegraded'],
      Cleanup: ['AgentRestored', 'RunUndone'],
      Console: [],
      Migrate: [],
      ScheduledSync: syncs,
      Sync: syncs,
      Webhook: changes,
    };
    const policies = Object.entries(own.service.findResources('AWS::IAM::Policy'));
    const conditionsOf = (name: string) =>
      policies
        .filter(([id]) => id.startsWith(`${name}Role`))
        .flatMap(([, policy]) => v.parse(Conditions, policy.Properties.PolicyDocument.Statement))
        .filter(({ Action }) => [Action].flat().includes('events:PutEvents'))
        .map(({ Condition }) => Condition);
    for (const [name, types] of Object.entries(expected)) {
      const condition = { StringEquals: { 'events:source': 'voice-agent-sync', 'events:detail-type': types } };
      expect([name, conditionsOf(name)]).toEqual([name, types.length === 0 ? [] : [condition]]);
    }
  });

  test('[S43] name actions, and resources wherever AWS supports them', () => {
    const names = [...FUNCTION_NAMES, 'Schedule'];
    const grants = [own, existing].flatMap((templates) => names.flatMap((name) => allowed(templates, name)));
    expect(grants.filter(({ action }) => action.includes('*'))).toEqual([]);
    const everywhere = new Set(grants.filter(({ resource }) => resource === '"*"').map(({ action }) => action));
    expect(everywhere).toEqual(new Set(['ec2:DescribeNetworkInterfaces', 'ec2:DescribeSubnets']));
  });

  test("[S97] only Lambda itself may create network interfaces, in the functions' subnets and with their security group", () => {
    const ec2 = allowed(own, 'Sync').filter(({ action }) => action === 'ec2:CreateNetworkInterface');
    expect(ec2).toHaveLength(1);
    const kinds = [...(ec2[0]?.resource ?? '').matchAll(/:(network-interface\/\*|subnet\/|security-group\/)/g)];
    expect(kinds.map(([, kind]) => kind)).toEqual(['network-interface/*', 'security-group/', 'subnet/', 'subnet/']);
    const statements = Object.entries(own.service.findResources('AWS::IAM::Policy'))
      .filter(([id]) => id.startsWith('SyncRole'))
      .flatMap(([, policy]) => policy.Properties.PolicyDocument.Statement);
    const changing = statements.filter(({ Action }) => [Action].flat().includes('ec2:DeleteNetworkInterface'));
    const ours = changing.filter(({ Effect }) => Effect === 'Allow');
    expect(ours).toMatchObject([{ Condition: { ArnEqualsIfExists: { 'ec2:Subnet': [{}, {}] } } }]);
    const named = JSON.stringify(ours);
    expect(named.match(/:subnet\//g)).toHaveLength(2);
    expect(named.match(/functions/g)).toHaveLength(2);
    const denied = statements.filter(({ Effect }) => Effect === 'Deny');
    expect(denied).toEqual([
      {
        Effect: 'Deny',
        Action: expect.arrayContaining(['ec2:CreateNetworkInterface', 'ec2:DeleteNetworkInterface']),
        Resource: '*',
        Condition: {
          ArnLike: { 'lambda:SourceFunctionArn': { 'Fn::Join': ['', expect.arrayContaining([':function:*'])] } },
        },
      },
    ]);
  });

  test('[S98] the schedule may invoke its function and leave dead letters, and nothing else', () => {
    const [queue = ''] = Object.keys(own.service.findResources('AWS::SQS::Queue'));
    const ids = Object.keys(own.service.findResources('AWS::Lambda::Function'));
    const lambda = ids.find((id) => id.startsWith('ScheduledSync')) ?? '';
    expect(allowed(own, 'Schedule')).toEqual([
      { action: 'lambda:InvokeFunction', resource: arnOf(lambda) },
      { action: 'sqs:SendMessage', resource: arnOf(queue) },
    ]);
    // An invocation before it has its right would become a dead letter.
    const DependsOn = expect.arrayContaining([expect.stringMatching(/^ScheduleRoleDefaultPolicy/)]);
    own.service.hasResource('AWS::Scheduler::Schedule', { DependsOn });
  });

  test("[S98] only this account's schedules and alarms may assume our roles or use our topic", () => {
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

  test('[S98] only the API and the bus invoke a function', () => {
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
    // For a person to fill: the functions refuse the placeholder, but would accept a generated text as a key.
    { id: 'RetellApiKey', text: SECRET_PLACEHOLDER, is_generated: false },
    { id: 'SyncToken', ...generated },
    { id: 'SyncToken', ...generated },
  ]);
});
