/** Values that a role of the platform may store in a row, and that JavaScript cannot represent or serialize. */
import { describe, expect, test } from '@jest/globals';
import { interviewAgents } from '../support/agents.ts';
import { useSharedSystem } from '../support/system.ts';

const SYNC = 'POST /api/sync-retell-agents';
const DEEP = `('{"a":' || repeat('[', 6000) || repeat(']', 6000) || '}')::jsonb`;

const system = useSharedSystem({ agents: interviewAgents(3) });

async function storedRows(): Promise<readonly object[]> {
  return await system.database.query(
    `select agent_id, name, voice_id, agent_version, language, retell_modified_at::text as modified, retell_metadata::text as metadata,
       last_synced_at <= clock_timestamp() as is_past
     from interviewer order by agent_id`,
  );
}

const SPOILT: readonly (readonly [column: string, sql: string])[] = [
  ['retell_modified_at', `'294276-01-01'`],
  ['retell_modified_at', `'275760-09-13 00:00:00.001+00'`],
  ['retell_modified_at', `'infinity'`],
  ['retell_modified_at', `'-infinity'`],
  ['retell_modified_at', `'4713-01-01 BC'`],
  ['retell_metadata', DEEP],
  ['retell_metadata', `'[]'`],
  ['retell_metadata', `'{"constructor": 1, "__proto__": 2}'`],
  ['last_synced_at', `'infinity'`],
  ['last_synced_at', `'294276-01-01'`],
  ['last_synced_at', `'-infinity'`],
];

describe.each(SPOILT)('[S134] a row whose %s is %s', (column, sql) => {
  const spoil = () => system.database.query(`update interviewer set ${column} = ${sql} where agent_id = 'agent_1'`);

  test('is repaired by the next sync, which changes nothing else', async () => {
    await system.call(SYNC);
    const before = await storedRows();
    await spoil();
    for (const route of ['GET /api/agents', 'GET /api/audit-agents?agent_id=agent_1', 'GET /api/audit-agents']) {
      expect([route, (await system.call(route)).status]).toEqual([route, 200]);
    }
    expect((await system.call(SYNC)).body).toMatchObject({ success: true, errors: [], counts: { errors: 0 } });
    expect(await storedRows()).toEqual(before);
    expect((await system.call(SYNC)).body).toMatchObject({ unchanged: 3, updated: [] });
  });

  test('is repaired by a sync of its agent', async () => {
    await system.call(SYNC);
    const before = await storedRows();
    await spoil();
    expect((await system.call(SYNC, { agent_id: 'agent_1' })).status).toBe(200);
    expect(await storedRows()).toEqual(before);
  });
});
