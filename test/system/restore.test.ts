import { beforeEach, describe, expect, test } from '@jest/globals';
import { useSystem } from '../support/system.ts';

const AUDIT = 'POST /api/audit-agents';
const SYNC = 'POST /api/sync-retell-agents';

const system = useSystem({ agents: [agent('agent_1'), agent('agent_2')] });

function agent(agent_id: string) {
  return { agent_id, agent_name: `Interview ${agent_id}`, published: true };
}
const sql = (text: string, values: unknown[] = []) => system.database.query(text, values);
const restore = async (...agent_ids: string[]) =>
  (await system.call(AUDIT, { action: 'restore', agent_ids })).body.restored_agents;

/** Turns these rows into old orphans, and cleans them up. */
async function archive(...agent_ids: string[]): Promise<void> {
  for (const agent_id of agent_ids) system.simulator.account.delete(agent_id);
  await system.call(SYNC, { confirm_orphans: true });
  await sql(`update interviewer set orphaned_at = orphaned_at - interval '8 days' where sync_status = 'orphaned'`);
  const { body } = await system.call(AUDIT, { action: 'cleanup_orphaned' });
  expect(body.cleaned_count).toBe(agent_ids.length);
}

/** A row as Postgres writes it, without the columns that a restore changes. */
async function rowAsText(agent_id = 'agent_1'): Promise<unknown> {
  const columns = await sql(`select quote_ident(attname) as name from pg_attribute
    where attrelid = 'interviewer'::regclass and attnum > 0 and not attisdropped
      and attname not in ('sync_status', 'orphaned_at')`);
  const list = columns.map(({ name }) => `${name}::text`).join(', ');
  return sql(`select ${list} from interviewer where agent_id = $1`, [agent_id]);
}

test('[S13] a restored row has the same values in every column, and is an orphan since now', async () => {
  await system.call(SYNC);
  await sql(`create type mood as enum ('kind', 'strict'); create type pair as (a integer, b text);
    alter table interviewer add "Odd ""name" text default 'x', add settings jsonb, add raw json, add tags text[],
      add grid integer[][], add price numeric, add exact numeric(30, 10), add ratio float8, add blob bytea, add born date,
      add seen timestamptz, add spans tstzrange, add mood mood, add pair pair, add long bigint, add bits bit(3),
      add span interval, add key uuid, add doubled integer generated always as (speed * 2) stored;
    update interviewer set settings = '{"a": [1, null, {"b": "ü🎧"}], "n": 1.10}', raw = '{"a": 2, "z": 1}',
      tags = array['a,b', '"q"', null, ''], grid = '{{1,2},{3,4}}', price = 'NaN',
      exact = 12345678901234567890.0123456789, ratio = 0.1 + 0.2, blob = '\\x00ff7f', born = '0044-03-15 BC',
      seen = '2026-01-02 03:04:05.678901+00', spans = '[2026-01-01, infinity)', mood = 'strict', pair = '(1,"x, y")',
      long = 9223372036854775807, bits = '101', span = '1 mon 2 days 03:04:05.6', key = gen_random_uuid(),
      description = E'two\\nlines \\\\ and a \\ttab' where agent_id = 'agent_1'`);
  const before = await rowAsText();
  await archive('agent_1');
  expect(await rowAsText()).toEqual([]);
  // The row became an orphan before it was archived.
  const orphaned = { orphan_reason: 'Agent no longer exists in Retell' };
  expect(await restore('agent_1')).toMatchObject([{ agent_id: 'agent_1', outcome: 'restored' }]);
  const [after] = await rowAsText().then((rows) => (Array.isArray(rows) ? rows : []));
  const [was] = Array.isArray(before) ? before : [];
  expect(after).toEqual({ ...was, ...orphaned, last_synced_at: after.last_synced_at });
  const row = (await system.rows()).find((found) => found['agent_id'] === 'agent_1');
  expect(row).toMatchObject({ sync_status: 'orphaned' });
  expect(Date.now() - row?.['orphaned_at'].getTime()).toBeLessThan(60_000);
});

