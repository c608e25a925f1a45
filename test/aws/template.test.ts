import { beforeAll, describe, expect, test } from '@jest/globals';
import { FUNCTIONS } from '../../infra/aws/functions.ts';
import { parseConfig } from '../../shared/config.ts';
import { ENVIRONMENT, EVENT_SOURCE, EVENTS, ROUTES } from '../../shared/contract.ts';
import { DOMAIN } from '../support/configurations.ts';
import { propertiesOf, type Templates, templatesOf } from '../support/templates.ts';

let own: Templates;
let existing: Templates;

let rds: Templates;
beforeAll(async () => {
  [own, existing, rds] = await Promise.all([templatesOf('natGateway'), templatesOf('silent'), templatesOf('rds')]);
}, 180_000);

const functionsOf = ({ service }: Templates) =>
  Object.entries(service.findResources('AWS::Lambda::Function')).map(([id, { Properties }]) =>
    Object.assign({ name: id.replace(/Function[0-9A-F]{8}$/, '') }, Properties),
  );
const variablesOf = (templates: Templates, name: string): Record<string, unknown> =>
  functionsOf(templates).find((lambda) => lambda.name === name)?.Environment.Variables ?? {};

describe('the API', () => {
  test('has the routes of the contract, and one for everything else', () => {
    const integrations = own.service.findResources('AWS::ApiGatewayV2::Integration');
    const functions = own.service.findResources('AWS::Lambda::Function');
    const answering = propertiesOf(own, 'AWS::ApiGatewayV2::Route').map(({ RouteKey, Target }) => {
      const [, [, { Ref }]] = Target['Fn::Join'];
      const [id] = integrations[Ref]?.['Properties'].IntegrationUri['Fn::GetAtt'] ?? [];
      return [RouteKey, functions[id]?.['Properties'].Description];
    });
    const routes = ROUTES.map((route) => [`${route.method} ${route.path}`, FUNCTIONS[route.function].description]);
    expect(Object.fromEntries(answering)).toEqual({
      ...Object.fromEntries(routes),
      $default: FUNCTIONS.console.description,
    });
  });

  test('is throttled, and logs each request as JSON without what its caller sent', () => {
    const [stage] = propertiesOf(own, 'AWS::ApiGatewayV2::Stage');
    expect(stage).toMatchObject({ StageName: '$default', AutoDeploy: true });
    expect(stage?.DefaultRouteSettings).toEqual({ ThrottlingRateLimit: 20, ThrottlingBurstLimit: 40 });
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

  test('has a limit of its own for webhooks, so that no other caller uses it up', () => {
    const [stage] = Object.values(own.service.findResources('AWS::ApiGatewayV2::Stage'));
    expect(stage?.Properties.RouteSettings).toEqual({
      'POST /api/retell-webhook': { ThrottlingRateLimit: 50, ThrottlingBurstLimit: 100 },
    });
    expect(stage?.DependsOn).toContainEqual(expect.stringMatching(/^ApiPOSTapiretellwebhook/));
  });

  test("answers under the team's own name, if there is one", async () => {
    const { service } = await templatesOf('fullAlarms');
    const [domain = ''] = Object.keys(service.findResources('AWS::ApiGatewayV2::DomainName'));
    service.hasResourceProperties('AWS::ApiGatewayV2::DomainName', {
      DomainName: DOMAIN.name,
      DomainNameConfigurations: [{ CertificateArn: DOMAIN.certificateArn, EndpointType: 'REGIONAL' }],
    });
    service.hasResourceProperties('AWS::ApiGatewayV2::ApiMapping', { DomainName: { Ref: domain }, Stage: '$default' });
    expect(service.outputs()).toMatchObject({
      ApiUrl: 'https://sync.example.com',
      WebhookUrl: 'https://sync.example.com/api/retell-webhook',
      DomainTarget: { 'Fn::GetAtt': [domain, 'RegionalDomainName'] },
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

  test('respond before API Gateway stops waiting, where a caller waits', () => {
    const timeouts = Object.fromEntries(functionsOf(own).map(({ name, Timeout }) => [name, Timeout]));
    expect(timeouts).toEqual({
      Audit: 29,
      Cleanup: 29,
      Console: 29,
      Sync: 29,
      Webhook: 10,
      ScheduledSync: 900,
      Migrate: 480,
    });
  });

  test('together hold no more connections than the smallest Postgres takes', () => {
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

  test('get a secret only by its ARN, and have a configuration that they accept', () => {
    for (const { Environment } of functionsOf(own)) {
      const variables: Record<string, unknown> = Environment.Variables;
      for (const secret of ['databaseUrl', 'retellApiKey', 'retellWebhookSecret', 'syncAuthToken'] as const)
        expect(variables).not.toHaveProperty(ENVIRONMENT[secret]);
      const texts = Object.entries(variables).map(([name, value]) => [
        name,
        typeof value === 'string' ? value : 'arn:x',
      ]);
      expect(parseConfig(Object.fromEntries(texts)).database).toMatchObject({
        kind: 'value',
        value: 'postgres://voice_agent_sync_service@arn:x:15432/voice_agent_sync',
      });
    }
    for (const name of ['Sync', 'Migrate'])
      expect(variablesOf(existing, name)).toHaveProperty(ENVIRONMENT.databaseSecretArn);
  });

  test('demand the token wherever they have a route that needs it', () => {
    const guarded = new Set(ROUTES.filter(({ access }) => access === 'token').map((route) => route.function));
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
  test('migrates before any function is touched', () => {
    const parts = ['AWS::Lambda::Function', 'AWS::IAM::Policy'].flatMap((type) =>
      Object.entries(own.service.findResources(type)).filter(([id]) => /^(?!Migrate|Schedule[A-Z])/.test(id)),
    );
    for (const [id, part] of parts)
      expect({ id, dependsOn: part['DependsOn'] }).toEqual({
        id,
        dependsOn: expect.arrayContaining([expect.stringMatching(/^Migrations[0-9a-f]{8}$/)]),
      });
  });
});

describe('the schedule', () => {
  test('invokes the function every five minutes, tries again, and keeps what failed', () => {
    own.service.hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'rate(5 minutes)',
      State: 'ENABLED',
      Target: {
        Arn: { 'Fn::GetAtt': [expect.stringMatching('^ScheduledSyncFunction'), 'Arn'] },
        RetryPolicy: { MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 900 },
        DeadLetterConfig: { Arn: { 'Fn::GetAtt': [expect.stringMatching('^DeadLetters'), 'Arn'] } },
      },
    });
    own.service.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      MaximumRetryAttempts: 1,
      MaximumEventAgeInSeconds: 900,
      DestinationConfig: { OnFailure: expect.anything() },
    });
    own.service.hasResourceProperties('AWS::SQS::Queue', { MessageRetentionPeriod: 14 * 24 * 60 * 60 });
  });

  test('can be off', () => {
    existing.service.hasResourceProperties('AWS::Scheduler::Schedule', { State: 'DISABLED' });
  });

  test('a partial run is continued by an event on the bus', () => {
    own.service.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: { source: [EVENT_SOURCE], 'detail-type': [EVENTS.syncContinuationRequested] },
      EventBusName: { Ref: expect.stringMatching('^Events') },
      Targets: [
        expect.objectContaining({
          Arn: { 'Fn::GetAtt': [expect.stringMatching('^ScheduledSyncFunction'), 'Arn'] },
          DeadLetterConfig: expect.anything(),
          RetryPolicy: { MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 900 },
        }),
      ],
    });
  });
});

describe('a new RDS', () => {
  test('is private, encrypted, backed up, and takes TLS only', () => {
    own.data?.hasResource('AWS::RDS::DBInstance', {
      Properties: {
        Engine: 'postgres',
        EngineVersion: '17',
        DBInstanceClass: 'db.t4g.micro',
        DBInstanceIdentifier: 'voice-agent-sync-test-database',
        PubliclyAccessible: false,
        StorageEncrypted: true,
        BackupRetentionPeriod: 14,
        MultiAZ: true,
        DeleteAutomatedBackups: false,
        CopyTagsToSnapshot: true,
      },
    });
    own.data?.hasResourceProperties('AWS::RDS::DBParameterGroup', { Parameters: { 'rds.force_ssl': '1' } });
  });

  test('is deleted with a final snapshot and all of its stack, which is protected, or not at all', () => {
    own.data?.hasResource('AWS::RDS::DBInstance', {
      Properties: { DeletionProtection: false },
      DeletionPolicy: 'Snapshot',
      UpdateReplacePolicy: 'Snapshot',
    });
  });

  test("has no password that we make: RDS manages the owner's, and the functions sign in with tokens", () => {
    rds.data?.hasResourceProperties('AWS::RDS::DBInstance', {
      ManageMasterUserPassword: true,
      EnableIAMDatabaseAuthentication: true,
    });
    for (const { Properties } of Object.values(rds.data?.findResources('AWS::RDS::DBInstance') ?? {}))
      expect(Properties).not.toHaveProperty('MasterUserPassword');
    expect(rds.data?.findResources('AWS::SecretsManager::Secret')).toEqual({});
    expect(propertiesOf(rds, 'AWS::Serverless::Application')).toEqual([]);
    for (const name of ['Sync', 'Webhook', 'Console']) {
      expect(variablesOf(rds, name)).toMatchObject({
        DATABASE_IAM_USER: 'voice_agent_sync_service',
        DATABASE_NAME: 'voice_agent_sync',
      });
      expect(variablesOf(rds, name)).not.toHaveProperty(ENVIRONMENT.databaseSecretArn);
    }
  });

  test('writes its log to a group that is there before it, and is kept as long as the others', () => {
    const [instance] = Object.values(rds.data?.findResources('AWS::RDS::DBInstance') ?? {});
    expect(instance?.Properties.EnableCloudwatchLogsExports).toEqual(['postgresql']);
    const groups = rds.data?.findResources('AWS::Logs::LogGroup') ?? {};
    const [group] = instance?.DependsOn ?? [];
    expect(groups[group ?? '']?.Properties).toMatchObject({
      LogGroupName: '/aws/rds/instance/voice-agent-sync-test-database/postgresql',
      RetentionInDays: 30,
    });
  });

  test('takes what the free plan allows, if it is set', async () => {
    const { data } = await templatesOf('smallAccount');
    data?.hasResourceProperties('AWS::RDS::DBInstance', { BackupRetentionPeriod: 1, DBInstanceClass: 'db.t4g.small' });
    data?.hasResourceProperties('AWS::EC2::Instance', { InstanceType: 't4g.nano' });
  });
});

describe('between the stacks', () => {
  test('only what the functions need of the database is exported, and monitoring holds on to nothing', () => {
    const exported = rds.all.flatMap(({ content }) =>
      Object.entries(content.Outputs)
        .filter(([, output]) => output.Export !== undefined)
        .map(([name]) =>
          name
            .replace(/^ExportsOutput(Ref|FnGetAtt)/, '')
            .replace(/[0-9A-F]{8}(\w*?)[0-9A-F]{8}$/, ' $1')
            .trim(),
        ),
    );
    expect(exported.sort()).toEqual([
      'Database DbiResourceId',
      'Database EndpointAddress',
      'Database MasterUserSecretSecretArn',
      'FunctionsGroup GroupId',
      'VpcfunctionsSubnet1Subnet',
      'VpcfunctionsSubnet2Subnet',
    ]);
    const imports = JSON.stringify(rds.monitoring.content).match(/Fn::ImportValue/g) ?? [];
    expect(imports).toEqual([]);
    expect(JSON.stringify(rds.monitoring.content)).toContain(
      '"Fn::GetStackOutput":{"StackName":"voice-agent-sync-test-service"',
    );
  });
});

describe('CloudFormation refuses', () => {
  const refusals = (templates: Templates) =>
    templates.all.map(({ content: { Rules, Parameters } }) =>
      Object.entries(Rules)
        .filter(([name]) => name !== 'CheckBootstrapVersion')
        .map(
          ([
            name,
            {
              Assertions: [assertion],
            },
          ]) => ({ name, assertion, Parameters }),
        ),
    );

  test('to deploy an example, and says what to run', async () => {
    const rules = refusals(await templatesOf('smallAccount')).map((of) =>
      of.find(({ name }) => name.startsWith('Example')),
    );
    expect(rules).toHaveLength(3);
    for (const rule of rules)
      expect(rule).toMatchObject({
        assertion: {
          Assert: { 'Fn::Equals': [{ Ref: 'Example' }, 'no'] },
          AssertDescription: expect.stringContaining('npm run deploy:init'),
        },
        Parameters: { Example: { Default: 'yes', AllowedValues: ['yes'] } },
      });
    expect(
      refusals(rds)
        .flat()
        .map(({ name }) => name),
    ).toEqual(['DatabaseStaysTheSame']);
  });

  test.each([
    ['rds', 'rds'],
    ['ownPostgres', 'own'],
    ['privatePostgres', 'own'],
  ] as const)('to move a deployment to another database, unless it is said so: %s', async (configuration, kind) => {
    const [rule] = refusals(await templatesOf(configuration)).flat();
    expect(rule).toMatchObject({
      assertion: {
        Assert: { 'Fn::Equals': [{ Ref: 'DatabaseInUse' }, kind] },
        AssertDescription: expect.stringContaining(`--parameters voice-agent-sync-test-service:DatabaseInUse=${kind}`),
      },
      // What a first deployment begins with, and CloudFormation then keeps.
      Parameters: { DatabaseInUse: { Default: kind } },
    });
  });
});

describe("a team's own Postgres", () => {
  test('needs no VPC, no NAT and no RDS', () => {
    expect(existing.data).toBeNull();
    for (const template of existing.all) {
      const types = Object.values(template.content.Resources).map((resource) => JSON.stringify(resource));
      expect(types.filter((text) => /"AWS::(EC2|RDS)::/.test(text))).toEqual([]);
    }
    for (const lambda of functionsOf(existing)) expect(lambda).not.toHaveProperty('VpcConfig');
  });

  test('is found by the name of its secret', () => {
    expect(JSON.stringify(variablesOf(existing, 'Sync')[ENVIRONMENT.databaseSecretArn])).toContain('team/postgres');
  });
});
