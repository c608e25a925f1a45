import { describe, expect, jest, test } from '@jest/globals';
import { eligibleAgent, interviewAgents } from '../support/agents.ts';
import { useSystem } from '../support/system.ts';

const SYNC = 'POST /api/sync-retell-agents';
const LISTING = '/v2/list-agents';
const DETAIL = '/get-agent/';

const system = useSystem({ env: { RETELL_CONCURRENCY: '50' } });

jest.setTimeout(60_000);

/** Counts the calls to Retell that `work` makes: pages and details. */
async function calls(work: () => Promise<unknown>): Promise<{ pages: number; details: number; all: number }> {
  const { requests } = system.simulator;
  requests.clear();
  await work();
  return { pages: requests.count(LISTING), details: requests.count(DETAIL), all: requests.count() };
}

describe('calls to Retell', () => {
  test('a first sync reads each agent that the listing shows as eligible, and an idle one only the pages', async () => {
    system.addAgents([
      ...interviewAgents(5),
      { agent_id: 'agent_chat', agent_name: 'Interview chat', channel: 'chat' },
      { agent_id: 'agent_support', agent_name: 'Support' },
      { agent_id: 'agent_nameless', agent_name: null },
    ]);
    expect(await calls(() => system.call(SYNC))).toEqual({ pages: 1, details: 5, all: 6 });
    expect(await calls(() => system.call(SYNC))).toEqual({ pages: 1, details: 0, all: 1 });
    expect(await calls(() => system.call('POST /api/scheduled-sync'))).toEqual({ pages: 1, details: 0, all: 1 });
    expect(await calls(() => system.call('GET /api/audit-agents'))).toEqual({ pages: 1, details: 0, all: 1 });
  });

  test('a later sync reads only agents that are new, changed or about to be orphaned', async () => {
    system.addAgents(interviewAgents(9));
    await system.call(SYNC);
    const { account } = system.simulator;
    account.addAgent(eligibleAgent(10));
    account.edit('agent_1', { voice_id: 'openai-Nova' }, { publish: true });
    account.edit('agent_2', { agent_name: 'Support' }, { publish: true });
    account.delete('agent_3');
    expect(await calls(() => system.call(SYNC))).toEqual({ pages: 1, details: 4, all: 5 });
    expect((await system.rows()).filter((row) => row['sync_status'] === 'orphaned')).toHaveLength(2);
    expect(await calls(() => system.call(SYNC))).toEqual({ pages: 1, details: 0, all: 1 });
  });

  test('an agent whose row the platform deleted is never read', async () => {
    system.addAgents(interviewAgents(2));
    await system.call(SYNC);
    await system.database.query(`update interviewer set sync_status = 'deleted' where agent_id = 'agent_1'`);
    system.simulator.account.edit('agent_1', { voice_id: 'openai-Nova' }, { publish: true });
    expect(await calls(() => system.call(SYNC))).toEqual({ pages: 1, details: 0, all: 1 });
  });

  test('an agent without a voice is read once', async () => {
    system.addAgents([eligibleAgent(1, { voice_id: ' ' })]);
    const first = await system.call(SYNC);
    expect(first.body.skipped).toMatchObject([{ reason: expect.stringContaining('No voice configured') }]);
    expect(await calls(() => system.call(SYNC))).toEqual({ pages: 1, details: 0, all: 1 });
  });

  test('every agent is read once more after a day, whatever the listing says', async () => {
    system.addAgents(interviewAgents(3));
    await system.call(SYNC);
    await system.database.query(`update voice_agent_sync.retell_agent set read_at = read_at - interval '25 hours'
      where agent_id <> 'agent_3'`);
    // A change by Retell itself, which the listing does not show.
    system.simulator.account.repair('agent_1', 0, 'retell-Cimo');
    const answer = await calls(() => system.call(SYNC));
    expect(answer).toEqual({ pages: 1, details: 2, all: 3 });
    expect((await system.rows()).filter((row) => row['voice_id'] === 'retell-Cimo')).toMatchObject([
      { agent_id: 'agent_1' },
    ]);
    expect(await calls(() => system.call(SYNC))).toEqual({ pages: 1, details: 0, all: 1 });
  });

  test('a full sync reads every agent', async () => {
    system.addAgents(interviewAgents(3));
    await system.call(SYNC);
    expect(await calls(() => system.call(SYNC, { full: true }))).toEqual({ pages: 1, details: 3, all: 4 });
  });
});

