/** Each run removes what is older than HISTORY_DAYS. */
import { expect, test } from '@jest/globals';
import { interviewAgents } from '../support/agents.ts';
import { useSystem } from '../support/system.ts';

const SYNC = 'POST /api/sync-retell-agents';

const system = useSystem({ agents: interviewAgents(3) });

test('[S81] runs older than HISTORY_DAYS are pruned, and observations of existing agents are kept', async () => {
  const { run_id } = (await system.call(SYNC)).body;
  await system.database.query(
    `update voice_agent_sync.run set started_at = started_at - interval '91 days' where id = $1`,
    [run_id],
  );
  await system.call(SYNC);
  expect((await system.call(`GET /api/sync-runs/${run_id}`)).status).toBe(404);
  expect(await system.database.query('select from voice_agent_sync.audit_log where run_id = $1', [run_id])).toEqual([]);
  system.simulator.requests.clear();
  expect((await system.call(SYNC)).body).toMatchObject({ unchanged: 3, retell_calls: 1 });
});
