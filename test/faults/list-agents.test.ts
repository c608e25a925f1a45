import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { eligibleAgent, interviewAgents } from '../support/agents.ts';
import type { Fault } from '../support/faults.ts';
import type { ListingHook } from '../support/listing-hooks.ts';
import { afterPage, duplicated, hiding, recycledCursor, withoutKey } from '../support/listing-hooks.ts';
import { refusal, reply } from '../support/simulator.ts';
import { useSharedSystem } from '../support/system.ts';
import { allTables } from '../support/tables.ts';

const SYNC = 'POST /api/sync-retell-agents';
const JSON_TYPE = { 'content-type': 'application/json' };
const LISTING = '/v2/list-agents';

const system = useSharedSystem({ agents: interviewAgents(4), callTimeoutMs: 250 });
beforeAll(() => system.call(SYNC));
afterEach(async () => {
  system.simulator.reset();
  // A new client, because the clock of the old one is ahead by all its waits.
  await system.configure({});
});

/** All tables without the history, where a failed run is recorded. */
async function state(): Promise<unknown> {
  const { 'voice_agent_sync.run': _, ...rest } = await allTables(system.database.query);
  return rest;
}

describe('[S59] a sync fails before anything is written when the listing is', () => {
  beforeAll(() => {
    // Changes that a sync would apply.
    system.simulator.account.addAgent(eligibleAgent(5));
    system.simulator.account.delete('agent_4');
  });

  const answers: Record<string, Fault['respond']> = {
    'a lasting 500': refusal(500, 'Internal'),
    'a 502 without a message': reply(502, '<html>Bad gateway</html>'),
    'a 422': refusal(422, 'Bad limit'),
    '[R12] a truncated page': { kind: 'truncate' },
    'a page that stalls': { kind: 'hang_in_body' },
    'a timeout': { kind: 'hang' },
    'a reset connection': { kind: 'destroy' },
    '[R13] HTML with status 200': reply(200, '<html>Welcome</html>'),
    'half a JSON text': reply(200, '{"items": [', JSON_TYPE),
    null: reply(200, 'null', JSON_TYPE),
    '[R15] an array, as in the old API': reply(200, []),
    'without items': reply(200, { has_more: false }),
    'an object instead of items': reply(200, { items: {}, has_more: false }),
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
    '[R2] a page that promises more without a cursor': withoutKey(),
    'an empty first page that promises more': () => ({ items: [], has_more: true, pagination_key: 'x' }),
    'a page of mostly malformed items': () => ({
      items: Array.from({ length: 9 }, () => ({ agent_id: 7 })),
      has_more: false,
    }),
  };

  test.each(Object.entries(hooks))('%s', async (_, hook) => {
    const before = await state();
    system.simulator.onListing(hook);
    const { status, body } = await system.call(SYNC);
    expect([status, body.code]).toEqual([502, 'retell_listing_malformed']);
    expect(await state()).toEqual(before);
  });

  test('and the next sync succeeds', async () => {
    const { status, body } = await system.call(SYNC, { full: true });
    expect(status).toBe(200);
    expect(body).toMatchObject({ errors: [], unchanged: 3, health_score: 100 });
    expect(body.created).toMatchObject([{ agent_id: 'agent_5' }]);
    expect(body.orphaned).toMatchObject([{ agent_id: 'agent_4' }]);
  });
});

describe('a listing', () => {
  const hooks: Record<string, ListingHook> = {
    '[R3] that repeats its cursor is read once': recycledCursor(),
    '[R6] with every agent twice changes nothing': duplicated(),
  };

  test.each(Object.entries(hooks))('%s', async (_, hook) => {
    system.simulator.onListing(hook);
    const { status, body } = await system.call(SYNC);
    expect(status).toBe(200);
    expect(body).toMatchObject({ created: [], updated: [], orphaned: [], unchanged: 4, totalRetellAgents: 4 });
  });

  test('without an agent that get-agent still has leaves its row active', async () => {
    system.simulator.onListing(hiding('agent_2'));
    const { status, body } = await system.call(SYNC);
    expect(status).toBe(200);
    expect(body).toMatchObject({ orphaned: [], errors: [], unchanged: 4, health_score: 100, totalRetellAgents: 3 });
    expect(system.simulator.requests.count('/get-agent/')).toBe(1);
    expect(await system.row('agent_2')).toMatchObject({ sync_status: 'active' });
  });

  test('[R14] with a malformed item has an error entry and does not orphan its agent', async () => {
    system.simulator.onListing((page) => ({
      ...page,
      items: page.items.map((item) => (item.agent_id === 'agent_2' ? { ...item, channel: 7 } : item)),
    }));
    const { status, body } = await system.call(SYNC);
    expect(status).toBe(200);
    expect(body.errors).toMatchObject([
      { agent_id: 'agent_2', name: 'Interview agent 2', reason: expect.stringContaining('channel') },
    ]);
    expect(body).toMatchObject({ orphaned: [], unchanged: 3, health_score: null });
    expect(system.simulator.requests.count('/get-agent/')).toBe(0);
  });

  test('with an item without an id has an error entry and gives no score', async () => {
    system.simulator.onListing((page) => ({ ...page, items: [...page.items, { agent_name: 'Bob' }] }));
    const { body } = await system.call(SYNC);
    expect(body.errors).toMatchObject([{ agent_id: null }]);
    expect(body.health_score).toBeNull();
  });
});

test('[R21] agents of an unknown channel are not voice agents, and no error, however many', async () => {
  await system.restart({ agents: interviewAgents(2) });
  await system.call(SYNC);
  for (let number = 3; number <= 10; number += 1) system.simulator.account.addAgent(eligibleAgent(number));
  system.simulator.onListing((page) => ({
    ...page,
    items: page.items.map((item) => (item.agent_id === 'agent_1' ? item : { ...item, channel: 'video' })),
  }));
  const { status, body } = await system.call(SYNC);
  expect(status).toBe(200);
  expect(body).toMatchObject({ created: [], errors: [], orphaned: [], totalRetellAgents: 10 });
  expect((await system.call('GET /api/audit-agents')).status).toBe(200);
});

test('[R5] an agent deleted between the pages of a listing is orphaned only after get-agent confirms it', async () => {
  await system.restart({});
  system.simulator.seed(1_100);
  await system.call(SYNC);
  const [deleted, hidden] = [...system.simulator.account.agents.keys()];
  system.simulator.onListing(afterPage(1, () => void system.simulator.account.delete(deleted ?? '')));
  system.simulator.onListing(hiding(deleted ?? '', hidden ?? ''));
  const { body } = await system.call(SYNC);
  expect(body.orphaned).toMatchObject([{ agent_id: deleted, reason: 'Agent no longer exists in Retell' }]);
  expect(body.unchanged).toBe(1_099);
});
