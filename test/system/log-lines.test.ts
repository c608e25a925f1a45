/** Log lines that a person reads at night: what happened, then its fields. */
import { beforeEach, expect, test } from '@jest/globals';
import { agentEvent } from '../../infra/local/retell-simulator/events.ts';
import { eligibleAgent, interviewAgents } from '../support/agents.ts';
import { useSystem } from '../support/system.ts';

const SYNC = 'POST /api/sync-retell-agents';

const system = useSystem({ agents: interviewAgents(12) });
beforeEach(async () => {
  await system.call(SYNC);
  system.log.length = 0;
});

function deleteAgents(count: number): void {
  for (let number = 1; number <= count; number += 1) system.simulator.account.delete(`agent_${number}`);
}

test('a blocked orphan guard says how much it blocked, in which run, and the command that confirms it', async () => {
  deleteAgents(6);
  const { body } = await system.call(SYNC);
  expect(system.log).toContainEqual({
    level: 'warn',
    message: 'Orphan guard: 6 of 12 active interviewers blocked, run 2',
    fields: expect.objectContaining({ run_id: 2, confirm: `npm run cli -- sync --confirm ${body.plan}` }),
  });
});

test('the guards of another account and of a cleanup say what they blocked, in which run, and the command that confirms it', async () => {
  deleteAgents(12);
  system.addAgents([eligibleAgent(20)]);
  const account = await system.call(SYNC);
  expect(system.log).toContainEqual({
    level: 'warn',
    message: 'Account guard: sync blocked, because Retell lists none of the agents of 12 active interviewers, run 2',
    fields: expect.objectContaining({
      run_id: 2,
      reason: account.body.error,
      confirm: `npm run cli -- sync --confirm ${account.body.plan}`,
    }),
  });
  await system.call(SYNC, { confirm_orphans: true });
  const cleanup = await system.call('POST /api/audit-agents', { action: 'cleanup_orphaned', older_than_days: 0 });
  expect(system.log).toContainEqual({
    level: 'warn',
    message: 'Cleanup guard: 12 of 13 interviewers blocked, run 4',
    fields: expect.objectContaining({
      run_id: 4,
      reason: cleanup.body.error,
      confirm: `npm run cli -- cleanup --older-than-days 0 --confirm ${cleanup.body.plan}`,
    }),
  });
});

test('the guard of an undo says what it blocked, in which run, and the command that confirms it', async () => {
  await system.database.query(`update interviewer set name = 'Interview ' || agent_id`);
  await system.call(SYNC);
  const { body } = await system.call('POST /api/sync-runs/2/undo');
  expect(system.log).toContainEqual({
    level: 'warn',
    message: 'Undo guard: 12 changes of run 2 blocked, run 3',
    fields: expect.objectContaining({ reason: body.error, confirm: `npm run cli -- undo 2 --confirm ${body.plan}` }),
  });
});

test('a guard that blocks one agent names it, and the command that continues: a sync after a webhook, the confirmation after a sync', async () => {
  deleteAgents(7);
  for (let number = 1; number <= 6; number += 1) {
    await system.webhook(agentEvent('deleted', { agent_id: `agent_${number}` }));
  }
  expect(system.log).toContainEqual({
    level: 'warn',
    message: 'Orphan guard: the interviewer of agent_6 blocked, as too many were orphaned within the hour, run 7',
    fields: expect.objectContaining({ run_id: 7, agent_id: 'agent_6', next: 'npm run cli -- sync' }),
  });
  const { body } = await system.call(SYNC, { agent_id: 'agent_7' });
  expect(system.log).toContainEqual({
    level: 'warn',
    message: 'Orphan guard: 1 interviewer blocked, run 8',
    fields: expect.objectContaining({ confirm: `npm run cli -- sync --agent-id agent_7 --confirm ${body.plan}` }),
  });
});

test('the line of a failed run names the run and the reason, then what to do', async () => {
  system.simulator.replaceKey('key_other');
  const { body } = await system.call(SYNC);
  expect(system.log).toContainEqual({
    level: 'error',
    message: `Sync failed: ${body.error.replace(/\.$/, '')}, run 2`,
    fields: expect.objectContaining({ run_id: 2, code: 'retell_unauthorized', hint: body.hint }),
  });
});

test('a refused undo is not logged as an error', async () => {
  await system.call('POST /api/sync-runs/1/undo');
  expect(system.log.filter(({ level }) => level === 'error')).toEqual([]);
});

test('each change is a line with its agent, name and reason', async () => {
  deleteAgents(1);
  await system.call(SYNC);
  expect(system.log).toContainEqual({
    level: 'info',
    message: 'Agent "Interview agent 1" orphaned',
    fields: expect.objectContaining({ run_id: 2, agent_id: 'agent_1', reason: 'Agent no longer exists in Retell' }),
  });
});

test('reads are logged at level debug, and changes at info', async () => {
  await system.call('GET /api/scheduled-sync?action=status');
  await system.call('GET /api/audit-agents');
  await system.call(SYNC);
  const completed = system.log.filter(({ message }) => message.startsWith('Request completed'));
  expect(completed.map(({ level, message }) => [level, message])).toEqual([
    ['debug', 'Request completed: 200'],
    ['debug', 'Request completed: 200'],
    ['info', 'Request completed: 200'],
  ]);
});
