import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { interviewAgents } from '../support/agents.ts';
import { startSystem, type TestSystem } from '../support/system.ts';

const SYNC = 'POST /api/sync-retell-agents';

let system: TestSystem;
beforeEach(async () => {
  system = await startSystem({ agents: interviewAgents(3) });
  await system.call(SYNC);
});
afterEach(() => system.close());

test('a voice that Retell itself replaced, which no listing shows, is found within a day, or at once with full', async () => {
  system.simulator.account.repair('agent_1', 0, '11labs-Replacement');
  expect((await system.call(SYNC)).body).toMatchObject({ updated: [], unchanged: 3 });
  await system.database.query(`update voice_agent_sync.retell_agent set read_at = read_at - interval '25 hours'`);
  const { body } = await system.call(SYNC);
  expect(body.updated).toMatchObject([{ agent_id: 'agent_1', reason: expect.stringContaining('11labs-Replacement') }]);

  system.simulator.account.repair('agent_2', 0, '11labs-Another');
  expect((await system.call(SYNC, { full: true })).body.updated).toMatchObject([{ agent_id: 'agent_2' }]);
});

test('an agent that is deleted between its listing and its reading stops nobody', async () => {
  system.simulator.account.addAgent({ agent_id: 'agent_new', agent_name: 'Interview new', published: true });
  const respond = {
    kind: 'answer',
    status: 404,
    body: { status: 'error', message: 'Item agent_new not found from agent' },
  } as const;
  system.simulator.fault({ match: { agent_id: 'agent_new' }, respond });
  system.simulator.account.edit('agent_1', { agent_name: 'Interview renamed' }, { publish: true });
  const { status, body } = await system.call(SYNC);
  expect(status).toBe(200);
  expect(body).toMatchObject({ created: [], updated: [{ agent_id: 'agent_1' }] });
  expect(await system.rows()).toHaveLength(3);
});
