import { beforeEach, describe, expect, test } from '@jest/globals';
import { Client, type QueryResultRow } from 'pg';
import { latestVersion } from '../../infra/local/retell-simulator/account.ts';
import { agentEvent } from '../../infra/local/retell-simulator/events.ts';
import type { Query } from '../../shared/db/pool.ts';
import { provideServices } from '../../shared/services.ts';
import { eligibleAgent, interviewAgents, PLATFORM_COLUMNS, PLATFORM_VALUES } from '../support/agents.ts';
import { waitForBlockedStatement } from '../support/locks.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { useSystem } from '../support/system.ts';

const SYNC = 'POST /api/sync-retell-agents';

const system = useSystem({ agents: interviewAgents(3) });

/** Executes the statement once between the read and the write of the next run, by a trigger on the observations saved then. */
async function betweenReadAndWrite(query: TestDatabase['query'], statement: string): Promise<void> {
  await query('create sequence interruption');
  await query(
    `create function interrupt() returns trigger language plpgsql as $$ begin
       if nextval('interruption') = 1 then ${statement}; end if;
       return null;
     end $$`,
  );
  await query(
    `create trigger interrupt after insert or update on voice_agent_sync.retell_agent
     for each statement execute function interrupt()`,
  );
}

async function row(agent_id: string) {
  return (await system.rows()).filter((row) => row['agent_id'] === agent_id);
}

describe('a change by the platform between a run’s read and its write', () => {
  beforeEach(() => system.call(SYNC));

  test('that renames a row wins, and the next sync brings both sides in sync', async () => {
    await betweenReadAndWrite(
      system.database.query,
      `update interviewer set name = 'Interview by hand' where agent_id = 'agent_1'`,
    );
    system.simulator.account.edit('agent_1', { voice_id: 'openai-Nova' }, { publish: true });
    const { status, body } = await system.call(SYNC);
    expect(status).toBe(200);
    expect(body).toMatchObject({ updated: [], errors: [] });
    expect(await row('agent_1')).toMatchObject([{ name: 'Interview by hand', voice_id: '11labs-Adrian' }]);

    await system.call(SYNC);
    expect(await row('agent_1')).toMatchObject([{ name: 'Interview by hand', voice_id: 'openai-Nova' }]);
    const { body: quiet } = await system.call(SYNC);
    expect(quiet).toMatchObject({ updated: [], pushed: [], unchanged: 3, health_score: 100 });
  });

  test('that soft-deletes a row wins: it is not restored', async () => {
    await betweenReadAndWrite(
      system.database.query,
      `update interviewer set sync_status = 'deleted' where agent_id = 'agent_1'`,
    );
    system.simulator.account.edit('agent_1', { voice_id: 'openai-Nova' }, { publish: true });
    const { body } = await system.call(SYNC);
    expect(body).toMatchObject({ updated: [], created: [], restored: [] });
    expect(await row('agent_1')).toMatchObject([{ sync_status: 'deleted', voice_id: '11labs-Adrian' }]);
    await system.call(SYNC);
    expect(await row('agent_1')).toMatchObject([{ sync_status: 'deleted' }]);
  });

  test('that removes a row wins: no update is reported, and the next sync creates it', async () => {
    await betweenReadAndWrite(system.database.query, `delete from interviewer where agent_id = 'agent_1'`);
    system.simulator.account.edit('agent_1', { voice_id: 'openai-Nova' }, { publish: true });
    expect((await system.call(SYNC)).body).toMatchObject({ updated: [], created: [] });
    expect((await system.call(SYNC)).body.created).toMatchObject([{ agent_id: 'agent_1' }]);
    expect(await row('agent_1')).toHaveLength(1);
  });

  test('that orphans a row is not reported a second time', async () => {
    await betweenReadAndWrite(
      system.database.query,
      `update interviewer set sync_status = 'orphaned', orphaned_at = '2026-01-01', orphan_reason = 'theirs'
       where agent_id = 'agent_1'`,
    );
    system.simulator.account.delete('agent_1');
    const { body } = await system.call(SYNC);
    expect(body.orphaned).toEqual([]);
    expect(await row('agent_1')).toMatchObject([{ orphan_reason: 'theirs', orphaned_at: new Date('2026-01-01') }]);
    expect(system.events.some(({ name }) => name === 'AgentOrphaned')).toBe(false);
  });

  test('[L7] a run does not write a row when there is a newer observation of its agent', async () => {
    await betweenReadAndWrite(
      system.database.query,
      `update voice_agent_sync.retell_agent set read_at = clock_timestamp() + interval '1 second',
         voice_id = 'openai-Newest' where agent_id = 'agent_1'`,
    );
    system.simulator.account.edit('agent_1', { voice_id: 'openai-Nova' }, { publish: true });
    system.simulator.account.edit('agent_2', { voice_id: 'openai-Nova' }, { publish: true });
    const { body } = await system.call(SYNC);
    expect(body.updated.map((entry: { agent_id: string }) => entry.agent_id)).toEqual(['agent_2']);
    expect(await row('agent_1')).toMatchObject([{ voice_id: '11labs-Adrian' }]);
    // The run that made the observation died: the next sync applies it.
    const { body: next } = await system.call(SYNC);
    expect(next.updated).toMatchObject([{ agent_id: 'agent_1' }]);
    expect(await row('agent_1')).toMatchObject([{ voice_id: 'openai-Newest' }]);
  });
});

