import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { signWebhook } from '../../infra/local/retell-simulator/webhooks.ts';
import { interviewAgents } from '../support/agents.ts';
import { TEST_KEY } from '../support/simulator.ts';
import { useSystem } from '../support/system.ts';

const SYNC = 'POST /api/sync-retell-agents';
const HOUR = 3_600_000;

const system = useSystem({ agents: interviewAgents(3) });
afterEach(() => {
  jest.restoreAllMocks();
});

function hostClockIsOff(ms: number): void {
  const real = Date.now.bind(Date);
  jest.spyOn(Date, 'now').mockImplementation(() => real() + ms);
}

describe.each([-HOUR, HOUR])('a host whose clock is off by %i ms', (off) => {
  test('[O3] dates observations by the database’s clock, so that the newer one is kept', async () => {
    hostClockIsOff(off);
    expect(await system.call(SYNC)).toMatchObject({ status: 200, body: { counts: { created: 3 } } });
    const [row] = await system.database.query(
      `select bool_and(read_at between now() - interval '1 minute' and now()) as ok from voice_agent_sync.retell_agent`,
    );
    expect(row).toEqual({ ok: true });

    jest.restoreAllMocks();
    system.simulator.account.edit('agent_1', { agent_name: 'Interview renamed' }, { publish: true });
    system.simulator.account.delete('agent_2');
    expect(await system.call(SYNC)).toMatchObject({ status: 200, body: { health_score: 100 } });
    hostClockIsOff(off);
    system.simulator.account.edit('agent_1', { agent_name: 'Interview renamed again' }, { publish: true });
    expect(await system.call(SYNC)).toMatchObject({ status: 200, body: { health_score: 100 } });
    const rows = await system.rows();
    expect(rows.find(({ agent_id }) => agent_id === 'agent_1')).toMatchObject({ name: 'Interview renamed again' });
    const orphan = rows.find(({ agent_id }) => agent_id === 'agent_2');
    expect(Math.abs(orphan?.['orphaned_at'].getTime() - new Date().getTime())).toBeLessThan(60_000);
  });

  test('[O3] refuses webhooks, says how old they may be, and the next sync finds the change', async () => {
    await system.call(SYNC);
    system.simulator.account.edit('agent_1', { agent_name: 'Interview renamed' }, { publish: true });
    const body = JSON.stringify({ type: 'agent.updated', data: { agent_id: 'agent_1' } });
    const headers = { 'x-retell-signature': await signWebhook(body, TEST_KEY, Date.now()) };
    hostClockIsOff(off);
    const answer = await system.call('POST /api/retell-webhook', body, { headers });
    expect(answer).toMatchObject({ status: 401, body: { hint: expect.stringContaining('five minutes') } });
    expect(system.metrics.at(-1)).toEqual({ WebhookRejected: 1 });
    expect((await system.call(SYNC)).body.updated).toHaveLength(1);
  });
});
