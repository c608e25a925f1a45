import { beforeAll, describe, expect, test } from '@jest/globals';
import { Match } from 'aws-cdk-lib/assertions';
import { FUNCTIONS } from '../../infra/aws/functions.ts';
import { ENDPOINTS } from '../../shared/api/endpoints.ts';
import { parseConfig } from '../../shared/config.ts';
import { ENVIRONMENT, EVENT_SOURCE, EVENTS } from '../../shared/contract.ts';
import { propertiesOf, type Templates, templatesOf } from '../support/templates.ts';

let own: Templates;
let existing: Templates;

beforeAll(() => {
  own = templatesOf({
    alarmEmail: 'team@example.com',
    retellWebhookSecret: 'retell/webhook',
    nat: 'gateway',
    multiAz: true,
  });
  existing = templatesOf({ existingDatabaseSecret: 'team/postgres', schedule: 'off', reservedConcurrency: 'false' });
}, 180_000);

const functionsOf = ({ service }: Templates) =>
  Object.entries(service.findResources('AWS::Lambda::Function')).map(([id, { Properties }]) =>
    Object.assign({ name: id.replace(/Function[0-9A-F]{8}$/, '') }, Properties),
  );
const variablesOf = (templates: Templates, name: string): Record<string, unknown> =>
  functionsOf(templates).find((lambda) => lambda.name === name)?.Environment.Variables ?? {};

describe('the API', () => {
  test('[A8] has the routes of the contract, and one for everything else', () => {
    const integrations = own.service.findResources('AWS::ApiGatewayV2::Integration');
    const functions = own.service.findResources('AWS::Lambda::Function');
    const answering = propertiesOf(own, 'AWS::ApiGatewayV2::Route').map(({ RouteKey, Target }) => {
      const [, [, { Ref }]] = Target['Fn::Join'];
      const [id] = integrations[Ref]?.['Properties'].IntegrationUri['Fn::GetAtt'] ?? [];
      return [RouteKey, functions[id]?.['Properties'].Description];
    });
    const routes = ENDPOINTS.map((route) => [`${route.method} ${route.path}`, FUNCTIONS[route.function].description]);
    expect(Object.fromEntries(answering)).toEqual({
      ...Object.fromEntries(routes),
      $default: FUNCTIONS.console.description,
    });
  });

  test('[W16] is throttled, and logs each request as JSON without what its caller sent', () => {
    const [stage] = propertiesOf(own, 'AWS::ApiGatewayV2::Stage');
    expect(stage).toMatchObject({ StageName: '$default', AutoDeploy: true });
    expect(stage?.DefaultRouteSettings).toEqual({ ThrottlingRateLimit: 50, ThrottlingBurstLimit: 100 });
    expect(JSON.parse(stage?.AccessLogSettings.Format)).toEqual({
      requestId: '$context.requestId',
      time: '$context.requestTime',
      ip: '$context.identity.sourceIp',
      routeKey: '$context.routeKey',
      status: '$context.status',
      responseLength: '$context.responseLength',
      latency: '$context.responseLatency',
      integrationLatency: '$context.integrationLatency',
      integrationError: '$context.integrationErrorMessage',
    });
  });
});

describe('the functions', () => {
  test('are one for each folder, small, on ARM and the newest Node', () => {
    const all = functionsOf(own);
    expect(new Set(all.map(({ name }) => name))).toEqual(
      new Set(['Audit', 'Cleanup', 'Console', 'Migrate', 'ScheduledSync', 'Sync', 'Webhook']),
    );
    for (const lambda of all) {
      expect(lambda).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'], MemorySize: 512 });
      expect(lambda.Environment.Variables.NODE_OPTIONS).toBe('--enable-source-maps');
    }
  });

  test('[L11] answer before API Gateway stops waiting, unless nobody waits', () => {
    const timeouts = Object.fromEntries(functionsOf(own).map(({ name, Timeout }) => [name, Timeout]));
    expect(timeouts).toEqual({
      Audit: 29,
      Cleanup: 29,
      Console: 29,
      Sync: 29,
      Webhook: 10,
      ScheduledSync: 900,
      Migrate: 300,
    });
  });

  test('[D9] together hold no more connections than the smallest Postgres takes', () => {
    const reserved = functionsOf(own).map(({ name, ReservedConcurrentExecutions }) => [
      name,
      ReservedConcurrentExecutions,
    ]);
    expect(Object.fromEntries(reserved)).toEqual({
      Audit: 3,
      Cleanup: 1,
      Console: 10,
      ScheduledSync: 2,
      Sync: 2,
      Webhook: 15,
      // One deployment at a time invokes it.
      Migrate: undefined,
    });
    // It connects as the owner, and tries the service's role. Of the others, each container has one; there are about 80.
    const ofMigrate = 2;
    expect(reserved.reduce((sum, [, count = 0]) => sum + count, ofMigrate)).toBe(35);
    for (const lambda of functionsOf(existing)) expect(lambda).not.toHaveProperty('ReservedConcurrentExecutions');
  });

  test('[S60] are told a secret only by its ARN, and have a configuration that they accept', () => {
    for (const { Environment } of functionsOf(own)) {
      const variables: Record<string, unknown> = Environment.Variables;
      for (const secret of ['databaseUrl', 'retellApiKey', 'retellWebhookSecret', 'syncAuthToken'] as const)
        expect(variables).not.toHaveProperty(ENVIRONMENT[secret]);
      const texts = Object.entries(variables).map(([name, value]) => [
        name,
        typeof value === 'string' ? value : 'arn:x',
      ]);
      const environment = { AWS_LAMBDA_FUNCTION_NAME: 'any', ...Object.fromEntries(texts) };
      expect(parseConfig(environment).database).toMatchObject({ kind: 'arn' });
    }
  });

  test('[A7] demand the token wherever they have a route that needs it', () => {
    const guarded = new Set(ENDPOINTS.filter(({ access }) => access === 'token').map((route) => route.function));
    for (const name of guarded) expect(FUNCTIONS[name].uses).toContain('token');
    for (const name of ['Sync', 'Audit', 'Cleanup', 'ScheduledSync', 'Console'])
      expect(variablesOf(own, name)).toHaveProperty(ENVIRONMENT.syncAuthTokenSecretArn);
  });

  test('know the webhook keys only where webhooks arrive', () => {
    const knowing = functionsOf(own).filter(
      ({ Environment }) => ENVIRONMENT.retellWebhookSecretArn in Environment.Variables,
    );
    expect(knowing.map(({ name }) => name)).toEqual(['Webhook']);
  });

  test('keep their logs for a month, in groups of their own', () => {
    const groups = propertiesOf({ all: [own.service] }, 'AWS::Logs::LogGroup');
    expect(groups.filter(({ LogGroupName }) => LogGroupName === undefined)).toHaveLength(functionsOf(own).length);
    for (const { LoggingConfig } of functionsOf(own)) expect(LoggingConfig).toHaveProperty('LogGroup.Ref');
    for (const group of groups) expect(group.RetentionInDays).toBe(30);
  });
});

