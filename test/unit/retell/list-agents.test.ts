import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ListingHook } from '../../support/listing-hooks.ts';
import { afterPage, duplicated, hiding, recycledCursor, withoutKey } from '../../support/listing-hooks.ts';
import type { Simulator } from '../../support/simulator.ts';
import { reply, testRetell, testSimulator } from '../../support/simulator.ts';

let simulator: Simulator;
beforeEach(async () => {
  simulator = await testSimulator();
});
afterEach(() => simulator.close());

/** The listing, with its entries in lists. */
async function list(session = testRetell(simulator).session({})) {
  const { agents, unusable, unidentified } = await session.listAgents();
  const problems = [...unusable].map(([agent_id, { name }]) => ({ agent_id, name }));
  return { agents: [...agents.values()], problems, unidentified };
}

const ids = (listing: Awaited<ReturnType<typeof list>>): string[] => listing.agents.map((agent) => agent.agent_id);
/** Puts fields into the first entry of every page. */
const spoilFirst =
  (fields: object): ListingHook =>
  (page) => ({ ...page, items: page.items.map((item, index) => (index === 0 ? { ...item, ...fields } : item)) });

describe('a listing', () => {
  test('is read page by page, a thousand agents each', async () => {
    simulator.seed(2_500);
    const session = testRetell(simulator, { callTimeoutMs: 10_000 }).session({});
    const listing = await list(session);
    expect(ids(listing)).toHaveLength(2_500);
    expect(new Set(ids(listing)).size).toBe(2_500);
    expect(listing.problems).toEqual([]);
    expect(session.calls()).toBe(3);
    expect(simulator.requests.all.map((request) => request.query['limit'])).toEqual(['1000', '1000', '1000']);
  });

  test('of an empty account is empty', async () => {
    await expect(list()).resolves.toEqual({ agents: [], problems: [], unidentified: [] });
  });

  test('ends when the cursors start again', async () => {
    simulator.seed(1_500);
    simulator.onListing(recycledCursor());
    const listing = await list();
    expect(ids(listing)).toHaveLength(1_500);
    expect(simulator.requests.count()).toBe(3);
  });

  test('[R4] ends at a later page that is empty, whatever it promises', async () => {
    simulator.seed(1_500);
    simulator.onListing((page, { page: number }) =>
      number < 3
        ? { ...page, has_more: true, pagination_key: nextKey(page) }
        : { items: [], has_more: true, pagination_key: 'k' },
    );
    expect(ids(await list())).toHaveLength(1_500);
  });

  test('keeps the newest of an agent listed twice', async () => {
    simulator.seed(3);
    simulator.onListing(duplicated());
    const listing = await list();
    expect(listing.agents.map((agent) => agent.user_modified_timestamp)).toEqual(
      simulator.account.inOrder().map((agent) => agent.user_modified_timestamp),
    );
  });

  test('survives changes between its pages', async () => {
    simulator.seed(1_500);
    const [first] = simulator.account.inOrder();
    simulator.onListing(afterPage(1, () => void simulator.account.delete(first?.agent_id ?? '')));
    expect(ids(await list())).toHaveLength(1_500);
  });

  test('does not contain agents that Retell leaves out', async () => {
    simulator.seed(2);
    const [hidden, shown] = simulator.account.inOrder();
    simulator.onListing(hiding(hidden?.agent_id ?? ''));
    expect(ids(await list())).toEqual([shown?.agent_id]);
  });
});

function nextKey(page: { readonly pagination_key?: string }): string {
  return page.pagination_key ?? Buffer.from('{"after":99999}').toString('base64url');
}

