/** When a deployment migrates. What waits for the migrations: template.test.ts. What the function does: deployment.test.ts. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { digestOf } from '../../infra/aws/migration.ts';
import type { ConfigurationName } from '../support/configurations.ts';
import type { Resource, Template } from '../support/template.ts';
import { templatesOf } from '../support/templates.ts';

let service: Template;
beforeAll(async () => {
  ({ service } = await templatesOf('rds'));
}, 180_000);

describe('a deployment', () => {
  test('migrates after the function has its rights, with a single try', () => {
    const idsOf = (type: string, isWanted: (properties: Resource['Properties']) => boolean) =>
      Object.entries(service.findResources(type)).flatMap(([id, { Properties }]) => (isWanted(Properties) ? [id] : []));
    const once = idsOf(
      'AWS::Lambda::EventInvokeConfig',
      ({ FunctionName, MaximumRetryAttempts }) =>
        String(FunctionName.Ref).startsWith('MigrateFunction') && MaximumRetryAttempts === 0,
    );
    expect(once).toHaveLength(1);
    service.hasResource('Custom::Migrations', { DependsOn: expect.arrayContaining(once) });
    const rights = idsOf('AWS::IAM::Policy', ({ Roles }) => String(Roles[0].Ref).startsWith('MigrateRole'));
    expect(rights).toHaveLength(1);
    service.hasResource('AWS::Lambda::Function', {
      Properties: { Role: { 'Fn::GetAtt': [expect.stringMatching('^MigrateRole'), 'Arn'] } },
      DependsOn: expect.arrayContaining(rights),
    });
  });

  test('learns of a failure from the function itself, within a time limit', () => {
    service.hasResourceProperties('Custom::Migrations', {
      ServiceToken: { 'Fn::GetAtt': [expect.stringMatching('^MigrateFunction'), 'Arn'] },
      ServiceTimeout: '510',
    });
  });

  test('migrates again when the files to apply change', () => {
    const digest = digestOf(join(import.meta.dirname, '..', '..', 'shared', 'db'));
    service.hasResourceProperties('Custom::Migrations', { digest });
  });

  test('migrates again, as a new resource, when the role to create changes', async () => {
    const idOf = async (name: ConfigurationName) =>
      Object.keys((await templatesOf(name)).service.findResources('Custom::Migrations'));
    const [both, one, again] = await Promise.all([idOf('ownPostgres'), idOf('oneSecret'), idOf('reserved')]);
    expect(both).toEqual([expect.stringMatching(/^Migrations[0-9a-f]{8}$/)]);
    expect(one).not.toEqual(both);
    expect(again).toEqual(both);
  });

  test('does not invoke the function when it is rolled back or deleted', () => {
    service.hasResource('Custom::Migrations', { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
  });
});

describe('the digest of the files to apply', () => {
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

  test('does not depend on other files or on the folder', () => {
    const before = digestOf(home);
    write('pool.ts', 'export {}');
    expect(digestOf(home)).toBe(before);
    const elsewhere = `${home}-moved`;
    renameSync(home, elsewhere);
    home = elsewhere;
    expect(digestOf(home)).toBe(before);
  });
});