test('[D10] a row that the platform inserts for a new agent during a run stays the only one', async () => {
  await betweenReadAndWrite(
    system.database.query,
    `insert into interviewer (agent_id, name, description, image, empathy, exploration, rapport, speed)
     values ('agent_1', 'Theirs', 'theirs', '/theirs.png', 1, 2, 3, 4)`,
  );
  const { body } = await system.call(SYNC);
  expect(body.created.map((entry: { agent_id: string }) => entry.agent_id)).toEqual(['agent_2', 'agent_3']);
  const { body: next } = await system.call(SYNC);
  expect(next.updated).toMatchObject([{ agent_id: 'agent_1', reason: expect.stringContaining('"Theirs" -> ') }]);
  expect(await row('agent_1')).toMatchObject([{ description: 'theirs', name: 'Interview agent 1' }]);
});

test('[D10] a run waits for an uncommitted row of the same agent, which stays the only one', async () => {
  const platform = new Client(system.database.url);
  await platform.connect();
  try {
    await platform.query('begin');
    await platform.query(
      `insert into interviewer (agent_id, name, ${PLATFORM_COLUMNS}) values ('agent_1', 'Theirs', ${PLATFORM_VALUES})`,
    );
    const answer = system.call(SYNC);
    await waitForBlockedStatement(system.database.query);
    await platform.query('commit');
    const { body } = await answer;
    expect(body).toMatchObject({
      success: true,
      errors: [],
      created: [{ agent_id: 'agent_2' }, { agent_id: 'agent_3' }],
    });
  } finally {
    await platform.end();
  }
  expect(await row('agent_1')).toMatchObject([{ name: 'Theirs' }]);
});

test('a row without an agent that is renamed during a run is not linked', async () => {
  await system.database.query(
    `insert into interviewer (name, description, image, empathy, exploration, rapport, speed)
     values ('Interview agent 1', 'theirs', '/theirs.png', 1, 2, 3, 4)`,
  );
  await betweenReadAndWrite(system.database.query, `update interviewer set name = 'Other' where agent_id is null`);
  const { body } = await system.call(SYNC);
  expect(body.updated).toEqual([]);
  expect(await system.database.query('select name from interviewer where agent_id is null')).toEqual([
    { name: 'Other' },
  ]);
});

