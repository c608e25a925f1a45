/**
 * A statement whose connection is lost is sent again, although it may have been executed: here every statement is executed
 * twice.
 */
import { beforeEach, expect, test } from '@jest/globals';
import { interviewAgents, PLATFORM_COLUMNS, PLATFORM_VALUES } from '../support/agents.ts';
import { sendTwice } from '../support/send-twice.ts';
import { useSystem } from '../support/system.ts';

const SYNC = 'POST /api/sync-retell-agents';

const system = useSystem({ agents: interviewAgents(2), env: { RETELL_TEMPLATE_AGENT_ID: 'agent_2' } });
beforeEach(async () => {
  await system.call(SYNC);
  sendTwice(system);
});

test('[D20] a new name is pushed once although each statement is executed twice', async () => {
  await system.database.query(`update interviewer set name = 'Interview Kim' where agent_id = 'agent_1'`);
  expect((await system.call(SYNC)).body).toMatchObject({ pushed: [{ agent_id: 'agent_1' }], errors: [] });
  expect(system.simulator.requests.count('/create-agent-version/')).toBe(1);
});

test('[D20] a row without an agent gets one agent although each statement is executed twice', async () => {
  await system.database.query(
    `insert into interviewer (name, ${PLATFORM_COLUMNS}) values ('Interview Kim', ${PLATFORM_VALUES})`,
  );
  expect((await system.call(SYNC)).body).toMatchObject({ pushed: [{ name: 'Interview Kim' }], errors: [] });
  expect(system.simulator.requests.count('/create-agent')).toBe(1);
  expect((await system.call(SYNC)).body).toMatchObject({ pushed: [], updated: [], health_score: 100 });
});