test('a restored row is not a candidate for a cleanup, and a sync makes it active when its agent is back', async () => {
  await system.call(SYNC);
  await archive('agent_1');
  await restore('agent_1');
  expect((await system.call(AUDIT, { action: 'cleanup_orphaned' })).body).toMatchObject({ candidates: 0 });
  system.simulator.account.addAgent(agent('agent_1'));
  expect((await system.call(SYNC)).body).toMatchObject({ restored: [{ agent_id: 'agent_1' }], created: [] });
});

test.each([
  [
    'a uuid',
    `alter table interviewer alter id drop default;
    alter table interviewer alter id type uuid using gen_random_uuid();
    alter table interviewer alter id set default gen_random_uuid()`,
  ],
  [
    'an identity that is always generated',
    `alter table interviewer alter id drop default;
    alter table interviewer alter id add generated always as identity`,
  ],
  ['a bigint', 'alter table interviewer alter id type bigint'],
])('a restored row has its old id when the id is %s', async (_, change) => {
  await sql(change);
  await system.call(SYNC);
  const before = await rowAsText();
  await archive('agent_1');
  expect(await restore('agent_1')).toMatchObject([{ outcome: 'restored' }]);
  expect(await rowAsText()).toMatchObject([{ id: Array.isArray(before) ? before[0].id : null }]);
});

describe('a restore after a change of the table', () => {
  beforeEach(async () => {
    await system.call(SYNC);
    await archive('agent_1');
  });

  test('fills a new column with its default', async () => {
    await sql(
      `alter table interviewer add tier text not null default 'basic', add at timestamptz not null default now()`,
    );
    expect(await restore('agent_1')).toMatchObject([{ outcome: 'restored' }]);
    expect(await sql(`select tier from interviewer where agent_id = 'agent_1'`)).toEqual([{ tier: 'basic' }]);
  });

  test('leaves out a dropped column', async () => {
    await sql('alter table interviewer drop column audio');
    expect(await restore('agent_1')).toMatchObject([{ outcome: 'restored' }]);
  });

  test('keeps the row archived, and says why, when a new column needs a value', async () => {
    await sql('alter table interviewer add owner_id integer');
    await sql('update interviewer set owner_id = 1');
    await sql('alter table interviewer alter owner_id set not null');
    expect(await restore('agent_1', 'agent_2')).toMatchObject([
      { agent_id: 'agent_1', outcome: 'kept', reason: expect.stringContaining('owner_id') },
      { agent_id: 'agent_2', outcome: 'not_found' },
    ]);
    await sql('alter table interviewer alter owner_id set default 7');
    expect(await restore('agent_1')).toMatchObject([{ outcome: 'restored' }]);
  });

  test('keeps the row archived when its agent has another row', async () => {
    system.simulator.account.addAgent(agent('agent_1'));
    await system.call(SYNC);
    expect(await restore('agent_1')).toMatchObject([{ outcome: 'kept', reason: expect.stringContaining('by now') }]);
    expect(await system.rows()).toHaveLength(2);
  });

  test('keeps the row archived when another row has its id', async () => {
    const [{ interviewer_id } = {}] = await sql('select interviewer_id from voice_agent_sync.archived_interviewer');
    await sql(`update interviewer set id = $1 where agent_id = 'agent_2'`, [interviewer_id]);
    expect(await restore('agent_1')).toMatchObject([{ outcome: 'kept' }]);
  });
});

test('a restore brings back the latest of two archived rows, and reports an agent without one as not found', async () => {
  await system.call(SYNC);
  await archive('agent_1');
  await restore('agent_1');
  await sql(`update interviewer set description = 'second life' where agent_id = 'agent_1'`);
  await sql(`update interviewer set orphaned_at = orphaned_at - interval '8 days' where sync_status = 'orphaned'`);
  await system.call(AUDIT, { action: 'cleanup_orphaned' });
  expect(await restore('agent_1', 'agent_9', 'agent_1')).toMatchObject([
    { agent_id: 'agent_1', outcome: 'restored' },
    { agent_id: 'agent_9', outcome: 'not_found' },
  ]);
  expect(await sql(`select description from interviewer where agent_id = 'agent_1'`)).toEqual([
    { description: 'second life' },
  ]);
  expect(await restore('agent_1')).toMatchObject([{ outcome: 'not_found' }]);
});

