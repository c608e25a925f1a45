import { beforeEach, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { waitForBlockedStatement } from '../support/locks.ts';
import { adminQuery, databaseUrl } from '../support/postgres.ts';
import { useSystem } from '../support/system.ts';

const AUDIT = 'POST /api/audit-agents';
const SYNC = 'POST /api/sync-retell-agents';

const system = useSystem({
  agents: ['agent_1', 'agent_2'].map((agent_id) => ({ agent_id, agent_name: `Interview ${agent_id}` })),
});
beforeEach(() => system.call(SYNC));

const sql = (text: string) => system.database.query(text);
const cleanup = () => system.call(AUDIT, { action: 'cleanup_orphaned' });

/** Makes both rows orphans since eight days ago. */
async function orphanBoth(): Promise<void> {
  for (const agent_id of ['agent_1', 'agent_2']) system.simulator.account.delete(agent_id);
  await system.call(SYNC, { confirm_orphans: true });
  await sql(`update interviewer set orphaned_at = orphaned_at - interval '8 days'`);
}

const FIRST = `(select id from interviewer where agent_id = 'agent_1')`;

describe('[D11] a cleanup soft-deletes an orphan that a foreign key refers to', () => {
  test.each<[string, string, string]>([
    [
      'from an interview table like FoloUp’s',
      `create table interview (id serial primary key, interviewer_id integer references interviewer (id));
       insert into interview (interviewer_id) values (${FIRST})`,
      'public.interview',
    ],
    [
      'that cascades on delete',
      `create table feedback (interviewer_id integer references interviewer (id) on delete cascade);
       insert into feedback values (${FIRST})`,
      'public.feedback',
    ],
    [
      'that sets null on delete',
      `create table note (interviewer_id integer references interviewer (id) on delete set null);
       insert into note values (${FIRST})`,
      'public.note',
    ],
    [
      'from a table of another schema whose name needs quotes',
      `create schema "Other Schema"; create table "Other Schema"."Interview ""x""" (
         "Who" integer references interviewer (id));
       insert into "Other Schema"."Interview ""x""" values (${FIRST})`,
      '"Other Schema"."Interview ""x"""',
    ],
    [
      'of two columns',
      `alter table interviewer add constraint both_ids unique (id, agent_id);
       create table pair (id integer, agent text, foreign key (id, agent) references interviewer (id, agent_id));
       insert into pair values (${FIRST}, 'agent_1'), ((select id from interviewer where agent_id = 'agent_2'), null)`,
      'public.pair',
    ],
    [
      'from a partitioned table',
      `create table log (at date not null, interviewer_id integer references interviewer (id)) partition by range (at);
       create table log_2026 partition of log for values from ('2026-01-01') to ('2027-01-01');
       insert into log values ('2026-06-01', ${FIRST})`,
      'public.log',
    ],
    [
      'deferred',
      `create table later (who integer references interviewer (id) deferrable initially deferred);
       insert into later values (${FIRST})`,
      'public.later',
    ],
    [
      'by a key with an operator of its own, as citext has',
      `create extension if not exists citext schema public;
       alter table interviewer add column slug citext unique;
       update interviewer set slug = 'Slug of ' || agent_id;
       create table page (slug citext references interviewer (slug)); insert into page values ('SLUG OF AGENT_1')`,
      'public.page',
    ],
    [
      'from two tables',
      `create table a (who integer references interviewer (id)); create table b (who integer references interviewer (id));
       insert into a values (${FIRST}); insert into b values (${FIRST})`,
      'public.a, public.b',
    ],
  ])('%s', async (_, setUp, source) => {
    await orphanBoth();
    await sql(setUp);
    const { body } = await cleanup();
    expect(body).toMatchObject({ cleaned_count: 2 });
    expect(byAgent(body.cleaned_agents)).toMatchObject({
      agent_1: {
        outcome: 'marked_deleted',
        reason: `Agent no longer exists in Retell; kept because ${source} refers to it`,
      },
      agent_2: { outcome: 'archived' },
    });
    expect(await system.rows()).toMatchObject([{ agent_id: 'agent_1', sync_status: 'deleted' }]);
  });

  test('and syncs leave it deleted when its agent comes back, until a restore', async () => {
    await orphanBoth();
    await sql(
      `create table interview (who integer references interviewer (id)); insert into interview values (${FIRST})`,
    );
    await cleanup();
    system.simulator.account.addAgent({ agent_id: 'agent_1', agent_name: 'Interview agent_1' });
    expect((await system.call(SYNC)).body).toMatchObject({ created: [], restored: [] });
    expect((await system.call(AUDIT, { action: 'restore', agent_ids: ['agent_1'] })).body.restored_count).toBe(1);
    expect((await system.call(SYNC)).body.restored).toHaveLength(1);
  });
});

test('[D17] a cleanup keeps every orphan when its role cannot see all rows that may refer to one', async () => {
  await orphanBoth();
  const role = `limited_${crypto.randomUUID().replaceAll('-', '')}`;
  const name = new URL(system.database.url).pathname.slice(1);
  await adminQuery(`create role ${role} login password 'x'`);
  try {
    await sql(`alter table interviewer owner to ${role}; grant usage, create on schema public to ${role};
      grant usage on schema voice_agent_sync to ${role};
      grant all on all tables in schema voice_agent_sync to ${role};
      grant execute on all functions in schema voice_agent_sync to ${role};
      create schema hidden; create table hidden.review (who integer references interviewer (id) on delete cascade);
      create table own_rows (who integer references interviewer (id) on delete cascade);
      grant select on own_rows to ${role}; alter table own_rows enable row level security;
      insert into own_rows values (${FIRST})`);
    await system.configure({ DATABASE_URL: databaseUrl(name, { name: role, password: 'x' }) });
    const { body } = await cleanup();
    expect(body.cleaned_agents).toMatchObject([{ outcome: 'marked_deleted' }, { outcome: 'marked_deleted' }]);
    expect(body.cleaned_agents[0].reason).toContain('perhaps hidden.review (its rows are hidden from this role)');
    expect(await sql('select * from own_rows')).toHaveLength(1);
  } finally {
    await system.configure({});
    await sql(`reassign owned by ${role} to current_user; drop owned by ${role}`);
    await adminQuery(`drop role ${role}`);
  }
});

test('[D11] a cleanup waits for a concurrent transaction and sees the reference that it adds', async () => {
  await orphanBoth();
  await sql('create table interview (who integer references interviewer (id))');
  const platform = new Client(system.database.url);
  await platform.connect();
  try {
    await platform.query(`begin; insert into interview values (${FIRST})`);
    const running = cleanup();
    await waitForBlockedStatement(system.database.query);
    await platform.query('commit');
    expect(byAgent((await running).body.cleaned_agents)).toMatchObject({
      agent_1: { outcome: 'marked_deleted' },
      agent_2: { outcome: 'archived' },
    });
  } finally {
    await platform.end();
  }
});

test.each([
  ['raises an error', `raise exception 'interviewers cannot be deleted'`],
  ['cancels the delete', 'return null'],
])('a cleanup keeps a row whose delete trigger %s, and archives the other', async (_, action) => {
  await orphanBoth();
  await sql(`create function keep() returns trigger language plpgsql as $$ begin ${action}; end $$;
    create trigger keep before delete on interviewer for each row when (old.agent_id = 'agent_1') execute function keep()`);
  for (const cleaned_count of [1, 0]) {
    const { body } = await cleanup();
    expect(byAgent(body.cleaned_agents)['agent_1']).toMatchObject({ outcome: 'kept' });
    expect(body).toMatchObject({ cleaned_count });
  }
  expect(await system.rows()).toMatchObject([{ agent_id: 'agent_1', sync_status: 'orphaned' }]);
  expect(await sql(`select from voice_agent_sync.archived_interviewer where agent_id = 'agent_1'`)).toEqual([]);
});

function byAgent(entries: readonly { agent_id: string }[]): Record<string, unknown> {
  return Object.fromEntries(entries.map((entry) => [entry.agent_id, entry]));
}
