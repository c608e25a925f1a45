/** FoloUp's own interviewers, whose rows have other names than their agents. */
import { expect, test } from '@jest/globals';
import { latestVersion } from '../../infra/local/retell-simulator/account.ts';
import { migrate } from '../../shared/db/migrate.ts';
import { PLATFORM_COLUMNS, PLATFORM_VALUES } from '../support/agents.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { startSystem } from '../support/system.ts';

const SYNC = 'POST /api/sync-retell-agents';

test("[D29] FoloUp's own pairs count as agreed: the first sync renames neither side, a later rename reaches the other", async () => {
  const database = await createTestDatabase({ migrated: false });
  await database.query(
    `create table interviewer (
       id serial primary key, created_at timestamptz default now(), agent_id text, name text not null,
       description text not null, image text not null, audio text, empathy integer not null,
       exploration integer not null, rapport integer not null, speed integer not null
     );
     insert into interviewer (agent_id, name, ${PLATFORM_COLUMNS}) values
       ('agent_lisa', 'Explorer Lisa', ${PLATFORM_VALUES}), ('agent_bob', 'Empathetic Bob', ${PLATFORM_VALUES})`,
  );
  await migrate(database.url);
  const system = await startSystem({
    database,
    agents: [
      { agent_id: 'agent_lisa', agent_name: 'Lisa', published: true },
      { agent_id: 'agent_bob', agent_name: 'Bob', published: true },
    ],
  });
  const names = async () => [
    (await system.rows()).map(({ name }) => name),
    system.simulator.account.inOrder().map((agent) => latestVersion(agent).settings.agent_name),
  ];

  for (const _ of ['first', 'second']) {
    expect((await system.call(SYNC)).body).toMatchObject({ pushed: [], conflicts: [], errors: [], health_score: 100 });
    expect(await names()).toEqual([
      ['Explorer Lisa', 'Empathetic Bob'],
      ['Lisa', 'Bob'],
    ]);
  }

  system.simulator.account.edit('agent_lisa', { agent_name: 'Curious Lisa' }, { publish: true });
  await database.query(`update interviewer set name = 'Patient Bob' where agent_id = 'agent_bob'`);
  await system.call(SYNC);
  expect(await names()).toEqual([
    ['Curious Lisa', 'Patient Bob'],
    ['Curious Lisa', 'Patient Bob'],
  ]);
  await system.close();
});
