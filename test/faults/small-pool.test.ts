/** A pooler with fewer connections than the service opens. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { agentEvent } from '../../infra/local/retell-simulator/events.ts';
import { interviewAgents } from '../support/agents.ts';
import { describeWithPgBouncer, type PgBouncer, startPgBouncer } from '../support/pgbouncer.ts';
import { startSystem, type TestResponse, type TestSystem } from '../support/system.ts';

const WEBHOOKS = 50;
const NUMBERS = Array.from({ length: WEBHOOKS }, (_, index) => index + 1);

let pooler: PgBouncer;
let system: TestSystem;

async function startBehind(mode: 'transaction' | 'session'): Promise<void> {
  system = await startSystem({ agents: interviewAgents(WEBHOOKS) });
  await system.call('POST /api/sync-retell-agents');
  pooler = await startPgBouncer({ mode, poolSize: 2 });
  await connect();
}

/** Adds these settings. */
const connect = (settings: Readonly<Record<string, string>> = {}) =>
  system.configure({ DATABASE_URL: pooler.through(system.database.url), ...settings });

async function stop(): Promise<void> {
  await system.close();
  await pooler.stop();
}

/** Concurrent webhooks, each about a change in Retell. */
async function deliverWebhooks(): Promise<{ responses: readonly TestResponse[]; duration_ms: number }> {
  for (const number of NUMBERS) {
    system.simulator.account.edit(`agent_${number}`, { agent_name: `Interview new ${number}` }, { publish: true });
  }
  const began = performance.now();
  const responses = await Promise.all(
    NUMBERS.map((number) => system.webhook(agentEvent('updated', { agent_id: `agent_${number}` }))),
  );
  return { responses, duration_ms: performance.now() - began };
}

const statuses = (responses: readonly TestResponse[]) => [...new Set(responses.map(({ status }) => status))];

describeWithPgBouncer('[P5] fifty webhooks at once through a transaction pooler with two connections', () => {
  beforeEach(() => startBehind('transaction'));
  afterEach(stop);

  test('are all handled', async () => {
    const { responses, duration_ms } = await deliverWebhooks();
    expect(statuses(responses)).toEqual([200]);
    expect(duration_ms).toBeLessThan(8_000);
  });
});

describeWithPgBouncer('[P5] fifty webhooks at once through a session pooler with two connections', () => {
  beforeEach(() => startBehind('session'));
  afterEach(stop);

  test('are handled, or get a 503 within 8 s that names the database and not Retell', async () => {
    const { responses, duration_ms } = await deliverWebhooks();
    expect(duration_ms).toBeLessThan(8_000);
    expect(responses.filter(({ status }) => status === 200).length).toBeGreaterThan(0);
    for (const { status, body } of responses.filter(({ status }) => status !== 200)) {
      expect({ status, code: body.code, hint: body.hint }).toEqual({
        status: 503,
        code: 'database_unavailable',
        hint: expect.stringContaining('DATABASE_CONNECTIONS'),
      });
    }
  });

  test('are all handled with DATABASE_CONNECTIONS=2', async () => {
    await connect({ DATABASE_CONNECTIONS: '2' });
    const { responses, duration_ms } = await deliverWebhooks();
    expect(statuses(responses)).toEqual([200]);
    expect(duration_ms).toBeLessThan(8_000);
  });
});
