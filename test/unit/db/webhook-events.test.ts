import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  isNewsOrCount,
  listNotableEvents,
  listWebhookCounts,
  saveWebhookEvents,
} from '../../../shared/db/webhook-events.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';

const NOTHING = { counts: [], notable: [] };
const NOW = new Date();

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(() => database.query('truncate voice_agent_sync.webhook_count, voice_agent_sync.webhook_event'));
afterAll(() => database.drop());

async function store(version: number | null, seen_version: number | null): Promise<void> {
  await database.query(
    `insert into voice_agent_sync.retell_agent
       (agent_id, read_at, gone, version, is_published, last_modification_timestamp, seen_version)
     values ('agent_1', now(), $1::integer is null, $1, true, 1, $2)
     on conflict (agent_id) do update
     set version = excluded.version, gone = excluded.gone, seen_version = excluded.seen_version`,
    [version, seen_version],
  );
}

describe('the event of a conversation', () => {
  test('of an unknown agent is news', async () => {
    const event = { agent_id: 'agent_unknown', event: 'call_ended', version: null };
    expect(await isNewsOrCount(database.query, event, NOTHING)).toBe(true);
    expect(await listWebhookCounts(database.query, 1)).toEqual([]);
  });

  test.each([
    ['a newer version', 4, 3, null, true],
    ['the same version', 3, 3, null, false],
    ['a version that an event named before', 4, 3, 4, false],
    ['a version newer than that', 5, 3, 4, true],
    ['the first version, which is stored', 0, 0, null, false],
    ['the second version if only the first is stored', 1, 0, null, true],
    ['no version', null, 3, null, false],
    ['a version of an agent that is gone', 9, null, null, false],
    ['a version of an agent that is gone, seen before', 9, null, 3, false],
  ])('naming %s (%p; stored %p, seen %p) is news: %p', async (_, version, stored, seen, news) => {
    await store(stored, seen);
    const event = { agent_id: 'agent_1', event: 'call_ended', version };
    expect(await isNewsOrCount(database.query, event, NOTHING)).toBe(news);
    const counts = await listWebhookCounts(database.query, 1);
    expect(counts.map(({ event: name, outcome, count }) => [name, outcome, count])).toEqual(
      news ? [] : [['call_ended', 'ignored', 1]],
    );
  });

  test('is counted in one statement with what is pending, even under the same name', async () => {
    await store(3, null);
    const counts = [{ event: 'call_ended', outcome: 'ignored', count: 4, last_at: NOW }] as const;
    const event = { agent_id: 'agent_1', event: 'call_ended', version: 3 };
    await isNewsOrCount(database.query, event, { counts, notable: [] });
    const [one] = await listWebhookCounts(database.query, 1);
    expect(one).toMatchObject({ count: 5 });
  });
});

test('only the last 200 notable events are kept, newest first', async () => {
  const batch = (since: number) =>
    Array.from({ length: 150 }, (_, index) => ({
      received_at: new Date(since + index),
      event: 'agent.updated',
      outcome: 'updated' as const,
      agent_id: 'agent_1',
      detail: String(index),
    }));
  for (const ago of [2_000, 1_000, 0])
    await saveWebhookEvents(database.query, { counts: [], notable: batch(NOW.getTime() - ago) });
  const events = await listNotableEvents(database.query);
  expect(events).toHaveLength(200);
  expect(events[0]).toMatchObject({ detail: '149', received_at: new Date(NOW.getTime() + 149).toISOString() });
  expect(events[199]).toMatchObject({ detail: '100' });
});

test('[S132] each ring keeps its own newest, in statements at the same moment too', async () => {
  const notable = (['updated', 'refused', 'invalid'] as const).flatMap((outcome) =>
    Array.from({ length: 50 }, (_, index) => ({
      received_at: new Date(NOW.getTime() + index),
      event: 'other',
      outcome,
      agent_id: null,
      detail: String(index),
    })),
  );
  const writes = Array.from({ length: 12 }, () => saveWebhookEvents(database.query, { counts: [], notable }));
  await Promise.all(writes);
  const events = await listNotableEvents(database.query);
  const counts = Map.groupBy(events, ({ outcome }) => outcome);
  expect(Object.fromEntries([...counts].map(([outcome, list]) => [outcome, list.length]))).toEqual({
    invalid: 20,
    refused: 20,
    updated: 200,
  });
  expect(events[0]).toMatchObject({ detail: '49' });
});
