/** The statements of the platform and of the earlier system, on a table before and after its adoption. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { migrate } from '../../shared/db/migrate.ts';
import { interviewAgents, PLATFORM_COLUMNS, PLATFORM_VALUES } from '../support/agents.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { startSystem, type TestSystem } from '../support/system.ts';

const SYNC = 'POST /api/sync-retell-agents';

/** FoloUp's table with the columns that the old system added. */
const OLD_TABLE = `create table interviewer (
  id serial primary key, created_at timestamptz default now(), agent_id text, name text not null,
  description text not null, image text not null, audio text, empathy integer not null,
  exploration integer not null, rapport integer not null, speed integer not null,
  last_synced_at timestamp, sync_status varchar(20) default 'synced')`;

const OLD = {
  insert: (agent_id: string, status: string | null) =>
    `insert into interviewer (agent_id, name, sync_status, last_synced_at, ${PLATFORM_COLUMNS})
     values ('${agent_id}', 'Interview ${agent_id}', ${status === null ? 'null' : `'${status}'`}, now(), ${PLATFORM_VALUES})`,
  orphan: (agent_id: string) =>
    `update interviewer set sync_status = 'orphaned', last_synced_at = now() where agent_id = '${agent_id}'`,
  restore: (agent_id: string, status = 'active') =>
    `update interviewer set sync_status = '${status}', last_synced_at = now() where agent_id = '${agent_id}'`,
};

let database: TestDatabase;

async function createOldTable(): Promise<void> {
  database = await createTestDatabase({ migrated: false });
  await database.query(OLD_TABLE);
}

async function rowOf(agent_id: string) {
  const [row] = await database.query('select * from interviewer where agent_id = $1', [agent_id]);
  return row;
}

describe('on an adopted table', () => {
  beforeAll(async () => {
    await createOldTable();
    await migrate(database.url);
  });
  beforeEach(() => database.query('truncate interviewer'));
  afterAll(() => database.drop());

  describe('an insert', () => {
    test.each(['synced', 'pending', 'stale', 'error', 'failed', 'new', '', null, 'active'])(
      '[D22] with the status %j of the old system makes an active row',
      async (status) => {
        await database.query(OLD.insert('a', status));
        expect(await rowOf('a')).toMatchObject({ sync_status: 'active', orphaned_at: null, orphan_reason: null });
      },
    );

    test('[D22] of an orphan gets a date and a reason', async () => {
      await database.query(OLD.insert('a', 'orphaned'));
      expect(await rowOf('a')).toMatchObject({
        sync_status: 'orphaned',
        orphaned_at: expect.any(Date),
        orphan_reason: 'Orphaned by a statement from outside this system',
      });
    });

    test('[D22] with an unknown status is refused, and the hint lists the known ones', async () => {
      await expect(database.query(OLD.insert('a', 'archived'))).rejects.toMatchObject({
        code: '23514',
        message: 'interviewer.sync_status cannot be "archived"',
        hint: expect.stringContaining('active, orphaned or deleted'),
      });
    });
  });

  describe('an update', () => {
    beforeEach(() => database.query(OLD.insert('a', 'active')));

    test('[D22] of the status alone sets and clears the orphan columns', async () => {
      await database.query(OLD.orphan('a'));
      const orphan = await rowOf('a');
      expect(orphan).toMatchObject({ orphaned_at: expect.any(Date), orphan_reason: expect.any(String) });
      await database.query(OLD.orphan('a'));
      expect(await rowOf('a')).toMatchObject({ orphaned_at: orphan?.['orphaned_at'] });
      await database.query(OLD.restore('a', 'synced'));
      expect(await rowOf('a')).toMatchObject({ sync_status: 'active', orphaned_at: null, orphan_reason: null });
    });

    test('[D22] that sets the date as well keeps that date', async () => {
      await database.query(`update interviewer set sync_status = 'orphaned', orphaned_at = '2026-01-02T03:04:05Z'`);
      expect(await rowOf('a')).toMatchObject({ orphaned_at: new Date('2026-01-02T03:04:05Z') });
      await database.query(`update interviewer set sync_status = 'active', orphaned_at = null`);
      expect(await rowOf('a')).toMatchObject({ sync_status: 'active', orphan_reason: null });
    });

    test('[D22] from deleted to orphaned starts the age of the orphan again', async () => {
      await database.query(`update interviewer set sync_status = 'orphaned', orphaned_at = '2020-01-01'`);
      await database.query(`update interviewer set sync_status = 'deleted'`);
      await database.query(OLD.orphan('a'));
      expect((await rowOf('a'))?.['orphaned_at'].getFullYear()).toBeGreaterThan(2020);
    });

    test('by a role that may use nothing of this system succeeds', async () => {
      await database.query(`create role ${role()} ; grant select, update on interviewer to ${role()}`);
      try {
        await database.query(`set role ${role()}; ${OLD.orphan('a')}; reset role`);
        expect(await rowOf('a')).toMatchObject({ sync_status: 'orphaned', orphaned_at: expect.any(Date) });
      } finally {
        await database.query(`reset role; drop owned by ${role()}; drop role ${role()}`);
      }
    });

    const role = () => `platform_${new URL(database.url).pathname.slice(1)}`;
  });
});

test('[D22] the statements of both systems work before adoption, between syncs and after a rollback', async () => {
  await createOldTable();
  for (const id of ['agent_1', 'agent_2', 'agent_3']) await database.query(OLD.insert(id, 'synced'));
  await database.query(OLD.orphan('agent_1'));
  await database.query('create schema before_sync; create table before_sync.interviewer as table interviewer');
  await migrate(database.url);
  const system = await startSystem({ database, agents: interviewAgents(4) });
  try {
    const first = await syncResult(system);
    expect(first).toEqual({ restored: ['agent_1'], created: ['agent_4'], orphaned: [], errors: [], health_score: 100 });

    await database.query(OLD.orphan('agent_2'));
    system.simulator.account.delete('agent_3');
    expect(await syncResult(system)).toMatchObject({ restored: ['agent_2'], orphaned: ['agent_3'], errors: [] });

    // The old system takes over again, and puts the names back as docs/migrating.md says.
    await database.query(OLD.restore('agent_3'));
    await database.query(OLD.orphan('agent_1'));
    await database.query(OLD.insert('agent_5', 'pending'));
    await database.query(
      'update interviewer a set name = b.name from before_sync.interviewer b where a.id = b.id and a.name <> b.name',
    );
    const statuses = await database.query('select agent_id, sync_status from interviewer order by id');
    expect(statuses.map((row) => row['sync_status'])).toEqual(['orphaned', 'active', 'active', 'active', 'active']);

    expect(await syncResult(system)).toMatchObject({
      restored: ['agent_1'],
      orphaned: ['agent_3', 'agent_5'],
      errors: [],
      health_score: 100,
    });
  } finally {
    await system.close();
  }
});

async function syncResult(system: TestSystem) {
  const { status, body } = await system.call(SYNC);
  expect(status).toBe(200);
  const ids = (list: { agent_id: string }[]) => list.map(({ agent_id }) => agent_id).sort();
  return {
    restored: ids(body.restored),
    created: ids(body.created),
    orphaned: ids(body.orphaned),
    errors: body.errors,
    health_score: body.health_score,
  };
}
