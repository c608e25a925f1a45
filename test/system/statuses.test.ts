import { beforeEach, describe, expect, test } from '@jest/globals';
import { eligibleAgent, interviewAgents, PLATFORM_COLUMNS, PLATFORM_VALUES } from '../support/agents.ts';
import { reasonsOf } from '../support/reasons.ts';
import { useSystem } from '../support/system.ts';

const SYNC = 'POST /api/sync-retell-agents';

const system = useSystem();

describe('statuses', () => {
  beforeEach(async () => {
    system.addAgents(interviewAgents(4));
    await system.call(SYNC);
  });

  test('the date of an orphan is left alone by later syncs', async () => {
    system.simulator.account.delete('agent_1');
    await system.call(SYNC);
    const orphan = await system.row('agent_1');
    expect(orphan?.['orphaned_at']).toBeInstanceOf(Date);
    const { body } = await system.call(SYNC, { full: true });
    expect(body).toMatchObject({ orphaned: [], errors: [], health_score: 100 });
    expect(await system.row('agent_1')).toEqual(orphan);
  });

  test('a deleted row is never brought back, whatever its agent does, and is no discrepancy', async () => {
    await system.database.query(`update interviewer set sync_status = 'deleted' where agent_id = 'agent_1'`);
    const before = await system.row('agent_1');
    system.simulator.account.edit('agent_1', { agent_name: 'Bob' }, { publish: true });
    const { body } = await system.call(SYNC, { full: true });
    expect(reasonsOf(body.skipped)).toEqual({ agent_1: 'The interviewer was deleted in the platform' });
    system.simulator.account.delete('agent_1');
    expect((await system.call(SYNC)).body).toMatchObject({ orphaned: [], created: [], health_score: 100 });
    expect(await system.row('agent_1')).toEqual(before);
  });

  test('of two rows of one agent the living one is kept in step', async () => {
    await system.database.query(
      `insert into interviewer (agent_id, name, sync_status, ${PLATFORM_COLUMNS})
       values ('agent_1', 'Old one', 'deleted', ${PLATFORM_VALUES})`,
    );
    system.simulator.account.edit('agent_1', { voice_id: 'openai-Nova' }, { publish: true });
    const { body } = await system.call(SYNC);
    expect(Object.keys(reasonsOf(body.updated))).toEqual(['agent_1']);
    const rows = (await system.rows()).filter((row) => row['agent_id'] === 'agent_1');
    expect(rows).toMatchObject([
      { voice_id: 'openai-Nova', sync_status: 'active' },
      { name: 'Old one', sync_status: 'deleted', voice_id: null },
    ]);
  });

  test('a row that was removed for good is made anew', async () => {
    await system.database.query(`delete from interviewer where agent_id = 'agent_1'`);
    expect(Object.keys(reasonsOf((await system.call(SYNC)).body.created))).toEqual(['agent_1']);
  });
});

describe('rows without an agent', () => {
  async function addAgentsAndRows(...names: string[]): Promise<void> {
    system.addAgents([
      eligibleAgent(1),
      eligibleAgent(2, { agent_name: 'Bob' }),
      eligibleAgent(3, { agent_name: 'Bob' }),
    ]);
    for (const name of names) {
      await system.database.query(
        `insert into interviewer (name, ${PLATFORM_COLUMNS}) values ($1, ${PLATFORM_VALUES})`,
        [name],
      );
    }
  }

  test('one with the name of exactly one agent is linked to it, and stays the same row', async () => {
    await addAgentsAndRows('Interview agent 1');
    const [before] = await system.rows();
    const { body } = await system.call(SYNC);
    expect(reasonsOf(body.updated)).toEqual({
      agent_1: 'Linked to the agent of the same name: agent_id: null -> "agent_1"',
    });
    expect(Object.keys(reasonsOf(body.created)).sort()).toEqual(['agent_2', 'agent_3']);
    expect(await system.row('agent_1')).toMatchObject({
      id: before?.['id'],
      description: 'theirs',
      voice_id: '11labs-Adrian',
    });
    expect(body.health_score).toBe(100);
  });

  test.each([
    ['the name of two agents', ['Bob']],
    ['a name of no agent', ['Interview agent 9']],
    ['the name in another spelling', ['interview AGENT 1']],
  ])('one with %s is left alone, and is in no count', async (_, names) => {
    await addAgentsAndRows(...names);
    const [before] = await system.rows();
    const { body } = await system.call(SYNC);
    expect(body).toMatchObject({ updated: [], totalDatabaseAgents: 3, health_score: 100, errors: [] });
    expect(body.created).toHaveLength(3);
    expect((await system.rows()).find(({ id }) => id === before?.['id'])).toEqual(before);
  });

  test('of two with the name of one agent one is linked', async () => {
    await addAgentsAndRows('Interview agent 1', 'Interview agent 1');
    expect((await system.call(SYNC)).body.updated).toHaveLength(1);
    expect((await system.call(SYNC)).body).toMatchObject({ updated: [], created: [], unchanged: 3 });
    expect((await system.rows()).filter((row) => row['agent_id'] === null)).toHaveLength(1);
  });

  test('a deleted one is not linked', async () => {
    await addAgentsAndRows('Interview agent 1');
    await system.database.query(`update interviewer set sync_status = 'deleted'`);
    expect((await system.call(SYNC)).body.created).toHaveLength(3);
  });
});