describe('a deployment', () => {
  test('[O8] migrates before any function is touched', () => {
    const parts = ['AWS::Lambda::Function', 'AWS::IAM::Policy'].flatMap((type) =>
      Object.entries(own.service.findResources(type)).filter(([id]) => /^(?!Migrate|Schedule[A-Z])/.test(id)),
    );
    for (const [id, part] of parts)
      expect({ id, dependsOn: part['DependsOn'] }).toEqual({ id, dependsOn: expect.arrayContaining(['Migrations']) });
  });
});

describe('the schedule', () => {
  test('[L4] invokes the function every five minutes, tries again, and keeps what failed', () => {
    own.service.hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'rate(5 minutes)',
      State: 'ENABLED',
      Target: {
        Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^ScheduledSyncFunction'), 'Arn'] },
        RetryPolicy: { MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 900 },
        DeadLetterConfig: { Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^DeadLetters'), 'Arn'] } },
      },
    });
    own.service.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      MaximumRetryAttempts: 1,
      MaximumEventAgeInSeconds: 900,
      DestinationConfig: { OnFailure: Match.anyValue() },
    });
    own.service.hasResourceProperties('AWS::SQS::Queue', { MessageRetentionPeriod: 14 * 24 * 60 * 60 });
  });

  test('can be off', () => {
    existing.service.hasResourceProperties('AWS::Scheduler::Schedule', { State: 'DISABLED' });
  });

  test('a partial run is continued by an event on the bus', () => {
    own.service.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: { source: [EVENT_SOURCE], 'detail-type': [EVENTS.syncContinuationRequested] },
      EventBusName: { Ref: Match.stringLikeRegexp('^Events') },
      Targets: [
        Match.objectLike({
          Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^ScheduledSyncFunction'), 'Arn'] },
          DeadLetterConfig: Match.anyValue(),
          RetryPolicy: { MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 900 },
        }),
      ],
    });
  });
});

describe('an own database', () => {
  test('is private, encrypted, backed up, protected, and takes TLS only', () => {
    own.data?.hasResource('AWS::RDS::DBInstance', {
      Properties: {
        Engine: 'postgres',
        EngineVersion: '17',
        DBInstanceClass: 'db.t4g.micro',
        PubliclyAccessible: false,
        StorageEncrypted: true,
        BackupRetentionPeriod: 14,
        DeletionProtection: true,
        MultiAZ: true,
        DeleteAutomatedBackups: false,
        CopyTagsToSnapshot: true,
      },
      DeletionPolicy: 'Snapshot',
      UpdateReplacePolicy: 'Snapshot',
    });
    own.data?.hasResourceProperties('AWS::RDS::DBParameterGroup', { Parameters: { 'rds.force_ssl': '1' } });
  });

  test('[S69] has two roles, whose passwords are generated without what a URL or a shell would stumble over, and rotate', () => {
    for (const [template, username] of [
      [own.data, 'voice_agent_sync'],
      [own.service, 'voice_agent_sync_service'],
    ] as const) {
      template?.hasResourceProperties('AWS::SecretsManager::Secret', {
        GenerateSecretString: {
          SecretStringTemplate: Match.stringLikeRegexp(`"username":"${username}"`),
          ExcludeCharacters: Match.stringLikeRegexp('[%/:@#?"]'),
          PasswordLength: 30,
        },
      });
      template?.hasResourceProperties('AWS::SecretsManager::SecretTargetAttachment', {
        TargetType: 'AWS::RDS::DBInstance',
      });
      template?.hasResourceProperties('AWS::SecretsManager::RotationSchedule', {
        RotationRules: { ScheduleExpression: 'rate(30 days)' },
        SecretId: { Ref: Match.stringLikeRegexp('SecretAttachment') },
      });
    }
  });
});

describe("a team's own Postgres", () => {
  test('needs no VPC, no NAT and no RDS', () => {
    expect(existing.data).toBeNull();
    for (const template of existing.all) {
      const types = Object.values(template.toJSON()['Resources']).map((resource) => JSON.stringify(resource));
      expect(types.filter((text) => /"AWS::(EC2|RDS)::/.test(text))).toEqual([]);
    }
    for (const lambda of functionsOf(existing)) expect(lambda).not.toHaveProperty('VpcConfig');
  });

  test('is found by the name of its secret', () => {
    expect(JSON.stringify(variablesOf(existing, 'Sync')[ENVIRONMENT.databaseSecretArn])).toContain('team/postgres');
  });
});
