import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { interviewAgents } from '../support/agents.ts';
import { COMPILE_CACHE } from '../support/child-environment.ts';
import { arrived, TEST_KEY } from '../support/simulator.ts';
import { useSystem } from '../support/system.ts';

const SYNC = 'POST /api/sync-retell-agents';
const SCRIPT = fileURLToPath(new URL('../support/sync-once.ts', import.meta.url));

const system = useSystem({ agents: interviewAgents(40) });

/** Kills a sync while it waits for this agent; agents are read one after another, each in so many milliseconds of its clock. */
async function killAt(agent_id: string, request_ms = 0): Promise<void> {
  const { simulator, database } = system;
  simulator.fault({ match: { agent_id }, respond: { kind: 'hang' } });
  const env = {
    ...COMPILE_CACHE,
    DATABASE_URL: database.url,
    RETELL_API_KEY: TEST_KEY,
    RETELL_BASE_URL: simulator.url,
    RETELL_CONCURRENCY: '1',
    LOG_LEVEL: 'error',
    REQUEST_MS: String(request_ms),
  };
  const child = spawn(process.execPath, [SCRIPT], { env, stdio: 'inherit' });
  const exit = once(child, 'exit');
  await Promise.race([arrived(simulator, `/get-agent/${agent_id}`), exit]);
  child.kill('SIGKILL');
  expect(await exit).toEqual([null, 'SIGKILL']);
  simulator.reset();
}

test('[L2] the sync after a killed one succeeds, and reads again only agents since the last checkpoint', async () => {
  // A checkpoint is due after five seconds.
  await killAt('agent_25', 400);
  expect(await system.rows()).toEqual([]);
  const saved = await system.database.query('select from voice_agent_sync.retell_agent');
  expect(saved.length).toBeGreaterThan(0);

  const { status, body } = await system.call(SYNC);
  expect(status).toBe(200);
  expect(body.created).toHaveLength(40);
  expect(body).toMatchObject({ errors: [], health_score: 100 });
  expect(system.simulator.requests.count('/get-agent/')).toBe(40 - saved.length);
});

test('[L2] a killed run is recorded as died when its time limit has passed', async () => {
  await killAt('agent_1');
  await system.call(SYNC);
  const { body: before } = await system.call('GET /api/sync-runs');
  expect(before.runs).toMatchObject([{ status: 'succeeded' }, { status: 'running', finished_at: null }]);

  await system.database.query(
    `update voice_agent_sync.run set started_at = started_at - interval '21 minutes' where status = 'running'`,
  );
  await system.call(SYNC);
  const { body: after } = await system.call('GET /api/sync-runs');
  expect(after.runs[2]).toMatchObject({
    status: 'failed',
    error_code: 'died',
    message: expect.stringContaining('killed'),
  });
});
