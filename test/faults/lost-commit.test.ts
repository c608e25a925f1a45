/** The response to a COMMIT is lost. (For a sync: database-errors.test.ts.) */
import { beforeEach, expect, test } from '@jest/globals';
import { agentEvent } from '../../infra/local/retell-simulator/events.ts';
import { eligibleAgent, interviewAgents } from '../support/agents.ts';
import { loseCommits } from '../support/lose-commits.ts';
import { type TestResponse, useSystem } from '../support/system.ts';

const AUDIT = 'POST /api/audit-agents';
const SYNC = 'POST /api/sync-retell-agents';

const system = useSystem({ agents: interviewAgents(2) });
beforeEach(() => system.call(SYNC));

async function losingACommit(work: () => Promise<TestResponse>): Promise<TestResponse> {
  const proxy = await loseCommits(system.database.url, 1);
  system.events.length = 0;
  try {
    await system.configure({ DATABASE_URL: proxy.url });
    return await work();
  } finally {
    await system.configure({});
    await proxy.close();
  }
}

async function lastRun(): Promise<unknown> {
  return (await system.call('GET /api/sync-runs')).body.runs[0];
}

async function orphan(): Promise<void> {
  system.simulator.account.delete('agent_1');
  await system.call(SYNC);
  await system.database.query(`update interviewer set orphaned_at = orphaned_at - interval '8 days'
    where sync_status = 'orphaned'`);
}

test('[D3] a cleanup whose COMMIT got no response is reported as succeeded, once', async () => {
  await orphan();
  const { status, body } = await losingACommit(() => system.call(AUDIT, { action: 'cleanup_orphaned' }));
  expect({ status, ...body }).toMatchObject({ status: 200, cleaned_agents: [{ outcome: 'archived' }] });
  expect(await lastRun()).toMatchObject({ kind: 'cleanup', status: 'succeeded', counts: { archived: 1 } });
  expect(await system.rows()).toHaveLength(1);
});

test('[D3] a restore whose COMMIT got no response is reported as succeeded, once', async () => {
  await orphan();
  await system.call(AUDIT, { action: 'cleanup_orphaned' });
  const { status, body } = await losingACommit(() => system.call(AUDIT, { action: 'restore', agent_ids: ['agent_1'] }));
  expect({ status, ...body }).toMatchObject({ status: 200, restored_agents: [{ outcome: 'restored' }] });
  expect(await lastRun()).toMatchObject({ kind: 'restore', status: 'succeeded', counts: { restored: 1 } });
  expect(await system.rows()).toHaveLength(2);
});

test('[D3] a webhook whose COMMIT got no response is reported as succeeded, once', async () => {
  system.simulator.account.addAgent(eligibleAgent(9));
  const { body } = await losingACommit(() => system.webhook(agentEvent('created', { agent_id: 'agent_9' })));
  expect(body).toMatchObject({ action: 'created', message: expect.stringContaining('Interview agent 9') });
  expect(await lastRun()).toMatchObject({ kind: 'webhook', status: 'succeeded', counts: { created: 1 } });

  system.simulator.account.delete('agent_9');
  await losingACommit(() => system.webhook(agentEvent('deleted', { agent_id: 'agent_9' })));
  expect(system.events).toMatchObject([{ name: 'AgentOrphaned', detail: { agent_id: 'agent_9' } }]);
});
