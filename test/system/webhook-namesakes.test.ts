/** Agents of one name, seen by a webhook, which does not see the whole account. */
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

/** The platform makes an interviewer: a row without an agent, then an agent in Retell. */
async function makeAgain() {
  await system.database.query(
    `insert into interviewer (name, ${PLATFORM_COLUMNS}) values ('${NAME}', ${PLATFORM_VALUES})`,
  );
  system.simulator.account.addAgent({ agent_id: 'agent_new', agent_name: NAME, published: true });
  system.simulator.requests.clear();
  return system.webhook(agentEvent('created', { agent_id: 'agent_new' }));
}

test('[W20] one that was deleted on both sides, unseen, is no namesake: the row is linked, and nothing made for the dead', async () => {
  system.simulator.account.delete('agent_old');
  expect((await makeAgain()).body).toMatchObject({ action: 'updated' });
  expect(await system.rows()).toMatchObject([{ agent_id: 'agent_new', name: NAME, description: 'theirs' }]);
  expect(system.simulator.requests.count('/get-agent/')).toBe(2);
  expect((await system.call(SYNC)).body).toMatchObject({ created: [], orphaned: [], health_score: 100 });
});

test('one that was renamed, unseen, is no namesake any more', async () => {
  system.simulator.account.edit('agent_old', { agent_name: 'Interview Pat' }, { publish: true });
  expect((await makeAgain()).body).toMatchObject({ action: 'updated' });
  expect(await system.rows()).toMatchObject([{ agent_id: 'agent_new', name: NAME, description: 'theirs' }]);
  expect((await system.call(SYNC)).body.created).toMatchObject([{ agent_id: 'agent_old', name: 'Interview Pat' }]);
});

test('one that is still there makes it unclear whose the row is: both get rows of their own', async () => {
  expect((await makeAgain()).body).toMatchObject({ action: 'created' });
  const agents = (await system.rows()).map((row) => row['agent_id']);
  expect(new Set(agents)).toEqual(new Set([null, 'agent_new', 'agent_old']));
});

test('none is asked after for an agent that has a row', async () => {
  await makeAgain();
  await system.call(SYNC);
  system.simulator.requests.clear();
  await system.webhook(agentEvent('updated', { agent_id: 'agent_new' }));
  expect(system.simulator.requests.count('/get-agent/')).toBe(1);
});

test('one that cannot be read leaves the decision open: the event is to be delivered again', async () => {
  const respond = { kind: 'answer', status: 500, body: {} } as const;
  const mend = system.simulator.fault({ match: { agent_id: 'agent_old' }, respond });
  expect(await makeAgain()).toMatchObject({ status: 503, body: { code: 'deliver_again' } });
  expect(await system.rows()).toMatchObject([{ agent_id: null }]);
  mend();
  system.simulator.account.delete('agent_old');
  await system.webhook(agentEvent('created', { agent_id: 'agent_new' }));
  expect(await system.rows()).toMatchObject([{ agent_id: 'agent_new', description: 'theirs' }]);
});
