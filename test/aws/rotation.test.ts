/** The rotations of the database's two passwords: functions of the public repository, which the templates configure. */
import { beforeAll, expect, test } from '@jest/globals';
import { Match } from 'aws-cdk-lib/assertions';
import { type Templates, templatesOf } from '../support/templates.ts';

let own: Templates;
beforeAll(() => {
  own = templatesOf({ name: 'staging' });
}, 180_000);

test("the service's password is rotated only once its role is there, and by a function that no other deployment has", () => {
  const nameOf = (template: Templates['data']) =>
    Object.values(template?.findResources('AWS::Serverless::Application') ?? {}).map(
      ({ Properties }) => Properties.Parameters,
    );
  own.service.hasResource('AWS::Serverless::Application', { DependsOn: Match.arrayWith(['Migrations']) });
  expect([own.data, own.service].flatMap(nameOf)).toMatchObject([
    { functionName: 'staging-rotate-owner' },
    { functionName: 'staging-rotate-service' },
  ]);
});

test('the logs of both are kept for a month as well, in groups that are there before them', () => {
  for (const [template, role] of [
    [own.data, 'owner'],
    [own.service, 'service'],
  ] as const) {
    const LogGroupName = `/aws/lambda/staging-rotate-${role}`;
    const groups = template?.findResources('AWS::Logs::LogGroup', {
      Properties: { LogGroupName, RetentionInDays: 30 },
    });
    const [group = ''] = Object.keys(groups ?? {});
    template?.hasResource('AWS::Serverless::Application', { DependsOn: Match.arrayWith([group]) });
  }
});