describe('an entry', () => {
  const id = 'agent_1';
  const UNUSABLE = expect.stringMatching(/^Retell lists it in an unusable form: an invalid agent_id/);
  const cases: [string, object, object][] = [
    ['a name of emoji and quotes', { agent_name: '🎧 "x" \u202Ey' }, { agents: [{ agent_name: '🎧 "x" \u202Ey' }] }],
    ['spaces around the name', { agent_name: ' Lisa ' }, { agents: [{ agent_name: ' Lisa ' }] }],
    ['a NUL in the name', { agent_name: 'Li\0sa' }, { agents: [{ agent_name: 'Lisa' }] }],
    ['half a character in the name', { agent_name: 'Lisa \uD83D' }, { agents: [{ agent_name: 'Lisa \uFFFD' }] }],
    ['a blank name', { agent_name: '  ' }, { agents: [{ agent_name: null }] }],
    ['no name', { agent_name: undefined }, { agents: [{ agent_name: null }] }],
    ['a null name', { agent_name: null }, { agents: [{ agent_name: null }] }],
    ['slashes in the id', { agent_id: 'a/b?c#d%' }, { agents: [{ agent_id: 'a/b?c#d%' }] }],
    ['[R21] unknown fields', { voice_id: 'x' }, { agents: [{ agent_id: id }] }],
    ['a number as name', { agent_name: 7 }, { problems: [{ agent_id: id, name: null }] }],
    ['[R21] an unknown channel', { channel: 'sms' }, { agents: [{ agent_id: id, channel: 'sms' }], problems: [] }],
    ['no channel', { channel: undefined }, { problems: [{ agent_id: id, name: 'Lisa' }] }],
    ['seconds as timestamp', { user_modified_timestamp: 1_700_000_000 }, { problems: [{ agent_id: id }] }],
    ['text as timestamp', { user_modified_timestamp: '2026' }, { problems: [{ agent_id: id }] }],
    ['a timestamp out of range', { user_modified_timestamp: 9e15 }, { problems: [{ agent_id: id }] }],
    ['a number as id', { agent_id: 7 }, { unidentified: [UNUSABLE] }],
    ['an empty id', { agent_id: '' }, { unidentified: [UNUSABLE] }],
    ['a control character in the id', { agent_id: 'a\nb' }, { problems: [{ agent_id: 'a b (unusable id)' }] }],
    [
      'an endless id',
      { agent_id: 'a'.repeat(256) },
      { problems: [{ agent_id: expect.stringMatching(/^a{199,}… \(unusable id\)$/) }] },
    ],
    ['dots as id', { agent_id: '..' }, { problems: [{ agent_id: '..' }] }],
  ];
  test.each(cases)('with %s', async (_, fields, expected) => {
    simulator.account.addAgent({ agent_id: id, agent_name: 'Lisa' });
    simulator.onListing(spoilFirst(fields));
    const listing = await list();
    expect(listing).toMatchObject(expected);
    expect(listing.agents.length + listing.problems.length + listing.unidentified.length).toBe(1);
  });

  test('that is unusable once and usable once is usable', async () => {
    simulator.account.addAgent({ agent_id: id, agent_name: 'Lisa' });
    simulator.onListing((page) => ({ ...page, items: [{ agent_id: id }, ...page.items] }));
    await expect(list()).resolves.toMatchObject({ agents: [{ agent_id: id }], problems: [] });
  });

  test('with an unknown channel is usable, even if every agent has one', async () => {
    simulator.seed(20);
    simulator.onListing((page) => ({ ...page, items: page.items.map((item) => ({ ...item, channel: 'video' })) }));
    const listing = await list();
    expect(listing.problems).toEqual([]);
    expect(listing.agents.map(({ channel }) => channel)).toEqual(Array.from({ length: 20 }, () => 'video'));
  });

  test('that is unusable is tolerated up to a twentieth of the listing', async () => {
    simulator.seed(200);
    const spoil =
      (count: number): ListingHook =>
      (page) => ({ ...page, items: page.items.map((item, index) => (index < count ? { ...item, channel: 1 } : item)) });
    const stop = simulator.onListing(spoil(10));
    expect((await list()).problems).toHaveLength(10);
    stop();
    simulator.onListing(spoil(11));
    await expect(list()).rejects.toMatchObject({ code: 'retell_listing_malformed' });
  });
});

describe('a listing is refused as a whole', () => {
  const bodies: [string, unknown][] = [
    ['null', null],
    ['an array, as in v1', [{ agent_id: 'a' }]],
    ['an error with status 200', { error_message: 'no' }],
    ['no has_more', { items: [] }],
    ['items that are not an array', { items: {}, has_more: false }],
    ['a number as key', { items: [{}], has_more: true, pagination_key: 3 }],
    ['half a character as key', { items: [{ agent_id: 'a' }], has_more: true, pagination_key: '\ud800' }],
    ['[R4] an empty first page that promises more', { items: [], has_more: true, pagination_key: 'k' }],
  ];
  test.each(bodies)('when a page is %s', async (_, body) => {
    simulator.onListing(() => body);
    await expect(list()).rejects.toMatchObject({ status: 502, code: 'retell_listing_malformed' });
  });

  test('when its second page promises more without a cursor', async () => {
    simulator.seed(1_001);
    simulator.onListing((page, moment) => (moment.page === 2 ? withoutKey()(page, moment) : page));
    await expect(list()).rejects.toMatchObject({ code: 'retell_listing_malformed' });
  });

  const path = '/v2/list-agents';
  test.each<[string, Parameters<Simulator['fault']>[0]['respond'], string]>([
    ['HTML', reply(200, '<html>'), 'retell_listing_malformed'],
    ['broken JSON', reply(200, '{"items":[', { 'content-type': 'application/json' }), 'retell_listing_malformed'],
    ['204', reply(204), 'retell_listing_malformed'],
    ['truncated for good', { kind: 'truncate' }, 'retell_unavailable'],
    ['[R11] stalled for good', { kind: 'hang_in_body' }, 'retell_unavailable'],
    ['no response', { kind: 'hang' }, 'retell_unavailable'],
    ['reset for good', { kind: 'destroy' }, 'retell_unavailable'],
    ['500 for good', reply(500, {}), 'retell_unavailable'],
    ['429 for good', reply(429, {}), 'retell_unavailable'],
    ['400', reply(400, {}), 'retell_refused'],
    ['[R24] a redirect', reply(302, undefined, { location: 'http://127.0.0.1:1/' }), 'retell_refused'],
    ['402', reply(402, {}), 'retell_payment_required'],
    ['403', reply(403, {}), 'retell_unauthorized'],
  ])('when its second page is %s', async (_, respond, code) => {
    simulator.seed(1_001);
    simulator.onListing(afterPage(1, () => void simulator.fault({ match: { path }, respond })));
    const retell = testRetell(simulator, { callTimeoutMs: 60, retries: 2 });
    await expect(retell.session({}).listAgents()).rejects.toMatchObject({ status: 502, code });
  });

  test('but not when its second page fails once', async () => {
    simulator.seed(1_001);
    simulator.onListing(
      afterPage(1, () => void simulator.fault({ match: { path }, times: 1, respond: { kind: 'truncate' } })),
    );
    const session = testRetell(simulator).session({});
    expect(ids(await list(session))).toHaveLength(1_001);
    expect(session.calls()).toBe(3);
  });
});
