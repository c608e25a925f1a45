/** When a deployment migrates. What waits for it is in template.test.ts, what the function then does in deployment.test.ts. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Match, type Template } from 'aws-cdk-lib/assertions';
import { digestOf } from '../../infra/aws/migration.ts';
import { templatesOf } from '../support/templates.ts';

let service: Template;
beforeAll(() => {
  ({ service } = templatesOf());
}, 180_000);

describe('a deployment', () => {
  test('migrates once the function has its rights, and is tried once only', () => {
    const once = service.findResources('AWS::Lambda::EventInvokeConfig', {
      Properties: { FunctionName: { Ref: Match.stringLikeRegexp('^MigrateFunction') }, MaximumRetryAttempts: 0 },
    });
    expect(Object.keys(once)).toHaveLength(1);
    service.hasResource('Custom::Migrations', { DependsOn: Match.arrayWith(Object.keys(once)) });
    const rights = service.findResources('AWS::IAM::Policy', {
      Properties: { Roles: [{ Ref: Match.stringLikeRegexp('^MigrateRole') }] },
    });
    expect(Object.keys(rights)).toHaveLength(1);
    service.hasResource('AWS::Lambda::Function', {
      Properties: { Role: { 'Fn::GetAtt': [Match.stringLikeRegexp('^MigrateRole'), 'Arn'] } },
      DependsOn: Match.arrayWith(Object.keys(rights)),
    });
  });

  test('is told of the failure: the function answers CloudFormation itself, within a time limit', () => {
    service.hasResourceProperties('Custom::Migrations', {
      ServiceToken: { 'Fn::GetAtt': [Match.stringLikeRegexp('^MigrateFunction'), 'Arn'] },
      ServiceTimeout: '330',
    });
  });

  test('migrates again when there is something else to apply', () => {
    const digest = digestOf(join(import.meta.dirname, '..', '..', 'shared', 'db'));
    service.hasResourceProperties('Custom::Migrations', { digest });
  });

  test('migrates again when there is another role to make', () => {
    service.hasResourceProperties('Custom::Migrations', {
      secrets: [
        { Ref: Match.stringLikeRegexp('^ServiceRoleSecretAttachment') },
        { 'Fn::ImportValue': Match.stringLikeRegexp('RefDatabaseSecretAttachment') },
      ],
    });
  });
});

describe('what there is to apply', () => {
  let home: string;
  const write = (name: string, text: string) => writeFileSync(join(home, name), text);

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'migrations-'));
    mkdirSync(join(home, 'migrations'));
    write('migrations/0001-one.sql', 'select 1');
    write('service-role.sql', 'grant');
  });
  afterEach(() => rmSync(home, { recursive: true }));

  test.each([
    ['another migration', 'migrations/0002-two.sql'],
    ['a migration that says something else', 'migrations/0001-one.sql'],
    ['other rights of the role', 'service-role.sql'],
  ])('is different with %s', (_, name) => {
    const before = digestOf(home);
    write(name, 'select 2');
    expect(digestOf(home)).not.toBe(before);
  });

  test('is the same with other files beside it, and wherever it lies', () => {
    const before = digestOf(home);
    write('pool.ts', 'export {}');
    expect(digestOf(home)).toBe(before);
    const elsewhere = `${home}-moved`;
    renameSync(home, elsewhere);
    home = elsewhere;
    expect(digestOf(home)).toBe(before);
  });
});
