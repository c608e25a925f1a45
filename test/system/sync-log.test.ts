import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { interviewAgents } from '../support/agents.ts';
import { databaseUrl } from '../support/postgres.ts';
import { TEST_KEY } from '../support/simulator.ts';
import { useSharedSystem } from '../support/system.ts';

const SCRIPT = fileURLToPath(new URL('log-sync.ts', import.meta.url));
const TOKEN = 'canary-token-0123456789';
const OTHER_KEY = 'canary-key-0123456789';

const system = useSharedSystem({ agents: interviewAgents(3) });

/** What a process that runs these tasks prints to its terminal or to CloudWatch. */
async function output(tasks: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  const settings = {
    DATABASE_URL: system.database.url,
    RETELL_API_KEY: TEST_KEY,
    RETELL_BASE_URL: system.simulator.url,
    RETELL_WEBHOOK_SECRET: 'canary-webhook-0123456789',
    SYNC_AUTH_TOKEN: TOKEN,
    LOG_LEVEL: 'debug',
    NO_COLOR: '1',
    ...env,
  };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [SCRIPT, ...tasks], { env: settings });
  return stdout + stderr;
}

const LAMBDA = { AWS_LAMBDA_FUNCTION_NAME: 'sync' };

test('on Lambda each log line is a JSON object with its fields', async () => {
  await system.database.query('truncate interviewer');
  const lines = (await output(['sync'], LAMBDA)).trim().split('\n');
  const entries = lines.map((line) => JSON.parse(line));
  expect(entries.filter((entry) => entry.message === 'Agent created')).toHaveLength(3);
  expect(entries).toContainEqual(
    expect.objectContaining({
      level: 'INFO',
      created: 3,
      run_id: expect.any(Number),
      retell_calls: expect.any(Number),
    }),
  );
});

describe.each([
  ['text', {}],
  ['JSON lines', LAMBDA],
])('the log as %s', (_format, env) => {
  test('has the result of a sync and each change with its reason', async () => {
    await system.database.query('truncate interviewer');
    const log = await output(['sync'], env);
    for (const part of ['Sync completed', 'Agent created', 'agent_1', 'New voice-enabled agent from Retell AI']) {
      expect(log).toContain(part);
    }
  });

  test('has the reason of an orphaning', async () => {
    system.simulator.account.delete('agent_3');
    const log = await output(['sync'], env);
    expect(log).toContain('Agent orphaned');
    expect(log).toContain('Agent no longer exists in Retell');
    system.simulator.account.addAgent(interviewAgents(3)[2] ?? {});
    await output(['sync'], env);
  });

  test.each<[string, Record<string, string>]>([
    ['when all goes well', {}],
    ['when Retell refuses the key', { RETELL_API_KEY: OTHER_KEY }],
    ['when the database refuses connections', { DATABASE_URL: 'postgres://canary-user:canary-password@127.0.0.1:1/x' }],
    [
      'when the database does not exist',
      { DATABASE_URL: databaseUrl('canary', { name: 'canary', password: 'canary-pw' }) },
    ],
  ])('has no secret %s', async (_, settings) => {
    const log = await output(['sync', 'schedule', 'audit'], { ...env, ...settings });
    expect(log.split('\n').length).toBeGreaterThan(3);
    for (const secret of [TEST_KEY, TOKEN, OTHER_KEY, 'canary-webhook', 'canary-password', 'canary-pw']) {
      expect(log).not.toContain(secret);
    }
  });
});
