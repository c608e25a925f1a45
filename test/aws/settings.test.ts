import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { parseSettings } from '../../infra/aws/settings.ts';

describe('settings', () => {
  test('have defaults', () => {
    expect(parseSettings({ '@aws-cdk/core:flag': true, 'aws:cdk:enable': 1 })).toEqual({
      name: 'voice-agent-sync',
      nat: 'instance',
      multiAz: false,
      deletionProtection: true,
      runbookUrl: 'docs/runbook.md',
      logRetentionDays: 30,
      reservedConcurrency: true,
      schedule: { text: 'rate(5 minutes)', seconds: 300 },
    });
  });

  test('may be text, as the command line gives them', () => {
    expect(
      parseSettings({ multiAz: 'true', logRetentionDays: '90', retellConcurrency: '5', schedule: 'off' }),
    ).toMatchObject({
      multiAz: true,
      logRetentionDays: 90,
      retellConcurrency: 5,
      schedule: { text: 'off', seconds: null },
    });
  });

  test.each([
    [{ nat: 'gatway' }, 'nat is "gatway", but must be instance or gateway'],
    [{ alarmEmail: 'team' }, 'alarmEmail is "team", but must be an e-mail address'],
    [{ multiAz: 'yes' }, 'multiAz is "yes", but must be true or false'],
    [{ logRetentionDays: '31' }, /^logRetentionDays is "31", but must be one of 1, 3, /],
    [{ schedule: 'rate(10 seconds)' }, /^schedule is "rate\(10 seconds\)", but must be off, or rate/],
    [{ schedule: 'rate(4 days)' }, /^schedule is "rate\(4 days\)", but must be off, or rate/],
    [{ existingDatabaseSecret: ' ' }, 'existingDatabaseSecret is " ", but must not be empty'],
    [
      { existingDatabaseOwnerSecret: 'team/owner' },
      'existingDatabaseOwnerSecret is "team/owner", but must stand beside existingDatabaseSecret, which names another one',
    ],
    [
      { existingDatabaseSecret: 'team/one', existingDatabaseOwnerSecret: 'team/one' },
      'existingDatabaseOwnerSecret is "team/one", but must stand beside existingDatabaseSecret, which names another one',
    ],
    [
      { exisitngDatabaseSecret: 'x' },
      /^exisitngDatabaseSecret is no setting; there are name, existingDatabaseSecret, /,
    ],
  ])('that are wrong are one line: %j', (context, message) => {
    expect(() => parseSettings(context)).toThrow(message);
  });

  test('that are wrong end the synthesis with that line alone', async () => {
    const project = join(import.meta.dirname, '..', '..');
    const run = promisify(execFile)(process.execPath, [join('infra', 'aws', 'app.ts')], {
      cwd: project,
      env: { CDK_CONTEXT_JSON: '{"nat":"none"}' },
    });
    await expect(run).rejects.toMatchObject({ code: 1, stderr: 'nat is "none", but must be instance or gateway\n' });
  }, 30_000);
});