describe('a run', () => {
  interface Cost {
    readonly statements: number;
    /** Rows returned by Postgres. */
    readonly rows: number;
  }

  async function cost(work: () => Promise<unknown>): Promise<Cost> {
    const { database } = system.services();
    const [statements, rows] = [database.statements(), database.rows()];
    await work();
    return { statements: database.statements() - statements, rows: database.rows() - rows };
  }

  const AUDIT = 'GET /api/audit-agents';
  const SCHEDULED = 'POST /api/scheduled-sync';

  async function measure(count: number) {
    await system.restart({ env: { RETELL_CONCURRENCY: '50' } });
    // A run that takes long saves what it has read so far, in statements of their own.
    system.stopTime();
    const { simulator } = system;
    simulator.seed(count);
    const ids = [...simulator.account.agents.keys()];
    const changing = (many: number) => {
      for (const id of ids.slice(0, many)) simulator.account.edit(id, { voice_id: `voice_${many}` }, { publish: true });
      return cost(() => system.call(SYNC));
    };
    return {
      first: await cost(() => system.call(SYNC)),
      idle: await cost(() => system.call(SYNC)),
      dry: await cost(() => system.call(SYNC, { dry_run: true })),
      audit: await cost(() => system.call(AUDIT)),
      scheduled: await cost(() => system.call(SCHEDULED)),
      one: await changing(1),
      ten: await changing(10),
    };
  }

  test('[D13] makes as many statements for 1,100 agents as for 10, and when it is idle moves as many rows and reads only the pages', async () => {
    const [few, many] = [await measure(10), await measure(1_100)];
    expect(await calls(() => system.call(SYNC))).toEqual({ pages: 2, details: 0, all: 2 });
    const statementsOf = (costs: typeof few) =>
      Object.fromEntries(Object.entries(costs).map(([kind, { statements }]) => [kind, statements]));
    expect(statementsOf(many)).toEqual(statementsOf(few));
    expect(Math.max(...Object.values(statementsOf(few)))).toBeLessThanOrEqual(25);
    expect(few.idle.statements).toBeLessThanOrEqual(12);
    for (const kind of ['idle', 'dry', 'audit', 'scheduled'] as const) {
      expect(many[kind]).toEqual(few[kind]);
      expect(many[kind].rows).toBeLessThanOrEqual(12);
    }
    // For each changed agent: a row and an observation, the row that was written, and an entry of the log.
    expect(many.one.rows - many.idle.rows).toBeLessThanOrEqual(8);
    expect(many.ten.rows - many.one.rows).toBe(27);
  });

  test('[D13] that does everything at once makes at most 25 statements', async () => {
    await system.restart({ env: { RETELL_CONCURRENCY: '50' } });
    system.addAgents([...interviewAgents(40), { agent_id: 'agent_support', agent_name: 'Support' }]);
    await system.call(SYNC);
    const { account } = system.simulator;
    account.edit('agent_1', { voice_id: 'openai-Nova' }, { publish: true });
    account.delete('agent_2');
    account.edit('agent_4', { agent_name: 'Interview agent renamed' }, { publish: true });
    await system.database.query(`update interviewer set sync_status = 'orphaned' where agent_id = 'agent_5'`);
    await system.database.query(`update interviewer set last_synced_at = null where agent_id = 'agent_6'`);
    await system.database.query(`delete from interviewer where agent_id = 'agent_7'`);
    await system.database.query(`update interviewer set agent_id = null where agent_id = 'agent_8'`);
    let body: Record<string, unknown[]> = {};
    const { statements } = await cost(async () => {
      body = (await system.call(SYNC)).body;
    });
    const lists = ['created', 'updated', 'restored', 'orphaned', 'skipped', 'errors'] as const;
    expect(Object.fromEntries(lists.map((list) => [list, body[list]?.length]))).toEqual({
      created: 1,
      updated: 3,
      restored: 1,
      orphaned: 1,
      skipped: 1,
      errors: 0,
    });
    expect(statements).toBeLessThanOrEqual(25);
  });
});
