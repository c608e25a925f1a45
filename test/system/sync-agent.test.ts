/** `POST /api/sync-retell-agents` with `agent_id`: a sync of one agent. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import { interviewAgents } from '../support/agents.ts';
import { useSystem } from '../support/system.ts';

const SYNC = 'POST /api/sync-retell-agents';
const [ID, OTHER] = ['agent_1', 'agent_2'];

const system = useSystem({ agents: interviewAgents(8) });
const syncAgent = (request: object = {}) => system.call(SYNC, { agent_id: ID, ...request });
const nameIn = async (agent_id: string) => (await system.row(agent_id))?.['name'];
const nameInRetell = (agent_id: string) => system.simulator.account.get(agent_id)?.versions.at(-1)?.settings.agent_name;
const runs = async () => (await system.call('GET /api/sync-runs')).body.runs;

test('creates the row of that agent only, with one call to Retell', async () => {
  const { status, body } = await syncAgent();
  expect([status, body.created.length, body.counts.created, body.retell_calls]).toEqual([200, 1, 1, 1]);
  expect((await system.rows()).map((row) => row['agent_id'])).toEqual([ID]);
  expect((await runs())[0]).toMatchObject({
    id: body.run_id,
    kind: 'sync_agent',
    trigger: 'manual',
    counts: { created: 1 },
  });
});

describe('after a sync of all agents', () => {
  beforeEach(() => system.call(SYNC));

  test('pulls what changed in Retell, and leaves other agents unchanged', async () => {
    for (const id of [ID, OTHER]) system.simulator.account.edit(id, { voice_id: 'new-voice' }, { publish: true });
    const { body } = await syncAgent();
    expect(body.updated).toMatchObject([
      {
        agent_id: ID,
        changes: expect.arrayContaining([{ field: 'voice_id', from: '11labs-Adrian', to: 'new-voice' }]),
      },
    ]);
    expect(await system.row(ID)).toMatchObject({ voice_id: 'new-voice' });
    expect(await system.row(OTHER)).toMatchObject({ voice_id: '11labs-Adrian' });
  });

  test('pushes the name that only the platform changed', async () => {
    await system.database.query(`update interviewer set name = 'Interview of ' || agent_id`);
    const { body } = await syncAgent();
    expect(body.pushed).toMatchObject([
      { agent_id: ID, changes: [{ field: 'retell_name', to: `Interview of ${ID}` }] },
    ]);
    expect([nameInRetell(ID), nameInRetell(OTHER)]).toEqual([`Interview of ${ID}`, 'Interview agent 2']);
    expect((await syncAgent()).body).toMatchObject({
      pushed: [],
      updated: [],
      unchanged: 1,
      message: 'The interviewer is in sync',
    });
  });

  test('lists a name that reached Retell as pushed only, although no time is left to read it back', async () => {
    await system.database.query(`update interviewer set name = 'Interview D' where agent_id = $1`, [ID]);
    system.requestsTake((path) => (path.startsWith('/publish-agent-version/') ? 25_000 : 0));
    const { body } = await syncAgent();
    expect(body).toMatchObject({
      pushed: [{ agent_id: ID }],
      errors: [],
      counts: { pushed: 1, errors: 0, pending: 0 },
    });
    expect(nameInRetell(ID)).toBe('Interview D');
    expect((await syncAgent()).body).toMatchObject({ pushed: [], errors: [] });
  });

  test('names what it had no time to push as an error', async () => {
    await system.database.query(`update interviewer set name = 'Interview D' where agent_id = $1`, [ID]);
    system.requestsTake(12_000);
    const { body } = await syncAgent();
    expect(body).toMatchObject({ pushed: [], errors: [{ agent_id: ID, reason: expect.stringContaining('no time') }] });
    expect(body.counts).toEqual((await runs())[0].counts);
    expect(nameInRetell(ID)).toBe('Interview agent 1');
  });

  test('reports a conflict, which Retell wins', async () => {
    await system.database.query(`update interviewer set name = 'Interview D' where agent_id = $1`, [ID]);
    system.simulator.account.edit(ID, { agent_name: 'Interview R' }, { publish: true });
    expect((await syncAgent()).body.conflicts).toMatchObject([
      { retell_name: 'Interview R', database_name: 'Interview D' },
    ]);
    expect(await nameIn(ID)).toBe('Interview R');
  });

  test('writes nothing in a dry run, which shows the same changes', async () => {
    await system.database.query(`update interviewer set name = 'Interview D' where agent_id = $1`, [ID]);
    const before = [
      await system.rows(),
      await runs(),
      await system.database.query('select * from voice_agent_sync.retell_agent order by 1'),
    ];
    const { body } = await syncAgent({ dry_run: true });
    expect(body).toMatchObject({ dry_run: true, run_id: null, pushed: [{ agent_id: ID }] });
    expect(body.message).toMatch(/^Dry run, nothing was written: Interview D/);
    expect([
      await system.rows(),
      await runs(),
      await system.database.query('select * from voice_agent_sync.retell_agent order by 1'),
    ]).toEqual(before);
    expect(nameInRetell(ID)).toBe('Interview agent 1');
  });

  test('orphans an agent that is gone, and restores it when it is back', async () => {
    system.simulator.account.delete(ID);
    expect((await syncAgent()).body).toMatchObject({ orphaned: [{ agent_id: ID }], counts: { orphaned: 1 } });
    system.simulator.account.addAgent({ agent_id: ID, agent_name: 'Interview agent 1', published: true });
    expect((await syncAgent()).body).toMatchObject({ restored: [{ agent_id: ID }] });
    expect(system.events.map(({ name }) => name)).toEqual(expect.arrayContaining(['AgentOrphaned', 'AgentRestored']));
  });

  test('is stopped by the guard of the last hour until exactly this agent is confirmed', async () => {
    for (const number of [2, 3, 4, 5, 6]) {
      system.simulator.account.delete(`agent_${number}`);
      expect((await syncAgent({ agent_id: `agent_${number}` })).status).toBe(200);
    }
    system.simulator.account.delete(ID);
    const { status, body } = await syncAgent();
    expect([status, body.code, body.held_back]).toMatchObject([409, 'orphan_guard', [{ agent_id: ID }]]);
    expect(await system.row(ID)).toMatchObject({ sync_status: 'active' });
    expect((await runs())[0]).toMatchObject({ status: 'held', error_code: 'orphan_guard', blocked: 1 });
    expect((await syncAgent({ confirm_orphans: 'A'.repeat(22) })).status).toBe(409);
    expect((await syncAgent({ confirm_orphans: body.plan })).status).toBe(200);
    expect(await system.row(ID)).toMatchObject({ sync_status: 'orphaned' });
  });

  test('leaves the row alone, with the reason, when Retell cannot be reached', async () => {
    system.simulator.fault({ match: { agent_id: ID }, respond: { kind: 'response', status: 500, body: {} } });
    const { status, body } = await syncAgent();
    expect([status, body.code]).toEqual([502, 'agent_unreadable']);
    expect(await system.row(ID)).toMatchObject({ sync_status: 'active' });
  });

  test('says nothing about the state of both sides, which only a comparison of everything does', async () => {
    const stateOf = async () => (await system.call('GET /api/scheduled-sync?action=status')).body.status;
    const before = await stateOf();
    await syncAgent();
    expect(await stateOf()).toMatchObject({ state: 'in_sync', as_of: before.as_of, last_sync: before.last_sync });
  });
});

test('is refused for an agent that neither side has', async () => {
  const { status, body } = await syncAgent({ agent_id: 'agent_unknown' });
  expect([status, body.code]).toEqual([404, 'agent_not_found']);
  expect(await system.rows()).toEqual([]);
  // These are ids of events alone: people would take a mistyped one for a webhook of another account.
  expect((await system.call('GET /api/webhook-events')).body.unknown_agents).toBe(0);
});

test('stores that an agent without an interviewer, which was observed before, is gone', async () => {
  system.simulator.account.addAgent({ agent_id: 'agent_helper', agent_name: 'Helper', published: true });
  expect((await syncAgent({ agent_id: 'agent_helper' })).status).toBe(200);
  system.simulator.account.delete('agent_helper');
  expect((await syncAgent({ agent_id: 'agent_helper' })).body.code).toBe('agent_not_found');
  const stored = `select gone from voice_agent_sync.retell_agent where agent_id = 'agent_helper'`;
  expect(await system.database.query(stored)).toEqual([{ gone: true }]);
});
