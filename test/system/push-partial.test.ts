/** A sync without time to create all agents: when a continuation follows, and that both sides are compared all the same. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import { busEvent } from '../support/events.ts';
import { hiding } from '../support/listing-hooks.ts';
import { useSystem } from '../support/system.ts';

const SYNC = 'POST /api/sync-retell-agents';
const system = useSystem({
  agents: [{ agent_id: 'agent_template', agent_name: 'Template', published: true }],
  callTimeoutMs: 1_000,
});
beforeEach(async () => {
  await system.configure({ RETELL_TEMPLATE_AGENT_ID: 'agent_template' });
  await insert('Interview Kim');
});

const sync = async () => (await system.call(SYNC)).body;
const agents = () => system.simulator.account.inOrder().filter(({ agent_id }) => agent_id !== 'agent_template');
const continuations = () => system.events.filter(({ name }) => name === 'SyncContinuationRequested');

function insert(name: string) {
  return system.database.query(
    `insert into interviewer (name, sync_status, description, image, empathy, exploration, rapport, speed)
     values ($1, 'active', 'ours', '/k.png', 1, 2, 3, 4)`,
    [name],
  );
}

/** No run has time for the wait that Retell asks for. */
function refuseCreates() {
  const busy = { kind: 'response', status: 429, headers: { 'retry-after': '3600' }, body: {} } as const;
  system.simulator.fault({ match: { path: '/create-agent' }, respond: busy });
}

describe('a sync that runs out of time to create agents', () => {
  test('requests a continuation for the only agent that it created, although it read nothing', async () => {
    system.requestsTake((path) => (path === '/create-agent' ? 25_000 : 0));
    expect(await sync()).toMatchObject({ partial: true, counts: { pushed: 1, pending: 0 } });
    const [{ detail } = { detail: {} }] = continuations();
    system.requestsTake(0);
    await system.direct(busEvent('SyncContinuationRequested', detail));
    expect(await system.rows()).toMatchObject([{ name: 'Interview Kim', agent_id: agents()[0]?.agent_id }]);
    expect(await sync()).toMatchObject({ partial: false, created: [], pushed: [], health_score: 100 });
  });

  test('requests none, run after run, if it only reads back what an earlier one created', async () => {
    await sync();
    await insert('Interview Pat');
    await system.database.query(`update interviewer set agent_id = null where name = 'Interview Kim'`);
    const hidden = agents().map(({ agent_id }) => agent_id);
    system.simulator.onListing((page) => hiding(...hidden)(page, { page: 1 }));
    refuseCreates();
    expect(await sync()).toMatchObject({ partial: true, pushed: [], counts: { pending: 1 } });
    expect(continuations()).toEqual([]);
  });

  describe('if it read every agent', () => {
    const stateNow = async () => (await system.call('GET /api/scheduled-sync?action=status')).body.status.state;
    const IDS = [1, 2, 3, 4, 5, 6, 7].map((number) => `agent_${number}`);
    beforeEach(async () => {
      for (const agent_id of [...IDS, 'agent_8']) {
        system.simulator.account.addAgent({ agent_id, agent_name: `Interview ${agent_id}`, published: true });
      }
      await sync();
      await insert('Interview Pat');
      refuseCreates();
      system.metrics.length = 0;
    });

    test('it compares both sides: it orphans, has a score and counts as a success', async () => {
      system.simulator.account.delete('agent_1');
      const { status, body } = await system.call(SYNC);
      expect([status, body]).toMatchObject([
        202,
        { partial: true, orphaned: [{ agent_id: 'agent_1' }], health_score: 100 },
      ]);
      expect(system.metrics.at(-1)).toMatchObject({ SyncSuccesses: 1, SyncState: 0 });
      expect(await stateNow()).toBe('in_sync');
    });

    test('the guard blocks its orphans, and it requests no continuation until they are confirmed', async () => {
      for (const agent_id of IDS) system.simulator.account.delete(agent_id);
      const { status, body } = await system.call(SYNC);
      expect([status, body.code, body.held_back.length]).toEqual([409, 'orphan_guard', 7]);
      expect(continuations()).toEqual([]);
      // A client that Retell has not limited yet.
      await system.configure({ RETELL_TEMPLATE_AGENT_ID: 'agent_template' });
      const { body: confirmed } = await system.call(SYNC, { confirm_orphans: body.plan });
      expect(confirmed).toMatchObject({ partial: true, counts: { orphaned: 7 } });
      expect(await stateNow()).toBe('in_sync');
    });
  });

  test('lists a creation of unknown outcome as an error, although no time is left to look for the agent', async () => {
    system.simulator.fault({ match: { path: '/create-agent' }, respond: { kind: 'response', status: 500, body: {} } });
    system.requestsTake((path) => (path === '/create-agent' ? 25_000 : 0));
    expect((await sync()).errors).toMatchObject([
      { name: 'Interview Kim', reason: expect.stringContaining('unknown') },
    ]);
  });
});
