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

  test('an idle sync of 1,100 agents makes 2 calls', async () => {
    system.simulator.seed(1_100);
    await system.call(SYNC);
    expect(await calls(() => system.call(SYNC))).toEqual({ pages: 2, details: 0, all: 2 });
  });
});

describe('statements to Postgres', () => {
  async function statements(work: () => Promise<unknown>): Promise<number> {
    const before = system.services().database.statements();
    await work();
    return system.services().database.statements() - before;
  }

  async function measure(count: number): Promise<Record<string, number>> {
    await system.restart({ env: { RETELL_CONCURRENCY: '50' } });
    system.simulator.seed(count);
    const ids = [...system.simulator.account.agents.keys()];
    const first = await statements(() => system.call(SYNC));
    const idle = await statements(() => system.call(SYNC));
    const audit = await statements(() => system.call('GET /api/audit-agents'));
    const scheduled = await statements(() => system.call('POST /api/scheduled-sync'));
    for (const id of ids) system.simulator.account.edit(id, { voice_id: 'openai-Nova' }, { publish: true });
    const changed = await statements(() => system.call(SYNC));
    for (const id of ids.slice(0, -2)) system.simulator.account.delete(id);
    const orphaned = await statements(() => system.call(SYNC, { confirm_orphans: true }));
    return { first, idle, audit, scheduled, changed, orphaned };
  }

  test('[D13] are as many for 1,000 agents as for 20', async () => {
    // Fewer than there are checkpoints would need fewer.
    const twenty = await measure(20);
    const thousand = await measure(1_000);
    expect(thousand).toEqual(twenty);
    expect(twenty['idle']).toBeLessThanOrEqual(20);
  });
});
