import { beforeAll, describe, expect, test } from '@jest/globals';
import { FUNCTIONS } from '../../infra/aws/functions.ts';
import { ENDPOINTS } from '../../shared/api/endpoints.ts';
import { parseConfig } from '../../shared/config.ts';
import { ENVIRONMENT, EVENT_SOURCE, EVENTS } from '../../shared/contract.ts';
import { DOMAIN } from '../support/configurations.ts';
import { functionsOf, propertiesOf, type Templates, templatesOf, variablesOf } from '../support/templates.ts';

let own: Templates;
let existing: Templates;

let rds: Templates;
beforeAll(async () => {
  [own, existing, rds] = await Promise.all([templatesOf('natGateway'), templatesOf('silent'), templatesOf('rds')]);
}, 180_000);

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

  test('has the custom domain, if one is set', async () => {
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
  test('are one for each folder, on ARM, the newest Node and little memory', () => {
    const all = functionsOf(own);
    expect(new Set(all.map(({ name }) => name))).toEqual(
      new Set(['Audit', 'Cleanup', 'Console', 'Migrate', 'ScheduledSync', 'Sync', 'Webhook']),
    );
    for (const lambda of all) {
      expect(lambda).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'], MemorySize: 512 });
      expect(lambda.Environment.Variables.NODE_OPTIONS).toBe('--enable-source-maps');
    }
  });

  test('[L11] respond before API Gateway stops waiting, where a caller waits', () => {
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

  test('[D9] together hold no more connections than the smallest Postgres accepts', () => {
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
    // Migrate connects as the owner, and tries the service's role. Each other container has one connection of about 80.
    const ofMigrate = 2;
    expect(reserved.reduce((sum, [, count = 0]) => sum + count, ofMigrate)).toBe(35);
    for (const lambda of functionsOf(existing)) expect(lambda).not.toHaveProperty('ReservedConcurrentExecutions');
  });

  test('[S60] get a secret only by its ARN, and have a configuration that they accept', () => {
    for (const { Environment } of functionsOf(own)) {
      const variables: Record<string, unknown> = Environment.Variables;
      for (const secret of ['databaseUrl', 'retellApiKey', 'retellWebhookSecret', 'syncAuthToken'] as const)
        expect(variables).not.toHaveProperty(ENVIRONMENT[secret]);
      const texts = Object.entries(variables).map(([name, value]) => [
        name,
        typeof value === 'string' ? value : 'arn:x',
      ]);
      const environment = { AWS_LAMBDA_FUNCTION_NAME: 'any', ...Object.fromEntries(texts) };
      expect(parseConfig(environment).database).toEqual({
        kind: 'value',
        value: 'postgres://voice_agent_sync_service:@/voice_agent_sync?host=arn%3Ax&port=15432',
      });
    }
    for (const name of ['Sync', 'Migrate'])
      expect(variablesOf(existing, name)).toHaveProperty(ENVIRONMENT.databaseSecretArn);
  });

  test('[A7] get the token if any of their routes needs it', () => {
    const guarded = new Set(ENDPOINTS.filter(({ access }) => access === 'token').map((route) => route.function));
    for (const name of guarded) expect(FUNCTIONS[name].uses).toContain('token');
    for (const name of ['Sync', 'Audit', 'Cleanup', 'ScheduledSync', 'Console'])
      expect(variablesOf(own, name)).toHaveProperty(ENVIRONMENT.syncAuthTokenSecretArn);
  });

  test('get the webhook keys only if they receive webhooks', () => {
    const knowing = functionsOf(own).filter(
      ({ Environment }) => ENVIRONMENT.retellWebhookSecretArn in Environment.Variables,
    );
    expect(knowing.map(({ name }) => name)).toEqual(['Webhook']);
  });

  test('keep their logs for a month, each in its own log group', () => {
    const groups = propertiesOf({ all: [own.service] }, 'AWS::Logs::LogGroup');
    expect(groups.filter(({ LogGroupName }) => LogGroupName === undefined)).toHaveLength(functionsOf(own).length);
    for (const { LoggingConfig } of functionsOf(own)) expect(LoggingConfig).toHaveProperty('LogGroup.Ref');
    for (const group of groups) expect(group.RetentionInDays).toBe(30);
  });
});

describe('a deployment', () => {
  test('[O8] migrates before any function changes', () => {
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
  test('[L4] invokes the function every five minutes, retries, and keeps failed events', () => {
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

  test('to deploy an example, and names the command to run', async () => {
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
  ] as const)('to move a deployment to another database without a confirmation: %s', async (configuration, kind) => {
    const [rule] = refusals(await templatesOf(configuration)).flat();
    expect(rule).toMatchObject({
      assertion: {
        Assert: { 'Fn::Equals': [{ Ref: 'DatabaseInUse' }, kind] },
        AssertDescription: expect.stringContaining(`--parameters voice-agent-sync-test-service:DatabaseInUse=${kind}`),
      },
      // The parameter of a first deployment, which CloudFormation then keeps.
      Parameters: { DatabaseInUse: { Default: kind } },
    });
  });
});