test('a row that was restored by hand can be archived again', async () => {
  await system.call(SYNC);
  await archive('agent_1');
  await sql(`insert into interviewer select (jsonb_populate_record(null::interviewer, interviewer)).*
    from voice_agent_sync.archived_interviewer`);
  expect((await system.call(AUDIT, { action: 'cleanup_orphaned' })).body).toMatchObject({ cleaned_count: 1 });
  expect(await restore('agent_1')).toMatchObject([{ outcome: 'restored' }]);
});

test('a restore prefers a soft-deleted row to an older archived one', async () => {
  await system.call(SYNC);
  await archive('agent_1');
  system.simulator.account.addAgent(agent('agent_1'));
  await system.call(SYNC);
  await sql(`create table interview (who integer references interviewer (id));
    insert into interview select id from interviewer where agent_id = 'agent_1'`);
  await archive('agent_1');
  expect(await sql(`select sync_status from interviewer where agent_id = 'agent_1'`)).toEqual([
    { sync_status: 'deleted' },
  ]);
  expect(await restore('agent_1')).toMatchObject([{ outcome: 'restored' }]);
  expect(await sql(`select sync_status from interviewer where agent_id = 'agent_1'`)).toEqual([
    { sync_status: 'orphaned' },
  ]);
});

describe('a restore does not find', () => {
  test.each([
    ['a row that the platform deleted', `update interviewer set sync_status = 'deleted' where agent_id = 'agent_1'`],
    [
      'a row that a migration deleted in favor of another row of its agent',
      `update interviewer set sync_status = 'deleted' where agent_id = 'agent_1';
       insert into interviewer (agent_id, name, description, image, empathy, exploration, rapport, speed)
       select agent_id, name, description, image, 1, 2, 3, 4 from interviewer where agent_id = 'agent_1'`,
    ],
  ])('%s', async (_, statement) => {
    await system.call(SYNC);
    await sql(`update interviewer set sync_status = 'orphaned', orphaned_at = now() where agent_id = 'agent_1'`);
    await sql(statement);
    const before = await system.rows();
    expect(await restore('agent_1')).toMatchObject([{ outcome: 'not_found' }]);
    expect(await system.rows()).toEqual(before);
    const { body } = await system.call('GET /api/agents');
    expect(body.agents[0]).toMatchObject({ agent_id: 'agent_1', restorable: false });
  });

  test('a row that a cleanup soft-deleted and the platform then removed', async () => {
    await system.call(SYNC);
    await sql(`create table interview (who integer references interviewer (id));
      insert into interview select id from interviewer where agent_id = 'agent_1'`);
    await archive('agent_1');
    const overview = async () => (await system.call('GET /api/agents')).body.agents[0];
    expect(await overview()).toMatchObject({ agent_id: 'agent_1', state: 'deleted', restorable: true });
    await sql(`drop table interview; delete from interviewer where agent_id = 'agent_1'`);
    expect(await restore('agent_1')).toMatchObject([{ outcome: 'not_found' }]);
    expect(await overview()).toMatchObject({ agent_id: 'agent_2' });
  });
});

test('two concurrent restores restore a row once', async () => {
  await system.call(SYNC);
  await archive('agent_1');
  const answers = await Promise.all([restore('agent_1'), restore('agent_1')]);
  expect(answers.flat().filter(({ outcome }: { outcome: string }) => outcome === 'restored')).toHaveLength(1);
  expect(await system.rows()).toHaveLength(2);
});

test('a restore is recorded in the history and publishes no event', async () => {
  await system.call(SYNC);
  await archive('agent_1');
  system.events.length = 0;
  await restore('agent_1');
  expect(system.events).toEqual([]);
  const { body } = await system.call('GET /api/sync-runs');
  expect(body.runs[0]).toMatchObject({ kind: 'restore', status: 'succeeded', counts: { restored: 1 } });
});

test.each([
  [{}],
  [{ agent_ids: [] }],
  [{ agent_ids: 'agent_1' }],
  [{ agent_ids: [7] }],
  [{ agent_ids: [''] }],
  [{ agent_ids: ['a\0b'] }],
  [{ agent_ids: Array(1_001).fill('agent_1') }],
])('a restore with %j is 400', async (request) => {
  const { status, body } = await system.call(AUDIT, { action: 'restore', ...request });
  expect({ status, code: body.code }).toEqual({ status: 400, code: 'invalid_request' });
});
