/** Signed events with ids that Retell does not know: anyone with the webhook key can send any number of them. */
import { expect, test } from '@jest/globals';
import { callEvent } from '../../infra/local/retell-simulator/events.ts';
import { MOST_UNKNOWN_AGENTS } from '../../shared/db/observations.ts';
import { interviewAgents } from '../support/agents.ts';
import { useSystem } from '../support/system.ts';

const SYNC = 'POST /api/sync-retell-agents';
const system = useSystem({ agents: interviewAgents(3) });

function send(id: string) {
  return system.webhook(callEvent('call_started', { agent_id: id, agent_version: 1 }));
}

/** Creates what that many events would leave behind. */
async function flood(count: number): Promise<void> {
  await system.database.query(
    `insert into voice_agent_sync.retell_agent (agent_id, read_at, gone, is_unknown)
     select 'flood_' || number, clock_timestamp() - interval '1 minute', true, true from generate_series(1, $1) as number`,
    [count],
  );
}

async function stored(): Promise<string[]> {
  const rows = await system.database.query('select agent_id from voice_agent_sync.retell_agent order by agent_id');
  return rows.map(({ agent_id }) => String(agent_id));
}

async function unknown(): Promise<number> {
  const { body } = await system.call('GET /api/scheduled-sync?action=status');
  return body.status.webhooks.unknown_agents;
}

async function costOfSync() {
  const { database } = system.services();
  const [statements, rows] = [database.statements(), database.rows()];
  const { body } = await system.call(SYNC);
  expect(body).toMatchObject({ unchanged: 3, errors: [], retell_calls: 1 });
  return { statements: database.statements() - statements, rows: database.rows() - rows };
}

test('[W22] the newest unknown ids are remembered up to a limit, and counted', async () => {
  await system.call(SYNC);
  await flood(MOST_UNKNOWN_AGENTS + 500);
  expect((await send('agent_unknown')).body).toMatchObject({ action: 'unchanged' });
  expect(await unknown()).toBe(MOST_UNKNOWN_AGENTS);
  expect(await stored()).toContain('agent_unknown');
  system.simulator.requests.clear();
  expect((await send('agent_unknown')).body).toMatchObject({ action: 'ignored' });
  expect(system.simulator.requests.count()).toBe(0);
});

test('[W22] unknown ids change no statement, row or call of the next sync', async () => {
  await system.call(SYNC);
  const before = await costOfSync();
  await flood(MOST_UNKNOWN_AGENTS);
  expect(await costOfSync()).toEqual(before);
});

test('[W22] unknown ids are forgotten by the first run after an hour', async () => {
  await system.call(SYNC);
  await send('agent_unknown');
  await system.database.query(`update voice_agent_sync.retell_agent set read_at = read_at - interval '61 minutes'`);
  await system.call(SYNC);
  expect(await stored()).toEqual(['agent_1', 'agent_2', 'agent_3']);
  expect(await unknown()).toBe(0);
});

test('[W22] an agent with a row is never forgotten, even if it no longer exists in Retell', async () => {
  await system.call(SYNC);
  system.simulator.account.delete('agent_1');
  await send('agent_1');
  await system.webhook({ type: 'agent.deleted', data: { agent_id: 'agent_1' } });
  await flood(MOST_UNKNOWN_AGENTS + 1);
  await send('agent_unknown');
  expect(await stored()).toContain('agent_1');
});
