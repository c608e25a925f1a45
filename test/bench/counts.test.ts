/** Statements and calls of each kind of run. (That statements do not grow with the account: ../system/call-counts.test.ts.) */
import { beforeAll, expect, test } from '@jest/globals';
import { callEvent } from '../../infra/local/retell-simulator/events.ts';
import { type TestResponse, useSharedSystem } from '../support/system.ts';

const SYNC = 'POST /api/sync-retell-agents';
const AUDIT = 'GET /api/audit-agents';
const SCHEDULED = 'POST /api/scheduled-sync';
const AGENTS = 100;

const system = useSharedSystem({ env: { RETELL_CONCURRENCY: '50' } });
beforeAll(() => system.simulator.seed(AGENTS));

interface Cost {
  readonly statements: number;
  readonly calls: number;
  readonly answer_bytes: number;
}

async function costOf(work: () => Promise<TestResponse>): Promise<Cost> {
  const { requests } = system.simulator;
  const { database } = system.services();
  const before = database.statements();
  requests.clear();
  const { status, body } = await work();
  expect(status).toBe(200);
  const answer_bytes = Buffer.byteLength(JSON.stringify(body));
  return { statements: database.statements() - before, calls: requests.count(), answer_bytes };
}

function webhook(agent_version: number): Promise<TestResponse> {
  const agent_id = [...system.simulator.account.agents.keys()][0] ?? '';
  return system.webhook(callEvent('call_started', { agent_id, agent_version }));
}

function sync(): Promise<TestResponse> {
  return system.call(SYNC);
}

test('a run makes a fixed number of statements and calls to Retell', async () => {
  const ids = [...system.simulator.account.agents.keys()];
  const first = await costOf(sync);
  const idle = await costOf(sync);
  const audit = await costOf(() => system.call(AUDIT));
  const scheduled = await costOf(() => system.call(SCHEDULED));
  for (const id of ids.slice(0, 10)) system.simulator.account.edit(id, { voice_id: 'openai-Nova' }, { publish: true });
  const changed = await costOf(sync);
  const known = await costOf(() => webhook(1));
  const news = await costOf(() => webhook(7));
  const again = await costOf(() => webhook(7));

  const costs = { first, idle, audit, scheduled, changed, known, news, again };
  const counted = Object.fromEntries(
    Object.entries(costs).map(([name, { statements, calls }]) => [name, { statements, calls }]),
  );
  expect(counted).toEqual({
    first: { statements: 18, calls: 1 + AGENTS },
    idle: { statements: 8, calls: 1 },
    audit: { statements: 6, calls: 1 },
    scheduled: { statements: 9, calls: 1 },
    changed: { statements: 17, calls: 11 },
    known: { statements: 1, calls: 0 },
    news: { statements: 4, calls: 1 },
    again: { statements: 1, calls: 0 },
  });
  // Unchanged agents are a count, not a list.
  expect(idle.answer_bytes).toBeLessThan(1_000);
  expect(scheduled.answer_bytes).toBeLessThan(1_500);
  expect(first.answer_bytes).toBeLessThan(400 * AGENTS);
});
