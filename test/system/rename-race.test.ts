/** Changes by the platform or another run during a push. */
import { describe, expect, test } from '@jest/globals';
import type { QueryResultRow } from 'pg';
import { latestVersion } from '../../infra/local/retell-simulator/account.ts';
import type { Query } from '../../shared/db/pool.ts';
import { provideServices } from '../../shared/services.ts';
import { ID, useOneAgent } from './use-one-agent.ts';

const { system, sync, rename } = useOneAgent();

/** Executes the statement once, when a run claims a push. */
async function onClaim(statement: string): Promise<void> {
  await system.database.query('create sequence interruption');
  await system.database.query(
    `create function interrupt() returns trigger language plpgsql as $$ begin
       if nextval('interruption') = 1 then ${statement}; end if;
       return null;
     end $$`,
  );
  await system.database.query(
    `create trigger interrupt after update on voice_agent_sync.agreement
     for each statement execute function interrupt()`,
  );
}

function inRetell() {
  const agent = system.simulator.account.get(ID);
  if (agent === undefined) throw new Error('the agent is gone');
  const { settings, is_published } = latestVersion(agent);
  return { name: settings.agent_name, is_published };
}

async function expectBothSides(name: string): Promise<void> {
  expect(inRetell()).toEqual({ name, is_published: true });
  expect(await system.rows()).toMatchObject([{ name }]);
  expect(await sync()).toMatchObject({ pushed: [], updated: [], conflicts: [], errors: [], health_score: 100 });
}

describe('while a name is pushed, the platform', () => {
  test.each([
    ['[D21] renames again: the last name reaches Retell without a conflict', 'Interview Pat'],
    ['reverts the name: Retell gets the old one again', 'Interview Lisa'],
  ])('%s', async (_, last) => {
    await rename('Interview Kim');
    await onClaim(`update interviewer set name = '${last}'`);
    await sync();
    expect(await sync()).toMatchObject({ pushed: [{ name: last }], conflicts: [] });
    await expectBothSides(last);
  });

  test.each(['latest', 'latest_published'])(
    '[D21] reverts a name whose draft is unpublished: it is not published (%s)',
    async (RETELL_AGENT_VERSION) => {
      await system.configure({ RETELL_AGENT_VERSION });
      await rename('Interview Kim');
      const respond = { kind: 'response', status: 503, body: {} } as const;
      const endFault = system.simulator.fault({ match: { path: /^\/publish/ }, respond });
      await sync();
      endFault();
      await rename('Interview Lisa');
      await sync();
      const agent = system.simulator.account.get(ID);
      const published = agent?.versions.filter(({ is_published }) => is_published) ?? [];
      expect(published.map(({ settings }) => settings.agent_name)).not.toContain('Interview Kim');
      expect(await system.rows()).toMatchObject([{ name: 'Interview Lisa' }]);
      expect(await sync()).toMatchObject({ pushed: [], conflicts: [], errors: [], health_score: 100 });
    },
  );
});

test('a version that a person publishes during a push is not reverted', async () => {
  await rename('Interview Kim');
  const services = system.services();
  const query: Query = async <Row extends QueryResultRow>(text: string, values?: readonly unknown[]) => {
    if (text.includes('set push_base_version')) {
      system.simulator.account.edit(ID, { voice_id: 'v2' }, { publish: true });
    }
    return services.database.query<Row>(text, values);
  };
  provideServices({ ...services, database: { ...services.database, query } });
  expect((await sync()).errors).toMatchObject([{ agent_id: ID, reason: expect.stringContaining('at the same time') }]);
  const versions = system.simulator.account.get(ID)?.versions ?? [];
  expect(versions.findLast(({ is_published }) => is_published)?.settings.voice_id).toBe('v2');
});

test('[L7] a run does not touch the claim and draft of another run that has overtaken it', async () => {
  await rename('Interview Kim');
  // As if this run was frozen until its claim expired and another run took over.
  await system.database.query(
    `create function overtake() returns trigger language plpgsql as $$ begin
       update voice_agent_sync.agreement set push_run_id = 4711, push_started_at = clock_timestamp(),
         push_base_version = 0, push_name = 'Interview Kim';
       return null;
     end $$;
     create trigger overtake after update of push_base_version on voice_agent_sync.agreement
     for each statement when (pg_trigger_depth() = 0) execute function overtake()`,
  );
  await sync();
  expect(
    await system.database.query(
      'select push_run_id::integer, push_base_version, push_name from voice_agent_sync.agreement',
    ),
  ).toEqual([{ push_run_id: 4711, push_base_version: 0, push_name: 'Interview Kim' }]);
});
