import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SAMPLE_AGENTS } from '../../infra/local/sample-account.ts';
import { startSystem, type TestSystem } from '../support/system.ts';

describe('a sync of the sample account', () => {
  let system: TestSystem;
  beforeAll(async () => {
    system = await startSystem({ agents: SAMPLE_AGENTS });
  });
  afterAll(() => system.close());

  test('creates the eligible agents, then finds nothing to do and reads no detail', async () => {
    const first = await system.call('POST /api/sync-retell-agents');
    expect(first.status).toBe(200);
    expect(first.body).toMatchObject({ success: true, health_score: 100, dry_run: false });
    expect(first.body.created).toHaveLength(9);
    system.simulator.requests.clear();
    const second = await system.call('POST /api/sync-retell-agents');
    expect(second.body).toMatchObject({ created: [], updated: [], unchanged: 9, retell_calls: 1 });
    expect(system.simulator.requests.count('/get-agent')).toBe(0);
  });
});
