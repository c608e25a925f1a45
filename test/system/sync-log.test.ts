import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { interviewAgents } from '../support/agents.ts';
import { COMPILE_CACHE } from '../support/child-environment.ts';
import { TEST_KEY } from '../support/simulator.ts';
import { useSystem } from '../support/system.ts';

const SYNC_ONCE = fileURLToPath(new URL('../support/sync-once.ts', import.meta.url));
const LAMBDA = { AWS_LAMBDA_FUNCTION_NAME: 'sync' };

const system = useSystem({ agents: interviewAgents(3) });

/** The output of a process that runs a sync, for a terminal or CloudWatch. */
async function syncLog(env: Readonly<Record<string, string>>): Promise<string> {
  const settings = {
    ...COMPILE_CACHE,
    DATABASE_URL: system.database.url,
    RETELL_API_KEY: TEST_KEY,
    RETELL_BASE_URL: system.simulator.url,
    LOG_LEVEL: 'debug',
    NO_COLOR: '1',
    ...env,
  };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [SYNC_ONCE], { env: settings });
  return stdout + stderr;
}

describe.each([
  ['text', {}],
  ['JSON lines', LAMBDA],
])('the log of a sync as %s', (_format, env) => {
  test('has its result and each change with its reason', async () => {
    const log = await syncLog(env);
    for (const part of ['Sync completed', 'created', 'agent_1', 'New voice-enabled agent from Retell AI']) {
      expect(log).toContain(part);
    }
  });

  test('has the reason of an orphaning', async () => {
    await system.call('POST /api/sync-retell-agents');
    system.simulator.account.delete('agent_3');
    const log = await syncLog(env);
    expect(log).toMatch(/Agent \\*"Interview agent 3\\*" orphaned/);
    expect(log).toContain('Agent no longer exists in Retell');
  });
});

test('the log of a sync on Lambda has one JSON object with its fields in each line', async () => {
  const entries = (await syncLog(LAMBDA))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(entries.filter((entry) => /^Agent ".*" created$/.test(entry.message))).toHaveLength(3);
  expect(entries).toContainEqual(
    expect.objectContaining({
      level: 'INFO',
      created: 3,
      run_id: expect.any(Number),
      retell_calls: expect.any(Number),
    }),
  );
});
