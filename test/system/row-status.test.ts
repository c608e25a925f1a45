import { beforeEach, describe, expect, test } from '@jest/globals';
import { eligibleAgent, interviewAgents, PLATFORM_COLUMNS, PLATFORM_VALUES } from '../support/agents.ts';
import { reasonsOf } from '../support/reasons.ts';
import { useSystem } from '../support/system.ts';

const SYNC = 'POST /api/sync-retell-agents';

const system = useSystem();

describe('the status of a row', () => {
  beforeEach(async () => {
    system.addAgents(interviewAgents(4));
    await system.call(SYNC);
  });

  test('orphaned_at of an orphan does not change in later syncs', async () => {
    system.simulator.account.delete('agent_1');
    await system.call(SYNC);
    const orphan = await system.row('agent_1');
    expect(orphan?.['orphaned_at']).toBeInstanceOf(Date);
    const { body } = await system.call(SYNC, { full: true });
    expect(body).toMatchObject({ orphaned: [], errors: [], health_score: 100 });
    expect(await system.row('agent_1')).toEqual(orphan);
  });

  test('a deleted row is never restored, whatever its agent does, and is no discrepancy', async () => {
    await system.database.query(`update interviewer set sync_status = 'deleted' where agent_id = 'agent_1'`);
    const before = await system.row('agent_1');
    system.simulator.account.edit('agent_1', { agent_name: 'Bob' }, { publish: true });
    const { body } = await system.call(SYNC, { full: true });
    expect(reasonsOf(body.skipped)).toEqual({ agent_1: 'The interviewer was deleted in the platform' });
    system.simulator.account.delete('agent_1');
    expect((await system.call(SYNC)).body).toMatchObject({ orphaned: [], created: [], health_score: 100 });
    expect(await system.row('agent_1')).toEqual(before);
  });

  test('the active one of two rows of an agent is synced', async () => {
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

  test('a removed row is created again', async () => {
    await system.database.query(`delete from interviewer where agent_id = 'agent_1'`);
    expect(Object.keys(reasonsOf((await system.call(SYNC)).body.created))).toEqual(['agent_1']);
  });
});

describe('a row without an agent', () => {
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

  test('is linked to the only agent of its name, and keeps its id and other columns', async () => {
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
  ])('with %s is not changed and not counted', async (_, names) => {
    await addAgentsAndRows(...names);
    const [before] = await system.rows();
    const { body } = await system.call(SYNC);
    expect(body).toMatchObject({ updated: [], totalDatabaseAgents: 3, health_score: 100, errors: [] });
    expect(body.created).toHaveLength(3);
    expect((await system.rows()).find(({ id }) => id === before?.['id'])).toEqual(before);
  });

  test('is linked alone when two rows have the name of an agent', async () => {
    await addAgentsAndRows('Interview agent 1', 'Interview agent 1');
    expect((await system.call(SYNC)).body.updated).toHaveLength(1);
    expect((await system.call(SYNC)).body).toMatchObject({ updated: [], created: [], unchanged: 3 });
    expect((await system.rows()).filter((row) => row['agent_id'] === null)).toHaveLength(1);
  });

  test('is not linked when it is deleted', async () => {
    await addAgentsAndRows('Interview agent 1');
    await system.database.query(`update interviewer set sync_status = 'deleted'`);
    expect((await system.call(SYNC)).body.created).toHaveLength(3);
  });
});
