import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { eligibleAgent, interviewAgents } from '../support/agents.ts';
import type { Fault } from '../support/faults.ts';
import type { ListingHook } from '../support/listing-hooks.ts';
import { afterPage, duplicated, hiding, recycledCursor, withoutKey } from '../support/listing-hooks.ts';
import { refusal, reply } from '../support/simulator.ts';
import { startSystem, type TestSystem } from '../support/system.ts';
import { allTables } from '../support/tables.ts';

const SYNC = 'POST /api/sync-retell-agents';
const JSON_TYPE = { 'content-type': 'application/json' };
const LISTING = '/v2/list-agents';

let system: TestSystem;
beforeAll(async () => {
  system = await startSystem({ agents: interviewAgents(4), callTimeoutMs: 250 });
  await system.call(SYNC);
});
afterEach(async () => {
  system.simulator.reset();
  // A fresh client: the hurried clock of the old one is ahead of time by all that it waited.
  await system.configure({});
});
afterAll(() => system.close());

/** The platform's table and what is remembered, without the history, in which a failed run is written down. */
async function state(): Promise<unknown> {
  const { 'voice_agent_sync.run': _, ...rest } = await allTables(system.database.query);
  return rest;
}

describe('a listing that cannot be used ends the run before anything is written', () => {
  beforeAll(() => {
    // There is something to do, which is not done.
    system.simulator.account.addAgent(eligibleAgent(5));
    system.simulator.account.delete('agent_4');
  });

  const answers: Record<string, Fault['respond']> = {
    'a failure that stays': refusal(500, 'Internal'),
    'a failure without a word': reply(502, '<html>Bad gateway</html>'),
    'a refusal': refusal(422, 'Bad limit'),
    'a page cut off': { kind: 'truncate' },
    'a page that stops half-way': { kind: 'hang_in_body' },
    'no answer': { kind: 'hang' },
    'a reset connection': { kind: 'destroy' },
    'HTML with status 200': reply(200, '<html>Welcome</html>'),
    'not quite JSON': reply(200, '{"items": [', JSON_TYPE),
    null: reply(200, 'null', JSON_TYPE),
    'an old array': reply(200, []),
    'no items': reply(200, { has_more: false }),
    'items that are no list': reply(200, { items: {}, has_more: false }),
    'an error with status 200': reply(200, { error_message: 'oops' }),
  };

  test.each(Object.entries(answers))('%s', async (_, respond) => {
    const before = await state();
    system.simulator.fault({ match: { path: LISTING }, respond });
    const { status, body } = await system.call(SYNC, undefined, { remainingMs: 600_000 });
    expect(status).toBe(502);
    expect(body).toMatchObject({ success: false, error: expect.any(String), hint: expect.any(String) });
    expect(body.code).toMatch(/^retell_/);
    expect(await state()).toEqual(before);
    const { body: history } = await system.call('GET /api/sync-runs?limit=1');
    expect(history.runs[0]).toMatchObject({ status: 'failed', error_code: body.code });
  });

  const hooks: Record<string, ListingHook> = {
    'more without a cursor': withoutKey(),
    'an empty first page that promises more': () => ({ items: [], has_more: true, pagination_key: 'x' }),
    'mostly unusable items': () => ({ items: Array.from({ length: 9 }, () => ({ agent_id: 7 })), has_more: false }),
  };

  test.each(Object.entries(hooks))('%s', async (_, hook) => {
    const before = await state();
    system.simulator.onListing(hook);
    const { status, body } = await system.call(SYNC);
    expect([status, body.code]).toEqual([502, 'retell_listing_malformed']);
    expect(await state()).toEqual(before);
  });

  test('the next run is as if nothing had been', async () => {
    const { status, body } = await system.call(SYNC, { full: true });
    expect(status).toBe(200);
    expect(body).toMatchObject({ errors: [], unchanged: 3, health_score: 100 });
    expect(body.created).toMatchObject([{ agent_id: 'agent_5' }]);
    expect(body.orphaned).toMatchObject([{ agent_id: 'agent_4' }]);
  });
});

describe('a listing that is odd but complete', () => {
  const hooks: Record<string, ListingHook> = {
    'repeats its cursor for ever': recycledCursor(),
    'shows every agent twice': duplicated(),
  };

  test.each(Object.entries(hooks))('%s', async (_, hook) => {
    system.simulator.onListing(hook);
    const { status, body } = await system.call(SYNC);
    expect(status).toBe(200);
    expect(body).toMatchObject({ created: [], updated: [], orphaned: [], unchanged: 4, totalRetellAgents: 4 });
  });

  test('an agent that it omits but get-agent has stays active', async () => {
    system.simulator.onListing(hiding('agent_2'));
    const { status, body } = await system.call(SYNC);
    expect(status).toBe(200);
    expect(body).toMatchObject({ orphaned: [], errors: [], unchanged: 4, health_score: 100, totalRetellAgents: 3 });
    expect(system.simulator.requests.count('/get-agent/')).toBe(1);
    expect(await system.row('agent_2')).toMatchObject({ sync_status: 'active' });
  });

  test('an item that cannot be used is an error of its own, and no evidence', async () => {
    system.simulator.onListing((page) => ({
      ...page,
      items: page.items.map((item) => (item.agent_id === 'agent_2' ? { ...item, channel: 'smoke' } : item)),
    }));
    const { status, body } = await system.call(SYNC);
    expect(status).toBe(200);
    expect(body.errors).toMatchObject([
      { agent_id: 'agent_2', name: 'Interview agent 2', reason: expect.stringContaining('channel') },
    ]);
    expect(body).toMatchObject({ orphaned: [], unchanged: 3, health_score: null });
    expect(system.simulator.requests.count('/get-agent/')).toBe(0);
  });

  test('an item without an id is an error, and nothing is scored', async () => {
    system.simulator.onListing((page) => ({ ...page, items: [...page.items, { agent_name: 'Bob' }] }));
    const { body } = await system.call(SYNC);
    expect(body.errors).toMatchObject([{ agent_id: 'unknown' }]);
    expect(body.health_score).toBeNull();
  });
});

test('an agent deleted between the pages of a listing is orphaned on the word of get-agent alone', async () => {
  const big = await startSystem();
  try {
    big.simulator.seed(1_100);
    await big.call(SYNC);
    const [victim, survivor] = [...big.simulator.account.agents.keys()];
    big.simulator.onListing(afterPage(1, () => void big.simulator.account.delete(victim ?? '')));
    big.simulator.onListing(hiding(victim ?? '', survivor ?? ''));
    const { body } = await big.call(SYNC);
    expect(body.orphaned).toMatchObject([{ agent_id: victim, reason: 'Agent no longer exists in Retell' }]);
    expect(body.unchanged).toBe(1_099);
  } finally {
    await big.close();
  }
});
