import { beforeAll, expect, test } from '@jest/globals';
import { latestVersion } from '../../infra/local/retell-simulator/account.ts';
import { interviewAgents, PLATFORM_COLUMNS, PLATFORM_VALUES } from '../support/agents.ts';
import { schedulerEvent } from '../support/events.ts';
import { useSharedSystem } from '../support/system.ts';

const SYNC = 'POST /api/sync-retell-agents';
const AUDIT = 'POST /api/audit-agents';

const system = useSharedSystem({
  agents: [...interviewAgents(6), { agent_id: 'agent_template', agent_name: 'Template', published: true }],
  env: { RETELL_TEMPLATE_AGENT_ID: 'agent_template' },
});
beforeAll(() => system.call(SYNC));

/** Settings of all agents without their names. */
function configurations() {
  return system.simulator.account.inOrder().map((agent) => {
    const { agent_name: _, ...configuration } = latestVersion(agent).settings;
    return { agent_id: agent.agent_id, configuration };
  });
}

test('[S1] write access to the platform’s database can rename and create agents, but not delete or reconfigure them', async () => {
  const before = configurations();
  for (const statement of [
    `update interviewer set voice_id = 'theirs', language = 'xx', agent_version = 99, retell_modified_at = '2099-01-01'`,
    `update interviewer set name = 'Interview renamed', description = 'theirs' where agent_id = 'agent_1'`,
    `delete from interviewer where agent_id = 'agent_2'`,
    `update interviewer set sync_status = 'deleted' where agent_id = 'agent_3'`,
    `update interviewer set sync_status = 'orphaned', orphan_reason = 'theirs', orphaned_at = '2020-01-01'
     where agent_id = 'agent_4'`,
    `update interviewer set agent_id = 'agent_template' where agent_id = 'agent_5'`,
    `update interviewer set agent_id = '../update-agent/agent_6' where agent_id = 'agent_6'`,
    `insert into interviewer (name, ${PLATFORM_COLUMNS}) values ('Interview made', ${PLATFORM_VALUES})`,
  ]) {
    await system.database.query(statement);
  }
  system.simulator.requests.clear();
  await system.call(AUDIT, { action: 'cleanup_orphaned', older_than_days: 0 });
  await system.call(SYNC, { full: true, confirm_orphans: true });
  await system.call(AUDIT, { action: 'restore', agent_ids: ['agent_2', 'agent_3', 'agent_4'] });
  await system.direct(schedulerEvent());
  for (const { agent_id } of before) await system.webhook({ type: 'agent.updated', data: { agent_id } });

  expect(configurations()).toEqual(expect.arrayContaining(before));
  expect(configurations()).toHaveLength(before.length + 1);
  const changes = system.simulator.requests.all.filter(
    ({ method, path }) => method !== 'GET' && path !== '/v2/list-agents',
  );
  expect(changes.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'POST /create-agent-version/agent_1',
    'PATCH /update-agent/agent_1',
    expect.stringMatching(/^POST \/publish-agent(-version)?\/agent_1$/),
    'POST /create-agent',
  ]);
  expect(changes[1]?.body).toEqual({ agent_name: 'Interview renamed' });
});
