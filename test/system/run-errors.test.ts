import { beforeEach, describe, expect, test } from '@jest/globals';
import { beginRun, failRun, finishRun, isCommitted, pruneHistory } from '../../shared/db/runs.ts';
import { provideServices } from '../../shared/services.ts';
import { inRun } from '../../shared/sync/run.ts';
import { interviewAgents } from '../support/agents.ts';
import { arrived } from '../support/simulator.ts';
import { useSystem } from '../support/system.ts';

const SYNC = 'POST /api/sync-retell-agents';
const RUN = { kind: 'sync', trigger: 'manual', dry_run: false, remainingMs: () => 60_000 } as const;
const FACTS = { message: 'Sync completed', duration_ms: 1, retell_calls: 0 };

const system = useSystem({ agents: interviewAgents(2), callTimeoutMs: 60_000 });

const lastRun = async () => (await system.call('GET /api/sync-runs')).body.runs[0];

test('a run that fails sends no more requests to Retell', async () => {
  system.simulator.fault({ match: { agent_id: 'agent_1' }, respond: { kind: 'hang' } });
  let reading: Promise<unknown> = Promise.resolve();
  const failing = inRun(system.services(), RUN, async (run) => {
    reading = run.session.readAgent('agent_1').catch((error: unknown) => error);
    await arrived(system.simulator, '/get-agent/agent_1');
    throw new Error('The database is gone');
  });
  await expect(failing).rejects.toThrow('The database is gone');
  expect(await reading).toMatchObject({ code: 'deadline_exceeded' });
  expect(system.simulator.requests.count()).toBe(1);
});

test('a failed run shows what to do, and the id of its request', async () => {
  system.simulator.fault({ match: {}, respond: { kind: 'response', status: 402 } });
  const { body } = await system.call(SYNC);
  const { hint, request_id } = body;
  expect(await lastRun()).toMatchObject({ status: 'failed', error_code: body.code, hint, request_id, blocked: null });
  expect([hint, request_id]).toEqual([expect.stringMatching(/./), expect.stringMatching(/./)]);
});

test('a run that ends with an unexpected error points to the log', async () => {
  await expect(inRun(system.services(), RUN, () => Promise.reject(new Error('A bug')))).rejects.toThrow('A bug');
  expect(await lastRun()).toMatchObject({
    error_code: 'internal_error',
    hint: 'Search the log for the request_id.',
    request_id: null,
  });
});

test('an error after the COMMIT does not change the recorded run', async () => {
  provideServices({ ...system.services(), events: { publish: () => Promise.reject(new Error('A bug')) } });
  expect((await system.call(SYNC)).status).toBe(500);
  expect(await lastRun()).toMatchObject({ status: 'succeeded', counts: { created: 2 }, health_score: 100 });
});

describe('a run that was recorded as died', () => {
  let id: number;
  beforeEach(async () => {
    const { query } = system.database;
    id = (await beginRun(query, { kind: 'cleanup', trigger: 'manual' }))?.id ?? 0;
    await query(`update voice_agent_sync.run set started_at = started_at - interval '1 hour' where id = $1`, [id]);
    await pruneHistory(query, 90);
  });

  test('is recorded as succeeded when it commits after all', async () => {
    const { query } = system.database;
    expect(await isCommitted(query, id)).toBe(false);
    await finishRun(query, id, { ...FACTS, status: 'succeeded' });
    expect(await isCommitted(query, id)).toBe(true);
    await failRun(query, id, { ...FACTS, status: 'failed', error_code: 'late' });
    expect(await lastRun()).toMatchObject({ id, status: 'succeeded', error_code: null });
  });

  test('keeps its error code when it fails afterwards', async () => {
    await failRun(system.database.query, id, { ...FACTS, status: 'failed', error_code: 'late' });
    expect(await lastRun()).toMatchObject({ id, status: 'failed', error_code: 'died' });
  });
});
