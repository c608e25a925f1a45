/** A webhook knows only its agent and the stored observations of others with the same name. */
import { beforeEach, expect, test } from '@jest/globals';
import { agentEvent } from '../../infra/local/retell-simulator/events.ts';
import { PLATFORM_COLUMNS, PLATFORM_VALUES } from '../support/agents.ts';
import { useSystem } from '../support/system.ts';

const SYNC = 'POST /api/sync-retell-agents';
const NAME = 'Interview Kim';

const system = useSystem({ agents: [{ agent_id: 'agent_old', agent_name: NAME, published: true }] });
beforeEach(async () => {
  await system.call(SYNC);
  await system.database.query('delete from interviewer');
});

/** The platform adds a row without an agent, then an agent in Retell, which sends a webhook. */
async function addRowAndAgent() {
  await system.database.query(
    `insert into interviewer (name, ${PLATFORM_COLUMNS}) values ('${NAME}', ${PLATFORM_VALUES})`,
  );
  system.simulator.account.addAgent({ agent_id: 'agent_new', agent_name: NAME, published: true });
  system.simulator.requests.clear();
  return system.webhook(agentEvent('created', { agent_id: 'agent_new' }));
}

test('[W20] a webhook links a row although a stored agent of the same name was deleted, after reading that agent', async () => {
  system.simulator.account.delete('agent_old');
  expect((await addRowAndAgent()).body).toMatchObject({ action: 'updated' });
  expect(await system.rows()).toMatchObject([{ agent_id: 'agent_new', name: NAME, description: 'theirs' }]);
  expect(system.simulator.requests.count('/get-agent/')).toBe(2);
  expect((await system.call(SYNC)).body).toMatchObject({ created: [], orphaned: [], health_score: 100 });
});

test('a webhook links a row although a stored agent had its name before a rename', async () => {
  system.simulator.account.edit('agent_old', { agent_name: 'Interview Pat' }, { publish: true });
  expect((await addRowAndAgent()).body).toMatchObject({ action: 'updated' });
  expect(await system.rows()).toMatchObject([{ agent_id: 'agent_new', name: NAME, description: 'theirs' }]);
  expect((await system.call(SYNC)).body.created).toMatchObject([{ agent_id: 'agent_old', name: 'Interview Pat' }]);
});

test('a webhook links no row while another agent of the same name exists: both agents get new rows', async () => {
  expect((await addRowAndAgent()).body).toMatchObject({ action: 'created' });
  const agents = (await system.rows()).map((row) => row['agent_id']);
  expect(new Set(agents)).toEqual(new Set([null, 'agent_new', 'agent_old']));
});

test('a webhook does not read agents of the same name for an agent with a row', async () => {
  await addRowAndAgent();
  await system.call(SYNC);
  system.simulator.requests.clear();
  await system.webhook(agentEvent('updated', { agent_id: 'agent_new' }));
  expect(system.simulator.requests.count('/get-agent/')).toBe(1);
});

test('a webhook is 503, to be delivered again, while an agent of the same name cannot be read', async () => {
  const respond = { kind: 'response', status: 500, body: {} } as const;
  const endFault = system.simulator.fault({ match: { agent_id: 'agent_old' }, respond });
  expect(await addRowAndAgent()).toMatchObject({ status: 503, body: { code: 'deliver_again' } });
  expect(await system.rows()).toMatchObject([{ agent_id: null }]);
  endFault();
  system.simulator.account.delete('agent_old');
  await system.webhook(agentEvent('created', { agent_id: 'agent_new' }));
  expect(await system.rows()).toMatchObject([{ agent_id: 'agent_new', description: 'theirs' }]);
});