describe('concurrent runs', () => {
  /** Calls `interrupt` once, after the next run has read the table. */
  async function afterReadOf(table: string, interrupt: () => Promise<unknown>): Promise<void> {
    const services = system.services();
    const reads = new RegExp(`^select .* (from|join) (voice_agent_sync\\.|\\{)?${table}\\b`, 's');
    let isDone = false;
    const query: Query = async <Row extends QueryResultRow>(text: string, values?: readonly unknown[]) => {
      const rows = await services.database.query<Row>(text, values);
      if (reads.test(text) && !isDone) {
        isDone = true;
        provideServices(services);
        await interrupt();
      }
      return rows;
    };
    provideServices({ ...services, database: { ...services.database, query } });
  }

  test.each(['agreement', 'retell_agent', 'creation', 'interviewer'])(
    'do not revert a rename that another sync pulled after this sync had read %s',
    async (table) => {
      await system.call(SYNC);
      const name = 'Interview renamed in Retell';
      system.simulator.account.edit('agent_1', { agent_name: name }, { publish: true });
      await afterReadOf(table, () => system.call(SYNC));
      const { body } = await system.call(SYNC);
      expect(body.pushed).toEqual([]);
      expect(await row('agent_1')).toMatchObject([{ name }]);
      const agent = system.simulator.account.get('agent_1');
      expect(agent && latestVersion(agent).settings.agent_name).toBe(name);
    },
  );

  test.each(['agreement', 'retell_agent', 'creation', 'interviewer'])(
    'do not push a name that Retell had only while this sync read %s',
    async (table) => {
      await system.call(SYNC);
      await afterReadOf(table, async () => {
        system.simulator.account.edit('agent_1', { agent_name: 'Interview slip' }, { publish: true });
        await system.webhook(agentEvent('updated', { agent_id: 'agent_1' }));
        system.simulator.account.edit('agent_1', { agent_name: 'Interview agent 1' }, { publish: true });
      });
      expect((await system.call(SYNC)).body.pushed).toEqual([]);
      await system.call(SYNC);
      expect(await row('agent_1')).toMatchObject([{ name: 'Interview agent 1' }]);
    },
  );

  test('[D10] create each row once in five syncs, which all succeed', async () => {
    system.simulator.seed(60);
    const answers = await Promise.all(Array.from({ length: 5 }, () => system.call(SYNC)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    const created = answers.flatMap(({ body }) => body.created.map((entry: { agent_id: string }) => entry.agent_id));
    expect(new Set(created).size).toBe(created.length);
    const { body } = await system.call(SYNC);
    expect(body).toMatchObject({ updated: [], orphaned: [], errors: [], health_score: 100 });
    const rows = await system.rows();
    expect(new Set(rows.map((row) => row['agent_id'])).size).toBe(rows.length);
    expect(rows).toHaveLength(63);
  });

  test('[L5] of all kinds, while agents change, are in sync with Retell after one more sync', async () => {
    system.simulator.seed(30);
    await system.call(SYNC);
    const { account } = system.simulator;
    const rounds = Array.from({ length: 4 }, async (_, round) => {
      account.edit('agent_1', { agent_name: `Interview ${round}` }, { publish: true });
      account.addAgent(eligibleAgent(100 + round));
      if (round === 2) account.delete('agent_2');
      return Promise.all([
        system.call(SYNC),
        system.call('POST /api/scheduled-sync'),
        system.call('GET /api/audit-agents'),
      ]);
    });
    const answers = (await Promise.all(rounds)).flat();
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    await system.call(SYNC);
    const { body } = await system.call('GET /api/audit-agents');
    expect(body.audit_report).toMatchObject({ health_score: 100, discrepancies: [] });
    expect(await row('agent_1')).toMatchObject([{ name: 'Interview 3' }]);
    expect(await row('agent_2')).toMatchObject([{ sync_status: 'orphaned' }]);
  });
});

describe('a version that goes backwards', () => {
  test('[R22] is accepted, read once more and then left alone', async () => {
    system.simulator.account.edit('agent_1', { voice_id: 'openai-Nova' }, { publish: true });
    await system.call(SYNC);
    expect(await row('agent_1')).toMatchObject([{ agent_version: 1 }]);
    system.simulator.account.deleteVersion('agent_1', 1);
    const { body } = await system.call(SYNC, { full: true });
    expect(body.updated).toMatchObject([
      { agent_id: 'agent_1', reason: expect.stringContaining('agent_version: 1 -> 0') },
    ]);
    system.simulator.requests.clear();
    expect((await system.call(SYNC)).body).toMatchObject({ updated: [], retell_calls: 2 });
    expect((await system.call(SYNC)).body).toMatchObject({ updated: [], retell_calls: 1 });
  });
});
