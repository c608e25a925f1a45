/** The stacks for each kind of database, and the references between stacks. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { ENVIRONMENT } from '../../shared/contract.ts';
import { functionsOf, propertiesOf, type Templates, templatesOf, variablesOf } from '../support/templates.ts';

let own: Templates;
let existing: Templates;

let rds: Templates;
beforeAll(async () => {
  [own, existing, rds] = await Promise.all([templatesOf('natGateway'), templatesOf('silent'), templatesOf('rds')]);
}, 180_000);

describe('a new RDS', () => {
  test('is private, encrypted, backed up, and accepts only TLS', () => {
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

  test('can be deleted only with its whole stack, which is protected, and with a final snapshot', () => {
    own.data?.hasResource('AWS::RDS::DBInstance', {
      Properties: { DeletionProtection: false },
      DeletionPolicy: 'Snapshot',
      UpdateReplacePolicy: 'Snapshot',
    });
  });

  test("[S69] has no password that we manage: RDS manages the owner's, and the functions sign in with tokens", () => {
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

  test('[S126] writes its log to a log group that is created first, with the retention of the others', () => {
    const [instance] = Object.values(rds.data?.findResources('AWS::RDS::DBInstance') ?? {});
    expect(instance?.Properties.EnableCloudwatchLogsExports).toEqual(['postgresql']);
    const groups = rds.data?.findResources('AWS::Logs::LogGroup') ?? {};
    const [group] = instance?.DependsOn ?? [];
    expect(groups[group ?? '']?.Properties).toMatchObject({
      LogGroupName: '/aws/rds/instance/voice-agent-sync-test-database/postgresql',
      RetentionInDays: 30,
    });
  });

  test('fits the free plan with the settings for it', async () => {
    const { data } = await templatesOf('smallAccount');
    data?.hasResourceProperties('AWS::RDS::DBInstance', { BackupRetentionPeriod: 1, DBInstanceClass: 'db.t4g.small' });
    data?.hasResourceProperties('AWS::EC2::Instance', { InstanceType: 't4g.nano' });
  });
});

describe('between the stacks', () => {
  test("only the functions' network is exported, and monitoring imports nothing", () => {
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

describe('after a restore, which gives the name to another instance', () => {
  const read = (output: string) =>
    expect.objectContaining({
      'Fn::GetStackOutput': expect.objectContaining({ OutputName: expect.stringContaining(output) }),
    });

  test("the functions can take over its id and its owner's secret, because neither is exported", () => {
    const policies = JSON.stringify(propertiesOf(rds, 'AWS::IAM::Policy'));
    expect(policies).toMatch(/:dbuser:",\{"Fn::GetStackOutput":\{[^}]*\{[^}]*\},"OutputName":"\w*DbiResourceId/);
    expect(variablesOf(rds, 'Migrate')).toMatchObject({
      [ENVIRONMENT.databaseOwnerSecretArn]: read('MasterUserSecretSecretArn'),
    });
    for (const { name } of functionsOf(rds))
      expect(variablesOf(rds, name)).toMatchObject({ DATABASE_HOST: read('EndpointAddress') });
  });

  test('a rollback does not involve the migrations: none of their values comes from another stack', () => {
    const [migrations] = propertiesOf(rds, 'Custom::Migrations');
    expect(Object.keys(migrations).sort()).toEqual([
      'ServiceTimeout',
      'ServiceToken',
      'createInterviewerTable',
      'digest',
    ]);
    expect(JSON.stringify(migrations)).not.toMatch(/Fn::(GetStackOutput|ImportValue)/);
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
